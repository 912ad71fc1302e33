"""How long something took, as it is written: 182:02:05, 2h 50m, 1 day 02:03:04, PT2H50M."""

import re
from collections.abc import Iterable

UNITS = {
    "d": 86400, "day": 86400, "days": 86400, "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600,
    "hours": 3600, "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "s": 1, "sec": 1,
    "secs": 1, "second": 1, "seconds": 1,
}  # fmt: skip
"""Seconds of each."""

CLOCK = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>[0-9]+) days?,? \+?)?"
    r"(?P<first>[0-9]+):(?P<second>[0-5][0-9])(?::(?P<third>[0-5][0-9]))?(?P<part>\.[0-9]+)?"
)
PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\.?(?:,|\s|$|(?=[0-9]))\s*")
ISO = re.compile(
    r"(?P<sign>-?)P(?:(?P<d>[0-9.]+)D)?"
    r"(?:T(?:(?P<h>[0-9.]+)H)?(?:(?P<m>[0-9.]+)M)?(?:(?P<s>[0-9.]+)S)?)?"
)


def duration(cell: str) -> float | None:
    """Return the seconds of a cell; None where it is no duration.

    Of two numbers alone, 32:02, the second is the unit: whether minutes or seconds does not show.
    """
    text = cell.strip()
    if found := CLOCK.fullmatch(text):
        first, second, third = (int(found[name] or 0) for name in ("first", "second", "third"))
        whole = (first * 60 + second) * (60 if found["third"] is not None else 1) + third
        value, sign = whole + float(found["part"] or 0), -1 if found["sign"] == "-" else 1
        if found["days"]:  # as Python writes it: -1 day, 23:59:59 is a second less than none
            return sign * 86400 * int(found["days"]) + value
        return sign * value
    if text.startswith(("P", "-P")) and len(text) > 2 and (found := ISO.fullmatch(text)):
        value = sum(float(found[name] or 0) * UNITS[name] for name in "dhms")
        return -value if found["sign"] else value
    return _of_pieces(text.casefold())


def _of_pieces(text: str) -> float | None:
    value, at, least = 0.0, 0, float("inf")
    while at < len(text):
        found = PIECE.match(text, at)
        size = UNITS.get(found[2]) if found else None
        if found is None or size is None or size >= least:  # each unit is smaller than the last
            return None
        value, at, least = value + float(found[1]) * size, found.end(), size
    return value if at else None


def are_durations(cells: Iterable[str]) -> bool:
    """Whether cells are durations, and not numbers with one unit, which need no such reading."""
    texts = list(cells)
    if any(duration(each) is None for each in texts):
        return False
    units = {found[2] for each in texts for found in PIECE.finditer(each.strip().casefold())}
    return len({UNITS.get(each) for each in units}) != 1 or any(":" in each for each in texts)
