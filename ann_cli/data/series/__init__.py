"""Series: a table of moments becomes a table of windows, nothing of which looks ahead."""
