"""Sentences on how a column was read, for the person: each with what overrules it."""

import re
from collections.abc import Iterable, Mapping

from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.numerals import AMBIGUOUS, DASH, bare, parts_of
from ann_cli.data.cells.values import Array, cited
from ann_cli.errors import counted


def number_notes(
    name: str, cells: Mapping[str, int], notation: Notation, doubtful: bool
) -> list[str]:
    """Return how numbers are read, unless they are written as Python writes them."""
    marks = []
    if notation.thousands:
        marks.append(f"{_mark(notation.thousands)} between thousands")
    if notation.decimal != ".":
        marks.append("a comma as decimal sign")
    if notation.scaled:
        marks.append("k, M, million and the like for thousands, millions and so on")
    if notation.unit and (lacking := _lacking(cells)) is not None:
        marks.append(f"the unit {notation.unit}{lacking}")
    if dash := next((cell for cell in cells if DASH.fullmatch(bare(cell))), ""):
        marks.append(f"{cited(dash)} as 0")
    sure = [cell for cell in cells if notation.value(cell) == notation.value(cell)]
    if not sure or not (marks or doubtful or notation.clock):
        return []
    example = next((cell for cell in sure if AMBIGUOUS.search(cell)), max(sure, key=len))
    if notation.clock:
        two = re.fullmatch(r"\D*[0-9]+:[0-9.]+", example.strip())
        marks = ["a duration: 60 times the first number, and the second" if two else "seconds"]
    note = f"column {name}: {cited(example)} is read as {notation.value(example):.15g}"
    if marks:
        note += f" ({', '.join(marks)})"
    if doubtful:
        other = "," if notation.decimal == "." else "."
        note += f'; if that is wrong, set data.decimal: "{other}"'
    return [note]


def _lacking(cells: Mapping[str, int]) -> str | None:
    """Return how many numbers have no unit, where others have one; None where none has."""
    found = [(parts, count) for cell, count in cells.items() if (parts := parts_of(cell))]
    without = sum(count for parts, count in found if not parts.unit)
    total = sum(count for _, count in found)
    if not without:
        return ""
    return None if without == total else f", which {without:,} of the first {total:,} cells lack"


def _mark(thousands: str) -> str:
    return {",": "a comma", ".": "a point", " ": "a space", "'": "an apostrophe"}[thousands]


def date_notes(name: str, cells: Iterable[str], form: str) -> list[str]:
    """Return how dates are read whose day and month could change places."""
    other = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return [
        f"column {name}: {cited(next(iter(cells)))} is read as {form} (day and month could change "
        f'places); if that is wrong, set data.types: {{{name}: {{date: "{other}"}}}}'
    ]


def form_note(name: str, cells: Mapping[str, int], odd: Array, form: str) -> str:
    """Return why dates with others among them, at `odd`, are names of categories."""
    texts = [cell for cell, each in zip(cells, odd, strict=True) if each]
    count = sum(count for count, each in zip(cells.values(), odd, strict=True) if each)
    return (
        f"column {name} is taken for names of categories: most cells are dates written {form}, and "
        f"{cited(texts[0])} is none, as {counted(count, 'cell')} of the first rows; to take these "
        f'for missing, set data.types: {{{name}: {{date: "{form}"}}}}'
    )


def no_data_notes(name: str, none: Iterable[str], kind: str) -> list[str]:
    """Return which numbers or dates stand for no value."""
    return [
        f"column {name}: {each} is taken for no value, as it stands apart from all others; for a "
        f"{kind}, set data.types: {{{name}: {kind}}}"
        for each in none
    ]


def mixed_note(name: str, cells: Mapping[str, int], odd: Array, times: Array) -> str:
    """Return why numbers with texts among them, at `odd`, are names of categories."""
    texts = [cell for cell, each in zip(cells, odd, strict=True) if each]
    return (
        f"column {name} is taken for names of categories: most cells are numbers, and "
        f"{cited(texts[0])} is none, as {counted(int(times[odd].sum()), 'cell')} of the first "
        f"rows; for numbers, set data.types: {{{name}: number}}"
    )
