"""What is printed of a row where no column is predicted, by the kind of model and what is asked."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ann_cli.data.columns.decoding import known_inputs, rebuilt
from ann_cli.engine.maps.map import BEST, DISTANCE
from ann_cli.engine.settings import Array
from ann_cli.errors import ConfigError
from ann_cli.tasks.reconstruction import row_errors, squared_errors

Show: TypeAlias = Callable[[Any, pd.DataFrame, Array], dict[str, Array]]
"""From a model, a frame of cells and their inputs (rows × inputs) to columns, one value a row."""


def errors(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return each row's error, and the share of the training rows whose error is not larger."""
    found = row_errors(known_inputs(model.encoder, frame, x), model.network.predict(x))
    columns = {"reconstruction_error": found.astype(x.dtype)}
    if model.calibration is not None:
        known = np.array(model.calibration.scores[0])
        places = np.searchsorted(known, found, side="right") / len(known)
        columns["anomaly"] = places.astype(x.dtype)
    return columns


def code(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return what the narrowest layer makes of each row: code_1, code_2, …"""
    layers = model.member.layers
    narrowest = min(range(len(layers) - 1), key=lambda at: (layers[at].size, -at))
    for layer in layers[: narrowest + 1]:
        x = layer.predict(x)
    return {f"code_{number}": each for number, each in enumerate(x.T, start=1)}


def columns(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return each column's share of the row's error: error_<column>; 0 where there is none."""
    encoder = model.encoder
    squares = squared_errors(known_inputs(encoder, frame, x), model.network.predict(x))
    total = np.maximum(squares.sum(axis=1), np.finfo(np.float64).tiny)
    return {
        f"error_{name}": (squares[:, places].sum(axis=1) / total).astype(x.dtype)
        for name, places in encoder.places_of.items()
    }


def reconstruction(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return the row as it was rebuilt, in the columns' own units."""
    found = rebuilt(model.encoder, model.network.predict(x))
    return {f"rebuilt_{name}": found[name].to_numpy() for name in found}


def units(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return each row's unit of a map, its place, and the distance; none where no cell is known."""
    outputs = model.network.predict(x)
    known = ~np.isnan(outputs[:, DISTANCE])
    unit = np.where(known, outputs[:, BEST], 0).astype(np.int64)
    row, column = np.divmod(unit, model.network.grid.columns)
    places = {"unit": unit, "row": row, "column": column}
    if not known.all():
        nothing = np.full(len(x), None, object)
        places = {name: np.where(known, each, nothing) for name, each in places.items()}
    return places | {"distance": outputs[:, DISTANCE]}


def hidden(model: Any, frame: pd.DataFrame, x: Array) -> dict[str, Array]:
    """Return the probability that each hidden unit of a machine is 1: hidden_<layer>_<unit>."""
    machine = model.network
    names = [f"hidden_{name}" for name in machine.unit_names]
    return dict(zip(names, machine.hidden(x).T, strict=True))


SHOWN: Mapping[str, Mapping[str, Show]] = {
    "som": {"": units},
    "boltzmann": {"": hidden, "columns": columns, "reconstruct": reconstruction},
    "autoencoder": {"": errors, "code": code, "columns": columns, "reconstruct": reconstruction},
}
"""By the kind of model, and by what is asked for; "" is what is printed unless asked."""


def show_of(model: str, asked: str) -> Show:
    """Return what makes the columns that are asked for. Raises ConfigError where there are none."""
    every = SHOWN.get(model, {})
    if asked not in every:
        known = " or ".join(f"model: {name}" for name, each in SHOWN.items() if asked in each)
        raise ConfigError(
            f"this is a model: {model}, which has no {asked} of a row",
            place=f"--{asked}",
            remedy=f"leave it out; it is for {known}",
        )
    return every[asked]
