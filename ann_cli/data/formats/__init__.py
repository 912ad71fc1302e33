"""Tables that are no CSV: their cells have types, and each kind is an entry of a table."""
