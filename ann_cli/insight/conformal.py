"""Calibration of a trained model: on the rows that it was not trained on."""

from collections.abc import Iterator

import numpy as np

from ann_cli.data.columns.targets import NumberTarget
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.golden_section import lowest
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.insight.scoring import outputs_for, to_score
from ann_cli.model.calibration import Calibration, conformity, divisors
from ann_cli.model.model import Model
from ann_cli.tasks.classification import class_probabilities, classes_of
from ann_cli.tasks.reconstruction import row_errors

MOST_ROWS = 1 << 18
"""Rows that are looked at; of more, as many evenly spaced."""

LEVEL = 0.9
"""What intervals are chosen and told for."""

FLOORS = (0.1, 0.3, 1.0, 3.0)
"""What may be added to the members' spread, in parts of its mean."""

GAIN = 0.01
"""The share by which a spread must make intervals better."""

LEAST_ROWS = 50
"""Rows from which it is asked whether it does."""

HOTTEST = 4.0
"""The highest temperature; the lowest is its inverse."""


def calibrated(model: Model, held: Source | None) -> Calibration | None:
    """Return what makes intervals of a model's predictions; None where nothing does.

    `held` are the rows that it was not trained on: of an ensemble's folds each is predicted by the
    members that were trained without it. Of classes, an ensemble's probabilities are calibrated,
    too: its shares are divided by the temperature. Each row counts once, whatever its weight.
    """
    if not held:
        return None
    folds = model.config.folds > 1
    if model.task.kind == "number":
        return _of_numbers(model, held, folds)
    if not model.network.loss.probabilities:
        return None
    shares, actual = _classes(model, held)
    temperature = None
    if isinstance(model.network, Ensemble):
        temperature = best_temperature(shares, actual)
        model.network.shares /= temperature
        shares = tempered(shares, temperature)
    scores = 1 - shares[np.arange(len(actual)), actual]
    return Calibration.of(scores[:, np.newaxis], folds=folds, temperature=temperature)


def calibrated_by_training(model: Model, training: Source) -> Calibration | None:
    """Return the errors of the training rows; None of a model whose rows have none.

    A new row's place among them says how unusual it is.
    """
    if not model.task.of_cells:
        return None
    errors = [
        row_errors(block.y, model.network.predict(block.x)) for block in _spaced(model, training)
    ]
    return Calibration.of(np.concatenate(errors)[:, np.newaxis], folds=False)


def _of_numbers(model: Model, held: Source, folds: bool) -> Calibration:
    targets, parts, spreads = len(model.encoder.targets), list[Array](), list[Array]()
    network = model.network
    # Of quantiles it is their distance that says how far off a row may be.
    spread = isinstance(network, Ensemble) and network.outputs == targets
    with np.errstate(over="ignore", invalid="ignore"):
        for block in _spaced(model, held):
            y = outputs_for(model, block.y)
            parts.append(conformity(y, network.evaluate(block.x, y, block.fold)[0], targets))
            if spread and isinstance(network, Ensemble):
                spreads.append(network.spread(block.x, block.fold))
    scores, floors = np.concatenate(parts), list[float | None]([None] * targets)
    if not spreads:
        return Calibration.of(scores, folds=folds, floors=floors)
    found = np.concatenate(spreads)
    floors = [best_floor(scores[:, at], found[:, at]) for at in range(targets)]
    scores /= divisors(floors, found, scores.shape)
    return Calibration.of(scores, folds=folds, floors=floors)


def _classes(model: Model, held: Source) -> tuple[Array, Array]:
    """Return the probabilities, rows × classes, and each row's actual class."""
    shares, actual = list[Array](), list[Array]()
    for block in _spaced(model, held):
        y = outputs_for(model, block.y)
        found = class_probabilities(
            model.network.evaluate(block.x, y, block.fold)[0], model.network.output
        )
        assert found is not None
        shares.append(found)
        actual.append(classes_of(y))
    return np.concatenate(shares), np.concatenate(actual)


def _spaced(model: Model, held: Source) -> Iterator[Rows]:
    """Return the rows in blocks; of too many every so manieth."""
    step, blocks = -(-len(held) // MOST_ROWS), to_score(held, model)
    return blocks if step == 1 else (block[::step] for block in blocks)


def best_floor(scores: Array, spread: Array) -> float | None:
    """Return what is best added to the spread that scores are divided by; None: no division.

    Best is the least interval score at 0.9, of width and misses alike: Gneiting & Raftery 2007,
    "Strictly proper scoring rules, prediction, and estimation", equation 43.
    """
    mean = float(spread.mean()) if len(spread) >= LEAST_ROWS else 0.0
    if not (0 < mean < np.inf and np.isfinite(scores).all()):
        return None
    found: dict[float | None, float] = {None: _interval_score(scores, np.ones(len(scores)))}
    for part in FLOORS:
        found[part * mean] = _interval_score(scores, spread + part * mean) / (1 - GAIN)
    return min(found, key=lambda floor: found[floor])


def _interval_score(scores: Array, divisor: Array) -> float:
    width = np.quantile(scores / divisor, LEVEL) * divisor
    return float((width + np.maximum(scores - width, 0) / (1 - LEVEL)).mean())


def best_temperature(shares: Array, actual: Array) -> float:
    """Return what weighted sums are best divided by: with the least log loss.

    Guo, Pleiss, Sun & Weinberger 2017, "On calibration of modern neural networks", section 4.2.
    As if each class had occurred once more, anywhere: else the rows of which none is wrong would
    ask for certainty (Platt 1999, "Probabilistic outputs for support vector machines").
    """
    logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    true = np.arange(len(shares))

    def loss(log_temperature: float) -> float:
        z = logs / np.exp(log_temperature)
        z -= z.max(axis=1, keepdims=True)
        z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -float(z[true, actual].sum() + z.mean(axis=0).sum())

    return float(np.exp(lowest(loss, -np.log(HOTTEST), np.log(HOTTEST), 1e-4)))


def tempered(shares: Array, temperature: float) -> Array:
    """Return the probabilities of weighted sums that are divided by the temperature."""
    logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny)) / temperature
    found = np.exp(logs - logs.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def coverage(model: Model, rows: Source, level: float = LEVEL) -> dict[str, object] | None:
    """Return how many rows' intervals hold the actual value, and how wide they are.

    Of several targets their own beside the means; of classes the mean number of labels. None where
    the model has no intervals of this level.
    """
    calibration = model.calibration if model.task.has_target else None
    if calibration is None or calibration.rows < np.ceil(level / (1 - level) - 1e-6):
        return None
    held, widths = list[Array](), list[Array]()
    for block in to_score(rows, model):
        y = outputs_for(model, block.y)
        outputs = model.network.evaluate(block.x, y)[0]
        columns = list(model.intervals(block.x, outputs, level).values())
        if model.task.kind == "category":
            labels = np.array(model.classes, dtype=object)[classes_of(y)]
            own = zip(labels, columns[0], strict=True)
            held.append(np.array([[label in labels_of] for label, labels_of in own]))
            widths.append(np.array([[len(each)] for each in columns[0]]))
            continue
        low, high = np.stack(columns[::2], axis=-1), np.stack(columns[1::2], axis=-1)
        actual = np.stack(_actual(model, y), axis=-1)
        # What float32 rounds off is no miss: 1e-6 of the number and of the target's scale.
        near = 1e-6 * (np.abs(actual) + [getattr(t, "scale", 1.0) for t in model.encoder.targets])
        held.append((low - near <= actual) & (actual <= high + near))
        widths.append(high - low)
    return {"level": level, **_told(model, np.concatenate(held), np.concatenate(widths))}


def _actual(model: Model, y: Array) -> list[Array]:
    targets = model.encoder.targets
    first = y.reshape(len(y), len(targets), -1)[..., 0]
    return [
        each.decode(first[:, at])
        for at, each in enumerate(targets)
        if isinstance(each, NumberTarget)
    ]


def _told(model: Model, held: Array, widths: Array) -> dict[str, object]:
    def finite(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    shares = held.mean(axis=0).tolist()
    told: dict[str, object] = {"rows": len(held), "coverage": float(np.mean(shares))}
    if model.task.kind == "category":
        return told | {"mean_size": float(widths.mean())}
    each = [
        {
            "coverage": share,
            "mean_width": finite(widths[:, at].mean()),
            "median_width": finite(np.median(widths[:, at])),
        }
        for at, share in enumerate(shares)
    ]
    if len(each) == 1:
        return told | each[0]
    names = (target.name for target in model.encoder.targets)
    return told | {"targets": dict(zip(names, each, strict=True))}
