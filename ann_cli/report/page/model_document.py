"""A model as the page's own engine takes it: JSON, with the weights in one text.

The encoder is what weights.npz holds of it, the layers their own settings. Formulas come as
JavaScript, translated from those that trained.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from ann_cli.config.entry_schema import plain
from ann_cli.data.cells.dates import is_time_of_day
from ann_cli.data.cells.values import codes
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.encoder_records import to_record
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.hashed_feature import HashedFeature
from ann_cli.data.columns.ordered_feature import OrderedFeature
from ann_cli.data.columns.scaling import REACH
from ann_cli.data.columns.targets import ClassTarget, NumberTarget
from ann_cli.engine.activations import Activation
from ann_cli.engine.encodings import share
from ann_cli.engine.ensemble import Ensemble
from ann_cli.engine.layers.conv import ConvLayer
from ann_cli.engine.layers.dense import Sums
from ann_cli.engine.layers.embedding import EmbeddingLayer
from ann_cli.engine.layers.layer import Layer
from ann_cli.engine.layers.pool import PoolLayer
from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.layers.take import TakeLayer
from ann_cli.engine.losses import Quantile
from ann_cli.engine.network import Network
from ann_cli.engine.parameters import Shape, of_place
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.model.model import Model
from ann_cli.report.page.javascript import of_numbers, of_rows
from ann_cli.tasks.classification import boundary

Document = dict[str, Any]
"""What JSON can hold."""

SCRIPTS = ("columns", "layers", "engine")
"""The scripts of `web/` that run such a document, in their order."""

Places = Mapping[str, tuple[int, Shape]]
"""Where parameters begin in the flat vector, and their shapes, by name."""

MOST_BYTES = 3_000_000
"""Of a model's weights at most; written as text they take a third more. The recipe's ensemble of a
table of 80 columns takes half of it."""

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Levels of intervals that a person may choose, where the rows left out can tell them."""


def why_not(model: Model) -> str:
    """Return why a model cannot run in a page, as a sentence; "" where it can."""
    data, size = model.config.data, model.network.stored.nbytes
    if model.encoder.timeline is not None:
        return (
            "A row is a window of a series here, whose steps belong together: to move one alone "
            "would ask for what cannot be."
        )
    if data.window is not None:
        return "A row is a sequence of steps here, which a page has no controls for."
    if size > MOST_BYTES:
        return (
            f"The network's weights take {size / 1e6:,.1f} MB, and a page takes "
            f"{MOST_BYTES / 1e6:.1f} MB of them at most."
        )
    return ""


def model_document(model: Model) -> Document:
    """Return all that a prediction takes. Raises NoJavaScriptError for a formula that has none."""
    encoder, calibration = model.encoder, model.calibration
    return {
        "network": network_document(model.network),
        "inputs": list(encoder.inputs),
        "own": encoder.encoded,
        "picture": encoder.shape,
        "features": [_feature(model, each) for each in encoder.features],
        "targets": [_target(each) for each in encoder.targets],
        "output": _decision(model),
        "levels": _levels(model),
        "floors": calibration.floors if calibration else [],
        "share": of_numbers(share),
    }


def network_document(network: Network | Ensemble) -> Document:
    """Return what leads from encoded inputs to outputs."""
    numbers = network.views(np.arange(network.stored.size))
    places = {name: (int(each.flat[0]), each.shape) for name, each in numbers.items()}
    if isinstance(network, Ensemble):
        found = [
            _variation(each, of_place(places, f"variations.{at}.layers"), own)
            for at, (each, own) in enumerate(zip(network.variations, network.shares, strict=True))
        ]
    else:
        found = [_variation(network, of_place(places, "layers"), 1.0)]
    return {
        "weights": packed(network.stored),
        "precision": network.stored.dtype.name,
        "networks": found,
        "folds": network.folds if isinstance(network, Ensemble) else 1,
        "activation": _activation(network.output.activation),
    }


def packed(values: Array) -> str:
    """Return the bytes of numbers as text, the least byte of each first."""
    return b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def _variation(network: Network, places: Places, part: float) -> Document:
    """Return networks of one form, and their part in the average."""
    members = network.members
    layers = _layers(network.layers, places, bool(members))
    return {"members": members or 1, "share": float(part), "layers": layers}


def _layers(layers: Sequence[Layer], places: Places, members: bool) -> list[Document]:
    return [_layer(layer, of_place(places, str(at)), members) for at, layer in enumerate(layers)]


def _layer(layer: Layer, places: Places, members: bool) -> Document:
    found: Document = {"kind": layer.entry.name, "size": layer.size}
    if layer.parts:
        return found | {"parts": _layers(layer.parts, places, members)}
    if not isinstance(layer.entry, Sums):
        found["settings"] = plain(layer.entry)
    # Of members side by side each has so many numbers, one after the other.
    found["parameters"] = {
        name: {"at": at, "shape": shape[1:] if members else shape}
        for name, (at, shape) in places.items()
    }
    if layer.activation is not None:
        found["activation"] = _activation(layer.activation)
    return found | _facts(layer)


def _activation(activation: Activation) -> Document:
    formula = type(activation).value
    return {"formula": of_rows(formula), "values": list(activation.values())}


@singledispatch
def _facts(layer: Layer) -> Document:
    """Return what a kind of layer goes by beside its settings and parameters."""
    return {}


@_facts.register
def _(layer: EmbeddingLayer) -> Document:
    places = [
        {"inputs": [own.start, own.stop], "vectors": f"vectors.{at}"}
        for at, (own, _) in enumerate(layer.places)
    ]
    return {"numbers": layer.numbers.tolist(), "columns": places}


@_facts.register
def _(layer: TakeLayer) -> Document:
    return {"places": layer.places}


@_facts.register
def _(layer: ConvLayer) -> Document:
    return {"windows": {**vars(layer.windows), "places": layer.windows.places}}


@_facts.register
def _(layer: PoolLayer) -> Document:
    return {"image": layer.image, "window": layer.window}


@_facts.register
def _(layer: RecurrentLayer) -> Document:
    rows = {name: (place[1], place[2]) for name, place in layer.places.items()}
    return {
        "steps": layer.steps,
        "channels": layer.channels,
        "units": layer.units,
        "all": layer.all,
        "width": layer.width,
        # Where each parameter lies in M, whose rows are those of [h x 1].
        "places": {
            name: [layer.depth - 1 if own == -1 else own.start, columns.start]
            for name, (own, columns) in rows.items()
        },
        "form": layer.form._asdict(),
        "step": of_numbers(type(layer).step),
    }


def _feature(model: Model, feature: Feature) -> Document:
    """Return a column's record, the network's inputs that it becomes, and what a page needs."""
    found = {**to_record(feature), "places": model.encoder.places_of[feature.name]}
    if isinstance(feature, OrderedFeature):
        ranks = codes(np.array(feature.categories, dtype=object), feature.order)
        others = [each for each in feature.order if each not in feature.categories]
        known = dict(zip(feature.categories, ranks.tolist(), strict=True))
        found["ranks"] = known | {each: feature.order.index(each) for each in others}
    if isinstance(feature, HashedFeature):  # most places have no row
        found["counts"] = {at: count for at, count in enumerate(feature.counts) if count}
    if isinstance(feature, DateFeature):
        found["of_day"] = is_time_of_day(feature.notation.date)
    low, high = getattr(feature, "low", None), getattr(feature, "high", None)
    if low is not None and high is not None:
        # What may enter lies so many ranges beyond the training rows': see `reach`.
        width = (high - low) / (2 * REACH + 1)
        found |= {"least": low + REACH * width, "greatest": high - REACH * width}
    return found


def _target(target: NumberTarget | ClassTarget) -> Document:
    found = to_record(target)
    if target.transform is not None:
        found["backward"] = of_numbers(type(target.transform).backward)
    return found


def _decision(model: Model) -> Document:
    """Return what makes predictions of outputs, and what both are called."""
    output, outputs, targets = model.network.output, model.network.outputs, model.encoder.targets
    loss = output.loss
    return {
        "probabilities": loss.probabilities,
        "boundary": boundary(output),
        "middle": loss.middle if isinstance(loss, Quantile) else 0,
        "names": model.task.output_names(targets, output, outputs),
        "columns": list(model.task.prediction_columns(targets, output, False)),
    }


def _levels(model: Model) -> Document:
    """Return by level of an interval the quantile of each target's scores, where it is told."""
    found: Document = {}
    if model.calibration is None:
        return found
    for level in LEVELS:
        try:
            found[str(level)] = model.calibration.quantiles(level).tolist()
        except ConfigError:  # too few rows were left out to tell
            break
    return found
