"""What to be careful about: sentences, each with the figure that it rests on."""

from collections.abc import Iterator

from ann_cli.insight.careful import (
    Caution,
    from_metrics,
    of_classes,
    of_drift,
    of_errors,
    of_few_rows,
    of_leakage,
    of_reliability,
)
from ann_cli.insight.curves_of_classes import class_scores, reliability
from ann_cli.insight.drift import Drift, drifts
from ann_cli.insight.outcomes import number_outcomes
from ann_cli.insight.partial_dependence import movable
from ann_cli.report.page.blocks import Block, Facts, Words
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import share
from ann_cli.run.seen_rows import SeenRows

LOOKED_FOR = (
    "columns that give the target away, rare classes, few rows, columns that differ between the "
    "training rows and those that judge, probabilities that are off, errors that lean to a side, "
    "a few rows with most of the error, idle units, intervals that miss"
)
"""What is said where none of it is found."""

COLUMNS = 30
"""Columns in the table of what differs, at most."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield a paragraph for each thing, and what differs between the sides as a table."""
    found = list(cautions(material))
    for each in found:
        yield Words(f"{each.topic}: {each.sentence}", "warning")
    if not found:
        yield Words(f"Nothing was found of what was looked for: {LOOKED_FOR}.")
    if material.seen is None and not material.missing:
        return  # rows that are none of a table, as ratings are
    if material.seen is None:
        yield Words(f"The rows are not there, so that little was looked at: {material.missing}")
        return
    compared = differing(material, material.seen)
    if compared:
        yield _table(compared, _others(material.seen))


def cautions(material: Material) -> Iterator[Caution]:
    """Yield what was found."""
    run, seen = material.run, material.seen
    model, metrics = run.model, run.metrics
    sides = [side for side in ("test", "validation", "training") if metrics.get(side)]
    if seen is None or seen.judge != "other":
        yield from from_metrics(model, metrics, sides[0])
    if seen is None:
        return
    training = seen.sides.get("training")
    if training is not None:
        yield from of_leakage(model, training.frame)
    numbers, classes = (model.task.kind == kind for kind in ("number", "category"))
    overlap = model.task.overlap(model.encoder.targets)
    if not model.task.of_windows and len(model.encoder.targets) == 1 and seen.judged.whole:
        yield from of_few_rows(seen.losses, classes, overlap)
    if numbers and not model.task.of_windows:
        yield from of_errors(number_outcomes(model, seen.judged.rows.y, seen.outputs))
    elif classes:
        scores = class_scores(model, seen.judged.rows)
        yield from of_classes(scores.by_class(model.classes))
        yield from of_reliability(reliability(scores))
    yield from of_drift(differing(material, seen), _others(seen))


def _others(seen: SeenRows) -> str:
    return "the CSV" if seen.judge == "other" else f"{seen.judge} rows"


def differing(material: Material, seen: SeenRows) -> list[Drift]:
    """Return how the judging rows differ from those that trained; nothing of the same rows."""
    training, model = seen.sides.get("training"), material.run.model
    same = seen.judge == "training" or seen.judged.rows.fold is not None
    if training is None or same:
        return []
    return drifts(training.frame, seen.judged.frame, movable(model.encoder))


def _table(found: list[Drift], others: str) -> Facts:
    return Facts(
        f"How far columns differ between training rows and {others}",
        ["column", "difference", "chance", "missing in training", f"missing in {others}", "new"],
        [
            [
                each.column,
                share(each.size),
                "< 0.001" if each.chance < 0.001 else f"{each.chance:.3f}",
                *map(share, each.missing),
                share(each.unseen),
            ]
            for each in found[:COLUMNS]
        ],
        folded=True,
    )


SECTION = Section("careful", "What to be careful about", blocks)
