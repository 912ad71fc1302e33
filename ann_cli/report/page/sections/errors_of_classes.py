"""Where predicted classes are wrong: which are confused, how they rank, the surest mistakes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ann_cli.insight.curves_of_classes import (
    class_curves,
    class_scores,
    reliability,
)
from ann_cli.insight.outcomes import class_outcomes, confident_mistakes
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.class_figures import precision_recall, reliability_figure, roc
from ann_cli.report.page.sections.errors_of_numbers import CELLS, rows_of
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import (
    as_text,
    cells_of_row,
    features_in_order,
    labels,
    rounded,
    row_name,
    share,
    short,
)

CLASSES, CURVES, MISTAKES = 20, 6, 10
"""Classes whose confusion is drawn, classes that have curves (the commonest), and mistakes that are
shown, at most."""

SMALL = 5
"""Classes up to which the confusion matrix stands beside the curves."""

ROOM = 60
"""Characters that fit side by side below it."""

DARKEST = 0.55
"""How opaque a cell of the confusion matrix is at most: its number stays readable."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the confusion matrix, the curves, the reliability, and the most confident mistakes."""
    seen, run = material.seen, material.run
    assert seen is not None
    model, sample = run.model, seen.judged
    scores = class_scores(model, sample.rows)
    # The run knows them of all its rows, and by their weights.
    own = run.metrics if seen.judge != "other" and "confusion" in run.metrics else None
    matrix = own["confusion"] if own else scores.matrix()
    yield Words(f"On {rows_of(sample)}; the confusion matrix is of all.")
    yield _confusion(matrix, model.classes)
    found = scores.scores()
    curves = class_curves(scores, model.classes)
    if curves:
        shown = sorted(curves, key=lambda each: -each.share)[:CURVES]
        more = (
            f" The {CURVES} commonest of {len(curves):,} classes." if len(curves) > CURVES else ""
        )
        yield roc(shown, more)
        yield precision_recall(shown, more)
    bins = reliability(scores)
    if bins:
        yield reliability_figure(bins, found["brier_score"], model.classes)
    if own is None:  # else the result has it
        yield _each_class(scores.by_class(model.classes))
    outcomes = class_outcomes(model, sample.rows.y, seen.outputs)
    mistakes = confident_mistakes(outcomes, MISTAKES)
    if not mistakes:
        wrong = int((outcomes.actual != outcomes.chosen).sum())
        yield Words(f"{wrong:,} of these rows are wrong." if wrong else "No row is wrong.", "note")
        return
    shape = model.encoder.shape
    features = features_in_order(model, material.order)[: 0 if shape else CELLS]
    yield Facts(
        "The most confident mistakes",
        ["row", "actual", "predicted", "its probability", "of the actual"]
        + [each.name for each in features],
        [
            [
                row_name(sample.frame, each.row),
                short(each.actual),
                short(each.chosen),
                share(each.probability),
                share(each.of_actual),
                *cells_of_row(sample.frame, each.row, features),
            ]
            for each in mistakes
        ],
    )


def _confusion(matrix: Sequence[Sequence[float]], classes: tuple[str, ...]) -> Figure:
    counts = np.array(matrix, dtype=np.float64)
    wrong = counts - np.diag(np.diag(counts))
    words = "Rows by their actual class (down) and the predicted one (across)."
    if wrong.any():
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        words += (
            f" The commonest mistake: {as_text(wrong[row, column])} of "
            f"{as_text(counts[row].sum())} rows of {classes[row]} are taken for {classes[column]}."
        )
    else:
        words += " None is mistaken."
    kept = np.sort(np.argsort(-wrong.sum(axis=0) - wrong.sum(axis=1), kind="stable")[:CLASSES])
    if len(classes) > CLASSES:
        words += f" The {CLASSES} classes with most mistakes of {len(classes):,}."
    names = labels(classes[at] for at in kept.tolist())
    sums = np.maximum(counts.sum(axis=1), 1e-9)
    cells = [
        {
            "x": names[column],
            "y": names[row],
            "rows": f"{counts[of, to]:,.6g}",
            "part": rounded(float(counts[of, to] / sums[of]) * DARKEST, 3),
        }
        for row, of in enumerate(kept.tolist())
        for column, to in enumerate(kept.tolist())
    ]

    def chart() -> Any:
        import altair as alt

        long = len(names) * max(map(len, names)) > ROOM
        axis = alt.Axis(labelLimit=110, labelAngle=-40 if long else 0)
        base = of_rows(cells).encode(
            x=alt.X("x:N", title="predicted", sort=None, axis=axis),
            y=alt.Y("y:N", title="actual", sort=None, axis=alt.Axis(labelLimit=110)),
        )
        square = base.mark_rect(color="var(--series-1)").encode(
            opacity=alt.Opacity("part:Q", scale=None, legend=None)
        )
        return (square + base.mark_text().encode(text="rows:N")).properties(
            height=max(90, 34 * len(names))
        )

    table = Facts(
        "Confusion matrix: actual down, predicted across",
        ["actual", *names],
        [
            [name, *(f"{counts[of, to]:,.6g}" for to in kept.tolist())]
            for name, of in zip(names, kept.tolist(), strict=True)
        ],
        folded=True,
    )
    small = len(names) <= SMALL
    return Figure("confusion", "Which classes are confused", words, chart, table, small)


def _each_class(by_class: Sequence[Mapping[str, Any]]) -> Facts:
    ordered = sorted(by_class, key=lambda each: -each["rows"])[: 2 * CLASSES]

    def part(value: float | None) -> str:
        return "-" if value is None else share(value)

    return Facts(
        "Each class: the share of predicted rows that are of it (precision), and of its rows that "
        "are found (recall)",
        ["class", "rows", "predicted", "precision", "recall", "F1"],
        [
            [
                short(each["class"]),
                as_text(each["rows"]),
                as_text(each["predicted"]),
                *(part(each[name]) for name in ("precision", "recall", "f1")),
            ]
            for each in ordered
        ],
    )


def _suits(material: Material) -> bool:
    return material.seen is not None and material.run.model.task.kind == "category"


SECTION = Section("mistakes", "Where it is wrong", blocks, _suits, predicts=True)
