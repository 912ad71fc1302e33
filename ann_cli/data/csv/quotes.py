"""Quotes of a CSV's block, all at once: what stands outside of them, and where records end.

A quote opens a cell where it follows a separator or a line's end, and closes one where such comes
next; two in a row within a cell are one that is meant. In a block in which every quote does one of
these, the even ones open and the odd ones close: no byte has to be looked at by itself. What else a
quote may do, in the middle of a cell, is for the csv module to tell.
"""

import re

import numpy as np

from ann_cli.data.cells.values import Array

QUOTE, RETURN, FEED = b'"\r\n'
BLANK_LINE = re.compile(rb"(?:\A|\n)[ \t\r]*\n")


def whole_records(content: bytes, separator: bytes) -> int | None:
    """Return the bytes of the whole records that lines begin with; None: it cannot be told so."""
    quotes = _quotes(content, separator)
    if quotes is None:
        return None
    if len(quotes) % 2 == 0:
        return len(content)
    # The last one stays open. Its record begins after a line feed that is in no cell.
    end = len(quotes) - 1
    while True:
        feed = content.rfind(b"\n", 0, int(quotes[end]))
        before = int(np.searchsorted(quotes[:end], feed))
        if before % 2 == 0 or feed < 0:
            return feed + 1
        end = before - 1


def outside(content: bytes, separator: bytes) -> bytes:
    """Return the separators and line feeds of whole records that are in no cell."""
    rest = content.translate(None, bytes(set(range(256)) - {*separator, QUOTE, FEED}))
    marks = np.frombuffer(rest, np.uint8)
    is_quote = (marks == QUOTE).view(np.uint8)
    inside = np.bitwise_xor.accumulate(is_quote)
    return np.compress((inside | is_quote) == 0, marks).tobytes()


def lines_of_records(content: bytes, separator: bytes) -> list[int] | None:
    """Return the line of each record, from 0; None: it cannot be told so."""
    quotes = _quotes(content, separator)
    if quotes is None or len(quotes) % 2 or BLANK_LINE.search(content):
        return None
    feeds = np.flatnonzero(np.frombuffer(content, np.uint8) == FEED)
    ends = np.searchsorted(quotes, feeds) % 2 == 0
    starts = np.flatnonzero(ends)[:-1] + 1
    return [0, *starts.tolist()]


def _quotes(content: bytes, separator: bytes) -> Array | None:
    """Return the places of the quotes, where each opens a cell, closes one or is doubled."""
    found = np.frombuffer(content, np.uint8)
    quotes = np.flatnonzero(found == QUOTE)
    around = np.zeros(256, dtype=bool)
    around[[QUOTE, FEED, *separator]] = True
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) and opening[0] == 0:
        opening = opening[1:]
    if not around[found[opening - 1]].all():
        return None
    around[RETURN] = True
    return quotes if around[found[closing + 1]].all() else None
