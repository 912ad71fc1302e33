"""Moments as the text that pandas writes of them into a CSV."""

import numpy as np

from ann_cli.data.cells.values import Array


class Days(dict[str, bool]):
    """Whether the moments of a column are days: those of its first rows are all at midnight.

    As pandas does when it writes a CSV, days are written without a time; but here the first rows
    decide, lest a text depend on what comes after it.
    """

    def texts(self, name: str, moments: Array, zone: str = "") -> Array:
        """Return each moment (datetime64, microseconds) as text, None where there is none."""
        days = moments.astype("datetime64[D]")
        midnight = days == moments
        known = ~np.isnat(moments)
        if known.any():
            self.setdefault(name, bool(midnight[known].all()))
        found = np.char.replace(np.datetime_as_string(moments, unit="s"), "T", " ").astype(object)
        parts = (moments - moments.astype("datetime64[s]")).astype(np.int64)
        for at in np.flatnonzero((parts != 0) & known):
            found[at] += f".{parts[at]:06d}".removesuffix("000")
        found += zone
        if self.get(name):
            found[midnight] = np.datetime_as_string(days[midnight], unit="D")
        found[~known] = None
        return found
