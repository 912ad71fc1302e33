"""How many actual values intervals held, in a line."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.report.numbers import number, value

MANY = 6
"""Targets from which all are told in one sentence."""


def intervals(told: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield a sentence of what metrics.json has of the test rows' intervals."""
    if told is None:
        return
    rows, level = f"{told['rows']:,} test rows", f"{told['level']:.0%}"
    if "mean_size" in told:
        sets = f"{level} prediction sets hold the class of {told['coverage']:.2f} of {rows}"
        yield f"{sets}, with {number(told['mean_size'], 3)} labels in the mean."
        return
    targets = told.get("targets", {"": told})
    if len(targets) > MANY:
        first, *_, last = targets
        ends = [first, last]
        halves = [targets[name]["median_width"] for name in ends]
        wide = ""
        if None not in halves:
            told_ends = (
                f"±{_rounded(half / 2)} of {name}" for name, half in zip(ends, halves, strict=True)
            )
            wide = f", {' to '.join(told_ends)} in the middle"
        yield f"{level} intervals cover {told['coverage']:.2f} of {rows} in the mean{wide}."
        return
    for name, each in targets.items():
        whose = f" of {name}" if name else ""
        width = each["median_width"]
        half = "" if width is None else f", ±{_rounded(width / 2)} in the middle"
        yield f"{level} intervals{whose} cover {each['coverage']:.2f} of {rows}{half}."


def _rounded(half: float) -> str:
    return value(float(number(half, 3)))
