"""Rows: which of them train, validate and test, and how they reach the network."""
