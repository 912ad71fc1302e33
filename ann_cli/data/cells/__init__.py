"""Cells: what one says, however it is written."""
