"""Where predicted numbers are wrong: beside the actual ones, along each column, the worst rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ann_cli.insight.cells import cells_of
from ann_cli.insight.outcomes import number_outcomes
from ann_cli.insight.partial_dependence import movable
from ann_cli.insight.residuals import (
    errors_along,
    worst_rows,
)
from ann_cli.report.page.blocks import Block, Facts, Words
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.number_figures import along_column, beside_actual, distribution
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import (
    as_text,
    cells_of_row,
    features_in_order,
    figure_names,
    row_name,
)
from ann_cli.run.seen_rows import Sample

TARGETS, COLUMNS, CELLS, WORST = 4, 12, 6, 10
"""Targets, columns that errors are drawn against, columns beside the worst rows, and these rows,
at most."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield what is told of each target's errors."""
    seen, model = material.seen, material.run.model
    assert seen is not None
    outcomes = number_outcomes(model, seen.judged.rows.y, seen.outputs)
    many = len(outcomes.targets) > 1
    yield Words(
        f"On {rows_of(seen.judged)}. An error is the actual number less the predicted one: above 0 "
        "the prediction is too low."
    )
    for at, name in enumerate(outcomes.targets[:TARGETS]):
        actual, predicted = outcomes.actual[:, at], outcomes.predicted[:, at]
        errors = actual - predicted
        if not np.isfinite(errors).any():
            yield Words(f"No error of {name} is a finite number.", "warning")
            continue
        suffix = f"-{at + 1}" if many else ""
        yield beside_actual(name, suffix, actual, predicted)
        yield distribution(name, suffix, errors)
        features = movable(model.encoder)
        chosen = features_in_order(model, material.order)
        chosen = [each for each in chosen if each.name in features]
        shown = chosen[: COLUMNS if not many else COLUMNS // 2]
        names = figure_names(f"errors{suffix}", (each.name for each in shown))
        for figure, feature in zip(names, shown, strict=True):
            along = errors_along(cells_of(seen.judged.frame, feature), errors)
            yield along_column(figure, along, name)
        yield _worst(name, seen.judged, actual, predicted, chosen[:CELLS])
    if len(outcomes.targets) > TARGETS:
        yield Words(f"Only {TARGETS} of {len(outcomes.targets):,} targets are shown.", "note")


def rows_of(sample: Sample) -> str:
    """Say which rows are looked at, and whether these are all."""
    side = "rows of the CSV" if sample.side == "other" else f"{sample.side} rows"
    if sample.whole:
        return f"all {sample.count:,} {side}"
    return f"{len(sample.frame):,} {side}, drawn at random from {sample.count:,}"


def _worst(name: str, sample: Sample, actual: Any, predicted: Any, features: list[Any]) -> Facts:
    errors = actual - predicted
    return Facts(
        f"The rows with the largest errors of {name}",
        ["row", "actual", "predicted", "error", *(each.name for each in features)],
        [
            [
                row_name(sample.frame, row),
                as_text(actual[row]),
                as_text(predicted[row]),
                as_text(errors[row]),
                *cells_of_row(sample.frame, row, features),
            ]
            for row in worst_rows(errors, WORST)
        ],
    )


def _suits(material: Material) -> bool:
    task = material.run.model.task
    return material.seen is not None and task.kind == "number" and not task.of_windows


SECTION = Section("errors", "Where it is wrong", blocks, _suits, predicts=True)
