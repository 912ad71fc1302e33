"""The bytes of a CSV, cut into blocks of whole records and checked before pandas parses them.

pandas fills short rows and shifts long rows without telling. Here a row with another number of
fields than the header is an error, and so is a byte that is not UTF-8, or a quote that stays open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ann_cli.data.cells.odd_cells import SHOWN
from ann_cli.data.csv.header import (
    SEPARATORS,
    check_header,
    check_start,
    names_of,
    separator_of,
    without_preamble,
)
from ann_cli.data.csv.quotes import lines_of_records, outside, whole_records
from ann_cli.data.csv.records import (
    MOST_RECORD_BYTES,
    UnfinishedError,
    UnreadableError,
    blank,
    has_lone_return,
    lines_of,
    records,
)
from ann_cli.data.csv.source import Readable
from ann_cli.errors import DataError, FileError, Problem, counted

SIZE = 1 << 21
"""Bytes of a block."""

FIRST = 1 << 16
"""Bytes in which the header is looked for at first."""

LARGEST = 1 << 26
"""Bytes of a block of a wide table, at most."""

ROWS_IN_SIGHT = 1024
"""Rows that a block of a wide table should hold."""

TOO_LONG = f"a row of more than {MOST_RECORD_BYTES:,} bytes"


@dataclass(frozen=True)
class Block:
    """Whole records, and the file's line (from 1) on which they begin."""

    content: bytes
    line: int
    separator: str = ","
    start: int = 0
    """The byte of the file at which they begin."""

    def lines(self) -> list[int]:
        """Return the file's line of each row."""
        if b'"' not in self.content:
            blanks = blank(self.separator).encode()
            found = enumerate(self.content.split(b"\n"))
            return [self.line + at for at, line in found if line.strip(blanks)]
        known = lines_of_records(self.content, self.separator.encode())
        if known is not None:
            return [self.line + at for at in known]
        lines = lines_of(self.content.decode())
        return [self.line + each.start for each in records(lines, self.separator)]


class Blocks:
    """The header and then the rows of one stream, read once. Raises DataError, FileError."""

    def __init__(self, stream: Readable, name: str, separator: str | None = None) -> None:
        """`separator` stands between two cells; None: it is recognised."""
        self.name = name
        self._given = separator
        self._stream = stream
        self._end = 0  # the byte of the file at which what is pending ends
        self._pending = self._read(min(FIRST, SIZE))
        check_start(self._pending, name)
        self._pending, told = without_preamble(self._pending)
        self._given, self._line = self._given or told, 2 if told else 1
        self.columns = self._header()
        # Blocks of the usual size would hold only a few rows of a wide table.
        self._size = min(max(SIZE, ROWS_IN_SIGHT * len(",".join(self.columns))), LARGEST)
        sign = self.separator.encode()
        self._regular = sign * (len(self.columns) - 1) + b"\n"
        self._no_separators = bytes(set(range(256)) - set(sign + b"\n"))
        self._blank = blank(self.separator).encode()

    def __iter__(self) -> Iterator[Block]:
        size, ended = self._size // 8, False  # a reader of the first rows should not wait long
        most = max(self._size, MOST_RECORD_BYTES + 1)
        while not ended:
            # Twice what is pending, so that a long record costs linear time.
            wanted = min(max(size, 2 * len(self._pending)), most)
            fresh = self._read(max(1, wanted - len(self._pending)))
            size = min(2 * size, self._size)
            ended = not fresh
            self._add(fresh)
            content = self._whole_records(ended)
            if content.lstrip(self._blank):  # which copies nothing where a row comes first
                start = self._end - len(self._pending)
                yield Block(content, self._line, self.separator, start)
            self._line += _count_lines(content)
            self._pending = self._pending[len(content) :]

    def of_range(self, stream: Readable, line: int) -> Iterator[Block]:
        """Yield the blocks of a range of the file, whose first row stands on a line of it."""
        self._stream, self._pending, self._line = stream, b"", line
        return iter(self)

    def _read(self, size: int) -> bytes:
        try:
            content = self._stream.read(size)
            self._end += len(content)
            return content
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(f"cannot be read: {reason}", place=self.name) from error

    def _add(self, fresh: bytes) -> None:
        if len(self._pending) > MOST_RECORD_BYTES:
            raise self._error(0, TOO_LONG, "is this a CSV?")
        if not fresh and self._pending and not self._pending.endswith(b"\n"):
            fresh = b"\n"
            self._end += 1
        self._pending += fresh

    def _header(self) -> list[str]:
        """Take the header off the pending bytes; return the columns' names, checked."""
        while True:
            self._skip_blank_lines()
            lines = lines_of(self._text(self._pending[: self._pending.rfind(b"\n") + 1]))
            self.separator = self._given or separator_of(lines)
            try:
                header = next(records(lines, self.separator), None)
            except UnfinishedError:
                header = None
            except UnreadableError as error:
                raise self._unreadable(error) from error
            if header:
                break
            fresh = self._read(max(SIZE, len(self._pending)))
            if not fresh and (not self._pending or self._pending.endswith(b"\n")):
                if self._pending.strip():
                    raise self._open_quote(0)
                raise DataError("nothing but blank lines", place=self.name)
            self._add(fresh)
        names = names_of(header.cells)
        check_header(names, f"{self.name}:{self._line + header.start}")
        self._pending = self._pending[len("".join(lines[: header.stop]).encode()) :]
        self._line += header.stop
        return names

    def _skip_blank_lines(self) -> None:
        blanks = len(self._pending) - len(self._pending.lstrip(b" \t\r\n"))
        start = self._pending.rfind(b"\n", 0, blanks) + 1
        self._line += self._pending.count(b"\n", 0, start)
        self._pending = self._pending[start:]

    def _whole_records(self, ended: bool) -> bytes:
        """Return the whole, checked records at the front of the pending bytes."""
        content = self._pending[: self._pending.rfind(b"\n") + 1]
        if b'"' in content:
            return self._check_quoted(content, ended)
        if not content.isascii() or b"\0" in content:
            self._text(content)  # which tells what is wrong
        if has_lone_return(content):
            self._find_lone_return(content)
        if not (self._is_regular(content) or self._is_regular(self._without_blank_lines(content))):
            lines = enumerate(content.split(b"\n"))
            widths = [
                (at, each.count(self.separator.encode()) + 1)
                for at, each in lines
                if each.strip(self._blank)
            ]
            self._refuse([each for each in widths if each[1] != len(self.columns)])
        return content

    def _is_regular(self, content: bytes) -> bool:
        # What remains without all other bytes is the same for every row, or a row is ragged.
        return self._is_repeated(content.translate(None, self._no_separators))

    def _is_repeated(self, separators: bytes) -> bool:
        return separators == self._regular * (len(separators) // len(self._regular))

    def _without_blank_lines(self, content: bytes) -> bytes:
        """Return the content, which holds no quote, without blank lines and without blanks."""
        content = content.translate(None, self._blank.replace(b"\n", b""))
        while b"\n\n" in content:  # the longest run halves
            content = content.replace(b"\n\n", b"\n")
        return content.removeprefix(b"\n")

    def _check_quoted(self, content: bytes, ended: bool) -> bytes:
        if not content.isascii() or b"\0" in content:
            self._text(content)  # which tells what is wrong
        sign = self.separator.encode()
        size = whole_records(content, sign)
        if size and (size == len(content) or not ended) and not has_lone_return(content):
            marks = outside(content[:size], sign)
            if len(content) - size <= MOST_RECORD_BYTES and self._is_repeated(marks):
                return content[:size]
        return self._check_records(content, ended)

    def _check_records(self, content: bytes, ended: bool) -> bytes:
        """Check a block record by record, which tells what is wrong with one."""
        lines = lines_of(self._text(content))
        ragged: list[tuple[int, int]] = []
        width = len(self.columns)
        try:
            ragged.extend(
                (each.start, len(each.cells))
                for each in records(lines, self.separator)
                if len(each.cells) != width
            )
        except UnfinishedError as quote:
            whole = content[: len("".join(lines[: quote.start]).encode())]
            if ended:
                raise self._open_quote(quote.opening) from quote
            if len(content) - len(whole) > MOST_RECORD_BYTES:
                raise self._unreadable(UnreadableError(quote.start, lone_return=False)) from quote
            content = whole
        except UnreadableError as error:
            raise self._unreadable(error) from error
        self._refuse(ragged)
        return content

    def _refuse(self, ragged: list[tuple[int, int]]) -> None:
        """Raise DataError for the rows (line, fields) that do not have the header's width."""
        if not ragged:
            return
        expected = len(self.columns)
        remedy = (
            f"is one of the {SEPARATORS[self.separator]} missing, or one too many? quote a cell "
            "that holds one"
        )
        problems = [
            Problem(
                f"{counted(width, 'field')}, where the header has {expected:,}",
                f"{self.name}:{self._line + at}",
                remedy,
            )
            for at, width in ragged[:SHOWN]
        ]
        if len(ragged) > SHOWN:
            problems.append(
                Problem(f"and at least {len(ragged) - SHOWN:,} more such rows", self.name)
            )
        raise DataError.of(problems)

    def _text(self, content: bytes) -> str:
        """Decode; an ASCII block, by far the most frequent, costs next to nothing."""
        at = content.find(b"\0")
        if at >= 0:
            raise self._error(content.count(b"\n", 0, at), "a NUL byte", "is this a text file?")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            before, byte = content[: error.start], content[error.start]
            place = error.start - before.rfind(b"\n")
            raise self._error(
                before.count(b"\n"),
                f"byte {place} (0x{byte:02x}) is not UTF-8; it looks like Windows-1252 or Latin-1",
                "convert it: iconv -f windows-1252 -t utf-8 IN > OUT",
            ) from error

    def _find_lone_return(self, content: bytes) -> None:
        """Raise where a carriage return ends no line; CR CR LF may stay, some tools write it."""
        for at, line in enumerate(content.split(b"\n")):
            if b"\r" in line.rstrip(b"\r"):
                raise self._unreadable(UnreadableError(at, lone_return=True))

    def _unreadable(self, error: UnreadableError) -> DataError:
        if not error.lone_return:
            return self._error(
                error.start, TOO_LONG, "is a quote opened and not closed? is this a CSV?"
            )
        return self._error(
            error.start,
            "a carriage return that ends no line (an old Macintosh's file?)",
            r"convert it: tr '\r' '\n' < IN > OUT",
        )

    def _open_quote(self, at: int) -> DataError:
        return self._error(
            at,
            "a quote opens a cell here and does not close it",
            'close the cell with a quote; a quote inside a quoted cell is written twice: ""',
        )

    def _error(self, at: int, message: str, remedy: str) -> DataError:
        return DataError(message, place=f"{self.name}:{self._line + at}", remedy=remedy)


def _count_lines(content: bytes) -> int:
    """Return the number of line feeds: NumPy counts what is frequent in a fifth of the time."""
    return int(np.count_nonzero(np.frombuffer(content, np.uint8) == ord("\n")))
