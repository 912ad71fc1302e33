"""JSON lines: an object a line, whose keys are the columns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO

from ann_cli.data.cells.days import Days
from ann_cli.data.csv.compression import size_about
from ann_cli.data.csv.records import MOST_RECORD_BYTES
from ann_cli.data.formats.columns import Chunk, ObjectColumn
from ann_cli.data.recognised_table import SAMPLE
from ann_cli.errors import DataError

SIZE = 1 << 21
"""Bytes of a chunk, about."""


@contextmanager
def lines(stream: BinaryIO, name: str) -> Iterator["JsonLines"]:
    """Open a pass over JSON lines. Raises DataError."""
    yield JsonLines(stream, name)


class JsonLines:
    """One pass. Columns are the keys of the first 10,000 lines; a key that a line lacks is missing.

    A later line with another key is an error: what it says would be lost.
    """

    unreadable: Mapping[str, str] = {}
    typed: Sequence[str] = ()
    told: Sequence[str] = ()

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._first: list[tuple[list[dict[str, Any]], list[int]]] = []
        self._rest = self._read()
        rows = 0
        for part in self._rest:
            self._first.append(part)
            rows += len(part[0])
            if rows >= SAMPLE:
                break
        if not rows:
            raise DataError("no line holds anything", place=name)
        first = islice((row for part, _ in self._first for row in part), SAMPLE)
        self.columns = list(dict.fromkeys(key for row in first for key in row))
        self._rows, self._bytes = rows, self._passed

    def rows_about(self) -> float:
        """Return the number of rows, guessed by the first."""
        return self._rows * size_about(self._stream) / self._bytes

    def chunks(self, columns: Sequence[str], days: Days) -> Iterator[Chunk]:
        """Yield the chunks of some columns. Raises DataError."""
        known = set(self.columns)
        while self._first:
            yield self._chunk(*self._first.pop(0), columns, known, days)
        for rows, places in self._rest:
            yield self._chunk(rows, places, columns, known, days)

    def _chunk(
        self,
        rows: list[dict[str, Any]],
        places: list[int],
        columns: Sequence[str],
        known: set[str],
        days: Days,
    ) -> Chunk:
        for row, place in zip(rows, places, strict=True):
            if not row.keys() <= known:
                new = next(key for key in row if key not in known)
                raise DataError(
                    f"the key {new!r}, which none of the first {SAMPLE:,} lines has",
                    place=f"{self._name}:{place}",
                    remedy=f'leave it out, or write it into the first line: "{new}": null',
                )
        cells = {name: [row.get(name) for row in rows] for name in columns}
        return Chunk({name: ObjectColumn(name, own, days) for name, own in cells.items()}, places)

    def _read(self) -> Iterator[tuple[list[dict[str, Any]], list[int]]]:
        """Yield the objects of some lines, and the line of each."""
        self._passed, line, pending = 0, 1, b""
        while content := self._stream.read(SIZE):
            self._passed += len(content)
            whole, feed, pending = (pending + content).rpartition(b"\n")
            if len(pending) > MOST_RECORD_BYTES:
                at = line + (whole + feed).count(b"\n")
                raise self._error(at, "a line without an end in sight")
            if feed:
                yield self._objects(whole.split(b"\n"), line)
                line += whole.count(b"\n") + 1
        if pending.strip():
            yield self._objects([pending], line)

    def _objects(self, texts: list[bytes], line: int) -> tuple[list[dict[str, Any]], list[int]]:
        if line == 1:
            texts[0] = texts[0].removeprefix(b"\xef\xbb\xbf")
        places = [line + at for at, text in enumerate(texts) if text.strip()]
        full = [text for text in texts if text.strip()]
        try:
            rows = json.loads(b"[" + b",".join(full) + b"]")
        except (ValueError, RecursionError):
            rows = []
        if len(rows) != len(full) or not all(type(row) is dict for row in rows):
            rows = [self._object(text, at) for text, at in zip(full, places, strict=True)]
        return rows, places

    def _object(self, text: bytes, line: int) -> dict[str, Any]:
        try:
            row = json.loads(text)
        except ValueError as error:
            raise self._error(line, f"no JSON: {str(error).lower()}") from error
        except RecursionError:
            raise self._error(line, "lists in lists without an end") from None
        if not isinstance(row, dict):
            raise self._error(line, "JSON that is no object")
        return row

    def _error(self, line: int, message: str) -> DataError:
        return DataError(
            message,
            place=f"{self._name}:{line}",
            remedy='ann reads JSON lines, an object a line, such as {"area": 120, "city": "Ames"}; '
            "of a list: jq -c '.[]' IN > OUT",
        )
