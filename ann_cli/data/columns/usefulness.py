"""Which columns can teach something."""

from ann_cli.data.cells.dates import is_time_of_day
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import cited, listed
from ann_cli.data.columns.statistics import MOST_VALUES, Dates, Numbers, Values
from ann_cli.errors import DataError

FEW_VALUES = 100
"""More values than this, and different in most rows: a name tag, not a category."""


def left_out(found: Numbers | Values, named: bool, few_inputs: bool = False) -> str:
    """Return why a column is to be left out, in one sentence; "" where it is of use.

    Of a column of `few_inputs`, whatever it holds, there may be any number of values.
    Raises DataError for what makes no sense in a column that the person named: a constant, cells
    that are all missing, or too many values.
    """
    name, known = found.name, found.rows - found.missing
    if not known and not named:
        return f"column {name} is left out: every training cell of it is missing"
    if not known:
        raise DataError(
            "every cell is missing",
            place=f"column {name}",
            remedy=f"leave it out: {_exclude(name)}",
        )
    if isinstance(found, Dates):
        count = 1 if found.moments.least == found.moments.greatest else 2
        shown = "one moment"
    elif isinstance(found, Values):
        count, shown = len(found.counts), next(iter(found.counts))
    else:
        least, greatest = found.moments.least, found.moments.greatest
        count = 1 if least == greatest else 2
        shown = str(least) if found.kind == "number" else ("false", "true")[int(least)]
    if count == 1 and not found.missing:
        if named:
            raise DataError(
                f"column {name} is constant: {shown} in every training row; it can teach nothing",
                remedy=f"leave it out: {_exclude(name)}",
            )
        return f"column {name} is left out: it is {shown} in every training row"
    if not isinstance(found, Values):
        return ""
    if found.too_many and named and not few_inputs:
        raise DataError(
            f"column {name} has more than {MOST_VALUES:,} different values, too many for one input "
            "each",
            remedy=f"leave it out: {_exclude(name)}; or let them share inputs: data.types: "
            f"{{{name}: {{hashed: 256}}}}",
        )
    count = found.different
    if not named and not few_inputs and is_name_tag(found):
        return (
            f"column {name} is left out, as names are: {count:,} different values in "
            f"{found.rows:,} training rows; to keep it, set data.types: {{{name}: category}}"
        )
    if found.too_many and not few_inputs:
        return f"column {name} is left out: more than {MOST_VALUES:,} different values"
    return ""


def is_name_tag(found: Values) -> bool:
    """Whether a column's texts differ in most rows: they name a row rather than a category."""
    count = found.different
    return count == found.rows or (count > FEW_VALUES and 2 * count > found.rows)


def remarks(found: object, is_target: bool, notation: Notation | None) -> list[str]:
    """Return what a person should know of a column's values."""
    if isinstance(found, Values):
        return nearly_alike(found)
    if isinstance(found, Dates) and is_target:
        since = "midnight" if notation and is_time_of_day(notation.date) else "1970"
        kind = "time of day" if since == "midnight" else "date"
        told = f"is a {kind}: it is learned, scored and predicted in seconds since {since}"
        return [f"{found.name} {told}"]
    return []


def nearly_alike(found: Values) -> list[str]:
    """Return a sentence where texts differ in capitals or outer spaces only."""
    groups: dict[str, list[str]] = {}
    for text in () if found.too_many else found.counts:
        groups.setdefault(" ".join(text.split()).casefold(), []).append(text)
    alike = [" and ".join(map(cited, group)) for group in groups.values() if len(group) > 1]
    if not alike:
        return []
    return [
        f"column {found.name}: {listed(alike, 3)} differ in capitals or spaces only, and count as "
        "different values"
    ]


def _exclude(name: str) -> str:
    return f"data.exclude: [{name}]"
