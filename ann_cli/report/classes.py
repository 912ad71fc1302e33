"""Which classes were taken for which, and those that are never predicted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ann_cli.data.cells.values import listed
from ann_cli.report.layout import one_line

MOST_CLASSES = 8
"""Classes that a table has room for."""

NAMED = 5
"""Classes that are named where several are never predicted."""

REMEDY = "class_weight: balanced makes rare classes count as much"


def confusion(metrics: Mapping[str, Any]) -> tuple[list[str], list[tuple[str, ...]]] | None:
    """Return the columns and rows of the table; None where there is no room for it."""
    classes = metrics["classes"]
    labels = [one_line(each["class"]) for each in classes]
    if len(labels) > MOST_CLASSES:
        return None
    rows = [
        (label, *(f"{cell:,.6g}" for cell in cells), *_shares(each))
        for label, cells, each in zip(labels, metrics["confusion"], classes, strict=True)
    ]
    return [*labels, "precision", "recall", "F1"], rows


def never_predicted(classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence on the classes that rows have and predictions have not, if there are."""
    total = sum(each["rows"] for each in classes)
    missed = [each for each in classes if each["rows"] and not each["predicted"]]
    if not missed:
        return []
    share = f"{sum(each['rows'] for each in missed) / total:.1%}"
    names = [one_line(each["class"]) for each in missed]
    if len(names) == 1:
        return [f"class {names[0]} is {share} of these rows and is never predicted; {REMEDY}"]
    return [
        f"{len(names):,} of {len(classes):,} classes are never predicted, together {share} of "
        f"these rows: {listed(names, NAMED)}; {REMEDY}"
    ]


def _shares(scores: Mapping[str, Any]) -> Iterator[str]:
    for name in ("precision", "recall", "f1"):
        yield "-" if scores[name] is None else f"{scores[name]:.3f}"
