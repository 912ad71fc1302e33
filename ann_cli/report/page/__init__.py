"""The report: one page that shows a run, works offline, and needs nothing but a browser."""
