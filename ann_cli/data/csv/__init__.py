"""CSV: a file's bytes become a table of columns. Other kinds of table will stand beside it."""
