"""The config: its models, reading it with line numbers, its schema, its starter."""
