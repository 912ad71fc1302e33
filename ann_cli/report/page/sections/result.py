"""The result: the verdict, the scores beside those of the baselines, and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.config.models import MODELS
from ann_cli.data.rows.split import SIDES, judging
from ann_cli.errors import counted
from ann_cli.insight.scoring import score_rows
from ann_cli.insight.verdict import chose_epoch
from ann_cli.model.own_table import trained_on
from ann_cli.report import networks, perceptron
from ann_cli.report.baselines import DESCRIPTIONS, called, verdict
from ann_cli.report.intervals import intervals
from ann_cli.report.numbers import score
from ann_cli.report.page.blocks import Block, Facts, Words
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.details import details
from ann_cli.report.page.sections.differences import differences
from ann_cli.report.page.sections.section import Section
from ann_cli.tasks.metrics import METRICS

Scored = Mapping[str, Mapping[str, Any]]
"""Scores by the name of what has them."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the verdict, the scores, and the differences from the baselines."""
    run, metrics = material.run, material.run.metrics
    noun = MODELS[run.model.config.model].called
    side = judging(metrics)
    beside = metrics.get("verdict", {})
    if beside:
        yield Words(verdict(beside, noun), "verdict")
    yield from (Words(note, "warning") for note in run.notes)
    if material.missing:
        yield Words(
            f"What shows rows is left out of this page: {material.missing}. "
            "--data names a CSV to look at instead.",
            "warning",
        )
    told = list(differences(metrics, side))
    yield from told[:1]
    others = {called(name): each for name, each in metrics["baselines"].items()}
    rows = counted(metrics[side]["rows"], f"{side} row")
    yield scores_of(f"Scores on {rows}", "model", {f"the {noun}": metrics[side], **others})
    yield Words(_judged_by(metrics, side), "note")
    yield from told[1:]
    if material.data is not None:
        yield from _elsewhere(material)
    sides = {
        f"{each}, {counted(metrics[each]['rows'], 'row')}": metrics[each]
        for each in SIDES
        if metrics.get(each)
    }
    if len(sides) > 1:
        yield scores_of(f"The {noun}'s scores on each side of the data", "side", sides)
    for sentence in (*intervals(metrics.get("interval")), *perceptron.sentences(metrics, side)):
        yield Words(sentence)
    if len(metrics.get("ensemble", {}).get("variations", ())) > 1:
        head = ["form of the networks", *networks.VARIATION]
        yield Facts("What the networks of the ensemble are", head, networks.variations(run))
    yield from details(metrics)
    yield _meanings(metrics[side])
    names = metrics["baselines"]
    rows_of = [[called(name), DESCRIPTIONS[name]] for name in names if name in DESCRIPTIONS]
    yield Facts("What the baselines are", ["baseline", "what it does"], rows_of, True, texts=True)


def scores_of(title: str, who: str, rows: Scored) -> Facts:
    """Return scores as a table, a row for each that has some; `who` they are."""
    shown = [name for name in METRICS if any(each.get(name) is not None for each in rows.values())]
    return Facts(
        title,
        [who, *(METRICS[name].label for name in shown)],
        [[name, *(score(key, each.get(key)) for key in shown)] for name, each in rows.items()],
    )


def _judged_by(metrics: Mapping[str, Any], side: str) -> str:
    """Say what part the rows that judge had in the training."""
    if side == "test":
        return (
            "The test rows had no part in the training: they say how well new rows are predicted."
        )
    if side == "training":
        return (
            "No rows were kept apart: these were trained on, and say how well they were learned, "
            "not how well new rows are predicted. data.validation and data.test keep some apart."
        )
    folds = metrics.get("ensemble", {}).get("folds", 1) > 1
    apart = "Each row was predicted by the networks that were not trained on it. " if folds else ""
    if not chose_epoch(metrics, side):
        return f"{apart}The validation rows were not trained on."
    return (
        f"{apart}The validation rows chose the epoch whose weights are kept, so that they flatter "
        "the network a little. data.test keeps rows that choose nothing."
    )


def _meanings(scores: Mapping[str, Any]) -> Facts:
    """Return what each score says."""
    rows = [
        [
            each.label,
            each.meaning + ", in the target's own units" * each.own_units,
            "more" if each.more_is_better else "less",
        ]
        for name, each in METRICS.items()
        if name in scores
    ]
    return Facts(
        "What the scores mean", ["score", "what it is", "better is"], rows, True, texts=True
    )


def _elsewhere(material: Material) -> Iterator[Block]:
    """Yield the scores on the rows of another CSV."""
    model, seen, data = material.run.model, material.seen, material.data
    assert seen is not None
    assert data is not None
    sample = seen.judged
    scores = score_rows(model, sample.rows).scores()
    drawn = "" if sample.whole else f"{len(sample.frame):,} drawn of the "
    rows = counted(sample.count, "row")
    yield scores_of(f"The network's scores on {drawn}{rows} of {data}", "file", {data: scores})
    if data != "-" and trained_on(model, model.table(data)):
        yield Words(
            f"{data} is the file that the network was trained on: this page shows mostly rows that "
            "it has learned from, and they flatter it. Without --data the rows kept apart are "
            "shown.",
            "warning",
        )
    if model.config.data.sample_weight is not None:
        yield Words("All rows of it count alike here, whatever their sample weight.", "note")


SECTION = Section("result", "The result", blocks)
