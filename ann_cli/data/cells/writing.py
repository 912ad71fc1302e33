"""What is known of how a file is written before it is read, from a config or from a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ann_cli.config.column_forms import ColumnForm, DateForm
from ann_cli.config.data_spec import Data
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import Kind


@dataclass(frozen=True)
class Written:
    """What is known of how a file is written before it is read."""

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    """Texts that stand for no value in any column."""
    dates: Mapping[str, str] = field(default_factory=dict)
    """The form of the dates of some columns."""
    pictures: str | None = None
    """The column whose cells name files, in the folder of the table."""
    query: str | None = None
    """What is asked of a database."""
    usual: Mapping[str, Notation] = field(default_factory=dict)
    """How other files write some columns: it decides where cells leave a doubt."""


def as_written(data: Data, usual: Mapping[str, Notation] | None = None) -> Written:
    """Return what a config says of how its data are written."""
    separator = "\t" if data.separator == "tab" else data.separator
    thousands = "" if data.thousands == "none" else data.thousands
    forms = {name: kind.date for name, kind in data.types.items() if isinstance(kind, DateForm)}
    missing = tuple(each.strip() for each in data.missing)
    pictures = data.image.column if data.image else None
    return Written(
        separator=separator,
        decimal=data.decimal,
        thousands=thousands,
        missing=missing,
        dates=forms,
        pictures=pictures,
        query=data.query,
        usual=usual or {},
    )


def layout(
    separator: str,
    notations: Mapping[str, Notation],
    kinds: Mapping[str, Kind],
    with_fractions: Callable[[str], bool],
) -> dict[str, str]:
    """Return the keys of `data` that say how a file is written, where all columns agree."""
    found = (
        {} if separator in ("", ",") else {"separator": "tab" if separator == "\t" else separator}
    )
    names = [name for name, kind in kinds.items() if kind == "number"]
    numbers = [notations[name] for name in names if not notations[name].clock]
    marked = {each.decimal for each in numbers if each.decimal == "," or each.thousands}
    marks = {each.thousands for each in numbers if each.thousands}
    others = (
        name
        for name in names
        if notations[name].decimal == "."
        and not (notations[name].thousands or notations[name].clock)
    )
    if marked == {","} and any(map(with_fractions, others)):
        return found  # each column is recognised by itself
    if marked == {","} or (len(marked) == 1 and marks):
        found["decimal"] = marked.pop()
        if len(marks) == 1:
            found["thousands"] = marks.pop()
    return found


def kinds_given(data: Data) -> dict[str, Kind]:
    """Return the kinds of columns that a config names."""
    types: dict[str, Any] = data.types
    return {
        name: each.kind if isinstance(each, ColumnForm) else each for name, each in types.items()
    }
