"""CSV to frames, frames to numbers: fitted once, stored with the weights."""
