"""What to be careful about in a trained model: sentences, each with the figure that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.models import MODELS
from ann_cli.data.cells.distinct import factorized
from ann_cli.data.columns.hashes import hashes
from ann_cli.data.columns.single_column import score_of_category, scores_of_numbers
from ann_cli.engine.settings import Array
from ann_cli.errors import counted
from ann_cli.insight.cells import all_cells
from ann_cli.insight.curves_of_classes import ReliabilityBin, share_interval
from ann_cli.insight.drift import CONFIDENCE, Drift
from ann_cli.insight.intervals import mean_interval
from ann_cli.insight.outcomes import NumberOutcomes
from ann_cli.insight.partial_dependence import movable
from ann_cli.insight.residuals import error_summary
from ann_cli.insight.verdict import NOT_COMPARED, chose_epoch
from ann_cli.model.model import Model
from ann_cli.tasks.metrics import METRICS

TELLS = 0.95
"""What one column alone explains of the target from which it is worth a question."""

ROWS, LEAST = 2_000, 50
"""Training rows on which that is measured, at most and at least."""

RARE, MAJORITY = 30, 0.9
"""Rows of a class below which its recall is hardly known; the largest class's share that makes
accuracy say little."""

WIDE = 0.1
"""How far an interval of the error may reach, in parts of the error, before it is told."""

SIZE, NAMED = 0.05, 3
"""The least drift that is told, and how many columns or classes are named."""

WORSE, TAIL = 1.25, 0.25
"""How many times greater the judging rows' error is than the training rows' for a word on it, and
the part of all squared errors that a hundredth of the rows may have."""


@dataclass(frozen=True)
class Caution:
    """A sentence with its figure, and in a word or two what it is about."""

    topic: str
    sentence: str


def from_metrics(model: Model, metrics: Mapping[str, Any], judge: str) -> Iterator[Caution]:
    """Yield what metrics.json tells: `judge` is the side whose rows judged the model."""
    rows = metrics[judge]["rows"]
    noun = "network" if model.task.has_target else MODELS[model.config.model].called
    for name, each in (metrics.get("verdict") or {}).items():
        if each["verdict"] not in ("beats", NOT_COMPARED) and name != "without_convolutions":
            margin = ""
            if "low" in each:
                ends = f"{told(each['low'])} to {told(each['high'])}"
                margin = f": {each['measure']} a row, the baseline's less its own: {ends}"
                margin += f" ({rows:,} rows)"
            yield Caution(
                "Baselines", f"The {noun} {each['verdict']} the baseline “{name}”{margin}."
            )
    if judge == "training":
        yield Caution(
            "No rows apart",
            f"All {rows:,} rows that judge the network trained it: its scores say little of new "
            "rows. data.validation: 0.2 keeps a fifth apart.",
        )
    elif chose_epoch(metrics, judge) and model.config.folds == 1:
        yield Caution(
            "Chosen by these rows",
            f"The {rows:,} validation rows that judge the network also chose epoch "
            f"{metrics['best_epoch']:,} of {metrics['epochs']:,}, so that their scores flatter it "
            "a little. data.test: 0.2 keeps rows that only the last score sees.",
        )
    name, *_ = model.task.decides
    trained = (metrics.get("training") or {}).get(name)
    own, metric = metrics[judge].get(name), METRICS[name]
    if judge != "training" and trained is not None and own is not None and model.config.folds == 1:
        far = (
            own / trained
            if not metric.more_is_better
            else (1 - trained and (1 - own) / (1 - trained))
        )
        if far >= WORSE and (not metric.more_is_better or trained - own > 0.02):
            yield Caution(
                "Known by heart",
                f"{metric.label} is {told(own)} on {judge} rows and {told(trained)} on training "
                "rows: part of what was learned holds for the training rows alone. l2, dropout or "
                "fewer units narrow the gap.",
            )
    yield from (Caution("Units", each[:1].upper() + each[1:] + ".") for each in metrics["warnings"])
    interval = metrics.get("interval")
    by_time = model.config.data.latest_by is not None
    if interval and interval.get("coverage") is not None:
        low, high = share_interval(interval["coverage"], interval["rows"])
        if high < interval["level"] or by_time:
            order = ", which is by time: the intervals take rows to be in no order" * by_time
            yield Caution(
                "Intervals",
                f"Intervals of {interval['level']:.0%} hold {interval['coverage']:.1%} of "
                f"{interval['rows']:,} test rows (95% interval: {low:.1%} to {high:.1%}){order}.",
            )
    elif by_time and model.task.has_target and model.calibration is not None:
        yield Caution(
            "Intervals",
            f"The intervals were made from {model.calibration.rows:,} rows as if these were in no "
            "order of time, and here the latest rows are held back: no test rows measured how "
            "many actual values they hold.",
        )


def of_leakage(model: Model, training: pd.DataFrame) -> Iterator[Caution]:
    """Yield the columns of training rows that alone tell nearly all of a target."""
    features = movable(model.encoder)
    names = [*features, *model.encoder.target_kinds]
    frame = training[:ROWS]
    # A copy of a row would be told by the row.
    frame = frame[~pd.Series(hashes(frame[names]), dtype=object).duplicated().to_numpy()]
    if not features or len(frame) < LEAST:
        return
    cells = all_cells(frame, features)
    numbers = {name: each.values for name, each in cells.items() if each.values is not None}
    texts = [name for name in features if name not in numbers]
    for target in model.encoder.targets:
        classes = bool(target.classes)
        column = frame[target.name]
        y = factorized(column)[0] if classes else column.to_numpy(np.float64)
        most = float(np.bincount(y).max() / len(y)) if classes else 0.0
        scores = {
            name: score_of_category(frame[name].to_numpy(object), y, classes) for name in texts
        }
        if numbers:
            found = scores_of_numbers(np.stack(list(numbers.values()), axis=-1), y, classes)
            scores |= dict(zip(numbers, found.tolist(), strict=True))
        for name, score in scores.items():
            explained = (score - most) / (1 - most) if most < 1 else 0.0
            if explained >= TELLS:
                what = f"{score:.1%} of rows right" if classes else f"an R² of {score:.3f}"
                yield Caution(
                    "Leakage",
                    f"Column {name} alone tells {target.name} nearly: {what} on {len(frame):,} "
                    "training rows, each by rows of like value. Is it known when a prediction is "
                    f"made? If not: data.exclude: [{name}].",
                )


def of_classes(by_class: Sequence[Mapping[str, Any]]) -> Iterator[Caution]:
    """Yield which classes have few rows, and whether one has nearly all.

    `by_class` is that of metrics.json: the rows of each class and what was found of them.
    """
    rows = sum(each["rows"] for each in by_class)
    rare = sorted((each for each in by_class if each["rows"] < RARE), key=lambda each: each["rows"])
    for each in rare[:NAMED]:
        if not each["rows"] or each["recall"] is None:
            yield Caution(
                "Rare classes", f"Class {each['class']} has no row among the {rows:,} that judge."
            )
            continue
        low, high = share_interval(each["recall"], each["rows"])
        yield Caution(
            "Rare classes",
            f"Class {each['class']} has {counted(each['rows'], 'row')} among the {rows:,} that "
            f"judge: {each['recall']:.0%} of them are found, and of all such rows {low:.0%} to "
            f"{high:.0%} may be.",
        )
    if len(rare) > NAMED:
        yield Caution(
            "Rare classes", f"{len(rare) - NAMED} more classes have fewer than {RARE} rows."
        )
    largest = max(by_class, key=lambda each: each["rows"])
    if rows and largest["rows"] / rows >= MAJORITY:
        yield Caution(
            "Rare classes",
            f"{largest['rows'] / rows:.1%} of the rows are of class {largest['class']}: who always "
            "says so has that accuracy. Look at recall and precision of the others.",
        )


def of_few_rows(losses: Array, accuracy: bool, overlap: int = 1) -> Iterator[Caution]:
    """Yield how far the score of so few rows may be from that of all such rows.

    `losses` are one a row: squared errors, or 1 for a wrong class; `overlap` rows in a row tell
    the same.
    """
    known = losses[np.isfinite(losses)].astype(np.float64)
    rows = len(known) // overlap
    if rows < 2:
        return
    mean = float(known.mean())
    if accuracy:
        low, high = share_interval(1 - mean, rows)
        if high - low > 2 * WIDE / 4:
            yield Caution(
                "Few rows",
                f"The accuracy of {1 - mean:.1%} rests on {rows:,} rows: of all such rows it may "
                f"be {low:.1%} to {high:.1%}.",
            )
        return
    interval = mean_interval(known.tolist())
    margin = interval.margin * sqrt(overlap)
    low, high = sqrt(max(mean - margin, 0.0)), sqrt(mean + margin)
    if mean and (high - low) / 2 > WIDE * sqrt(mean):
        yield Caution(
            "Few rows",
            f"The root of the mean squared error, {told(sqrt(mean))}, rests on {rows:,} rows: of "
            f"all such rows it may be {told(low)} to {told(high)}.",
        )


def of_drift(drifts: Sequence[Drift], others: str) -> Iterator[Caution]:
    """Yield which columns differ between the training rows and `others`, as these are called."""
    found = [
        each
        for each in drifts
        if each.differs and (each.size >= SIZE or abs(np.subtract(*each.missing)) >= SIZE)
    ]
    for each in found[:NAMED]:
        label, before, after = each.moved
        parts = []
        if each.chance < 1 - CONFIDENCE and label:
            parts.append(
                f"{each.size:.0%} of the cells would have to change ({label}: {before:.1%} of "
                f"training rows, {after:.1%} of {others})"
            )
        elif each.chance < 1 - CONFIDENCE:
            middles = (
                f" (medians {told(before)} and {told(after)})" if each.kind == "number" else ""
            )
            parts.append(
                f"the shares of rows up to a value are up to {each.size:.0%} apart{middles}"
            )
        if each.missing_chance < 1 - CONFIDENCE:
            parts.append(
                f"{each.missing[0]:.1%} of its cells are missing in training rows, and "
                f"{each.missing[1]:.1%} in {others}"
            )
        if each.unseen:
            parts.append(f"{each.unseen:.1%} hold a value that no training row has")
        yield Caution("Drift", f"Column {each.column} differs in {others}: {'; '.join(parts)}.")
    if len(found) > NAMED:
        yield Caution("Drift", f"{len(found) - NAMED} more columns differ.")


def of_reliability(bins: Sequence[ReliabilityBin]) -> Iterator[Caution]:
    """Yield where probabilities are farthest from what happens, if that is more than chance."""
    off = [each for each in bins if each.is_off]
    if off:
        worst = max(off, key=lambda each: abs(each.predicted - each.observed))
        yield Caution(
            "Probabilities",
            f"Where the network says {worst.predicted:.0%} it happens in {worst.observed:.0%} of "
            f"{worst.rows:,.0f} rows (interval {worst.low:.0%} to {worst.high:.0%}).",
        )


def of_errors(outcomes: NumberOutcomes) -> Iterator[Caution]:
    """Yield whether the errors lean to a side, and whether few rows have most of them."""
    for name, errors in zip(outcomes.targets, outcomes.errors.T, strict=True):
        if np.isfinite(errors).sum() < RARE:
            continue
        found, lean = error_summary(errors), ""
        if found.mean.low > 0 or found.mean.high < 0:
            lean = "low" if found.mean.mean > 0 else "high"
        if lean and abs(found.mean.mean) > WIDE * found.median_size:
            yield Caution(
                "Leaning",
                f"Predictions of {name} are too {lean} by {told(abs(found.mean.mean))} in the mean "
                f"(95% interval {told(found.mean.low)} to {told(found.mean.high)} of actual less "
                "predicted).",
            )
        if found.rows >= 100 and found.worst_share > TAIL:
            yield Caution(
                "Few rows with large errors",
                f"One row in a hundred has {found.worst_share:.0%} of all squared errors of "
                f"{name}: RMSE and R² tell much of these rows.",
            )


def told(value: float) -> str:
    """Return a number as a person reads it."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
