"""What a file's first bytes and its header can have wrong."""

import csv
import re
from collections.abc import Sequence

from ann_cli.data.cells.headers import without_header
from ann_cli.errors import DataError, Problem

OTHER_FORMATS = {
    b"\x1f\x8b": ("gzip", "give its name the ending .gz, or decompress it: gunzip -c IN > OUT"),
    b"\x28\xb5\x2f\xfd": ("zstd", "give its name the ending .zst, or decompress it: unzstd IN"),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "save it as CSV"),
    b"PAR1": ("Parquet", "save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("a workbook of old Excel (.xls)", "save it as CSV"),
    b"%PDF": ("PDF", "ask for the table itself, as CSV"),
    b"\xff\xfe": ("UTF-16", "convert it: iconv -f utf-16 -t utf-8 IN > OUT"),
    b"\xfe\xff": ("UTF-16", "convert it: iconv -f utf-16 -t utf-8 IN > OUT"),
}
MOST = 50_000
"""Columns, at most: thousands of cells a row are a matrix and not a table."""

LONGEST_NAME = 1000
SHOWN = 10
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "|"}
"""What may stand between two cells, and its name."""

CONFIG = re.compile(rb"([ \t\r]*(#[^\n]*)?\n)*(data|layers|optimizer|epochs|task)[ ]*:(\s|$)")
"""How a config begins."""

JSON = re.compile(rb'\s*(\{\s*"|\[\s*[{\[])')
"""How JSON begins, and hardly a header."""

HTML = re.compile(rb"\s*(<!doctype html|<html|<table|<\?xml|<workbook)", re.IGNORECASE)
"""How pages begin, as which some programs save what they call .xls."""

SEPARATOR_LINE = re.compile(rb'"?sep=([^\r\n])"?\r?\n', re.IGNORECASE)
"""The line by which a spreadsheet is told what separates cells; it is no header."""

LINES = 50
"""Lines by which the separator is recognised."""


def check_start(content: bytes, name: str) -> None:
    """Raise DataError where a file is empty, or something else than text in UTF-8."""
    if not content:
        raise DataError("the file is empty", place=name, remedy="ann reads a CSV with a header")
    for start, (form, remedy) in OTHER_FORMATS.items():
        if content.startswith(start):
            raise DataError(f"looks like {form}, ann reads CSV in UTF-8", place=name, remedy=remedy)
    if CONFIG.match(content):
        remedy = f"a config is for `ann train {name}`"
        raise DataError("looks like a config, and a CSV was expected", place=name, remedy=remedy)
    if JSON.match(content):
        raise DataError(
            "looks like JSON, and a CSV was expected", place=name, remedy="save it as CSV"
        )
    if HTML.match(content):
        raise DataError(
            "looks like HTML or XML, and a CSV was expected", place=name, remedy="save it as CSV"
        )
    if b"\0" in content[:2] != b"\0\0":
        form, remedy = OTHER_FORMATS[b"\xff\xfe"]
        raise DataError(f"looks like {form}, ann reads CSV in UTF-8", place=name, remedy=remedy)


def separator_of(lines: Sequence[str]) -> str:
    """Return what separates the cells of a file's first lines.

    It is what gives the header two names or more, and most lines as many cells as the header; of
    several such the one that gives most columns.
    """
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        reader = csv.reader(lines[:LINES], delimiter=separator)
        try:
            widths = [len(cells) for cells in reader if cells]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            share = sum(width == widths[0] for width in widths) / len(widths)
            best, found = max((best, found), ((round(share, 1), widths[0]), separator))
    return found


def without_preamble(content: bytes) -> tuple[bytes, str | None]:
    """Return a file's first bytes without a byte order mark, and without a line such as sep=;.

    The separator that this names is given, too; None where there is no such line.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    found = SEPARATOR_LINE.match(content)
    if found and (separator := found[1].decode("latin-1")) in SEPARATORS:
        return content[found.end() :], separator
    return content, None


def names_of(cells: Sequence[str]) -> list[str]:
    """Return the names of columns, without outer spaces.

    Where only some have none these are called as pandas does, by their place: the row numbers that
    it saves, and what a separator too many at the end of each line makes.
    """
    names = [cell.strip() for cell in cells]
    if any(names):
        names = [name or f"Unnamed: {at}" for at, name in enumerate(names)]
    return names


def misplaced(lines: Sequence[str], columns: Sequence[str], name: str) -> str:
    """Return what to do about a header without a name, by a file's first lines; "" if unknown."""
    for at, line in enumerate(lines[:LINES], start=1):
        for separator in SEPARATORS:
            cells = next(csv.reader([line], delimiter=separator), [])
            if at > 1 and len(cells) > 1 and name in map(str.strip, cells):
                return (
                    f"line {at} has it: if that is the header, leave out what is above it: "
                    f"tail -n +{at} IN > OUT"
                )
    if len(columns) == 1 and name in columns[0]:
        return (
            f"the header is one cell, {columns[0][:60]!r}: cells are separated by commas, "
            "semicolons, tabs or |, and a line is not in quotes as a whole"
        )
    if f'"{name}"' in columns:
        return """a space stands before each quote: sed 's/, "/,"/g' IN > OUT"""
    return without_header(columns)


def check_header(columns: Sequence[str], place: str) -> None:
    """Raise DataError where columns cannot be told apart by their names, or are too many."""
    if len(columns) > MOST:
        raise DataError(
            f"{len(columns):,} columns, where ann reads at most {MOST:,}",
            place=place,
            remedy="keep those that matter; is the table on its side, a row a feature?",
        )
    problems = []
    first: dict[str, int] = {}
    for position, column in enumerate(columns, start=1):
        if not column.strip():
            problems.append(
                Problem(
                    f"the column at position {position} has no name",
                    place,
                    "name it; is it a row index that pandas saved? write with index=False",
                )
            )
        elif len(column) > LONGEST_NAME:
            problems.append(
                Problem(
                    f"the column at position {position} has a name of {len(column):,} characters, "
                    f"where ann reads at most {LONGEST_NAME:,}",
                    place,
                    "is this line the header? is a quote opened and not closed?",
                )
            )
        elif column in first:
            problems.append(
                Problem(
                    f"{column} names the columns at positions {first[column]} and {position}",
                    place,
                    "rename one of them",
                )
            )
        first.setdefault(column, position)
    if len(problems) > SHOWN:
        more = Problem(f"and {len(problems) - SHOWN:,} more such columns", place)
        problems = [*problems[:SHOWN], more]
    if problems:
        raise DataError.of(problems)
