"""What an autoencoder finds unusual: how large errors are, in which columns, and of which rows."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ann_cli.data.columns.feature import Feature
from ann_cli.engine.settings import Array
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.errors_of_numbers import rows_of
from ann_cli.report.page.sections.number_figures import distribution
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import (
    as_text,
    cells_of_row,
    labels,
    rounded,
    row_name,
    share,
)
from ann_cli.run.seen_rows import SeenRows
from ann_cli.tasks.reconstruction import row_errors, squared_errors

ROWS, COLUMNS, CELLS = 10, 30, 6
"""The most unusual rows, the columns in the chart, and the cells beside a row, at most."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the errors of the rows that judge, by column, and the rows with the largest."""
    seen, model = material.seen, material.run.model
    assert seen is not None
    y = seen.judged.rows.y
    squares, errors = squared_errors(y, seen.outputs), row_errors(y, seen.outputs)
    yield Words(
        f"On {rows_of(seen.judged)}. A row's error is the mean squared error of its known cells, "
        "scaled. A row that is like the training rows has a small one."
    )
    yield distribution("a row's cells", "", errors, apart=False)
    by_column = {
        name: (float(squares[:, places].mean()), _rebuilt(y[:, places], squares[:, places]))
        for name, places in model.encoder.places_of.items()
    }
    ordered = sorted(by_column, key=lambda name: -by_column[name][0])
    yield _columns(ordered, by_column)
    features = {each.name: each for each in model.encoder.features}
    yield _rows(seen, errors, squares, model.encoder.places_of, [features[n] for n in ordered])


def _rebuilt(y: Array, squares: Array) -> float | None:
    """Return the share of a column's variance that is rebuilt; None where nothing varies."""
    deviations = np.nansum(np.square(y - np.nanmean(y, axis=0))) if not np.isnan(y).all() else 0
    return 1 - float(squares.sum()) / float(deviations) if deviations > 0 else None


def _columns(ordered: Sequence[str], found: dict[str, tuple[float, float | None]]) -> Figure:
    shown = ordered[:COLUMNS]
    bars = [
        {"column": label, "error": rounded(found[name][0])}
        for label, name in zip(labels(shown), shown, strict=True)
    ]

    def chart() -> Any:
        import altair as alt

        order = [str(each["column"]) for each in bars]
        return (
            of_rows(bars)
            .mark_bar()
            .encode(
                x=alt.X("error:Q", title="mean squared error, scaled"),
                y=alt.Y("column:N", sort=order, title=None),
                tooltip=["column:N", "error:Q"],
            )
        )

    worst, best = ordered[0], ordered[-1]
    words = (
        f"Rebuilt worst is {worst} ({as_text(found[worst][0])}), best {best} "
        f"({as_text(found[best][0])})."
    )
    table = Facts(
        "How well each column is rebuilt",
        ["column", "mean squared error", "variance rebuilt"],
        [
            [name, as_text(found[name][0]), "-" if (r2 := found[name][1]) is None else share(r2)]
            for name in ordered
        ],
        folded=True,
    )
    return Figure("rebuilt", "How well each column is rebuilt", words, chart, table)


def _rows(
    seen: SeenRows,
    errors: Array,
    squares: Array,
    places: dict[str, list[int]],
    features: list[Feature],
) -> Facts:
    """Return the rows with the largest errors, and the columns that make most of each."""
    frame, shown = seen.judged.frame, features[:CELLS]
    rows = []
    for row in np.argsort(-errors, kind="stable")[:ROWS].tolist():
        total = float(squares[row].sum()) or 1.0
        parts = {name: float(squares[row, own].sum()) / total for name, own in places.items()}
        most = sorted(parts, key=lambda name: -parts[name])[:2]
        why = ", ".join(f"{name} {share(parts[name])}" for name in most)
        own = [row_name(frame, row), as_text(errors[row]), why]
        rows.append([*own, *cells_of_row(frame, row, shown)])
    head = ["row", "error", "most of it", *(each.name for each in shown)]
    return Facts("The most unusual rows", head, rows, texts=True)


SECTION = Section(
    "unusual",
    "What is unusual",
    blocks,
    lambda material: material.seen is not None and material.run.model.task.of_cells,
)
