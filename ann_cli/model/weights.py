"""weights.npz: everything that `predict` needs, opened by numpy.load, no pickle."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ann_cli.config.complete import as_dict, complete
from ann_cli.config.read import load as load_config
from ann_cli.data.encoder import Encoder
from ann_cli.engine.settings import Array
from ann_cli.errors import WeightsError
from ann_cli.model.files import write
from ann_cli.model.model import Model, new_network

FORMAT = 1
ZIP = b"PK\x03\x04"


def save(path: Path, model: Model) -> None:
    """Write the model; equal models give equal bytes."""
    metadata = {
        "format": FORMAT,
        "task": model.config.task,
        "config": as_dict(model.config),
        "encoder": model.encoder.to_dict(),
        "columns": list(model.encoder.inputs),
        "classes": list(model.classes),
        "metrics": model.metrics,
        "versions": model.versions,
        "seed": model.config.seed,
    }
    arrays: dict[str, Any] = {}
    for number, (weights, bias) in enumerate(model.network.views(model.network.theta)):
        arrays[f"layers.{number}.weights"] = weights
        arrays[f"layers.{number}.bias"] = bias
    text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    content = io.BytesIO()
    # None of the arrays holds objects, so that nothing is pickled.
    # NumPy dates every member 1980-01-01, so the bytes depend on nothing but the arrays.
    np.savez(content, **arrays, metadata=np.array(text))
    write(path, content.getvalue())


def load(path: str | Path) -> Model:
    """Read a model back; raises WeightsError where it is missing, damaged or of another kind."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise _unusable(path, "no such file") from None
    except IsADirectoryError:
        raise _unusable(path, "this is a folder") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, (getattr(error, "strerror", None) or str(error)).lower()) from error
    if not content.startswith(ZIP):
        raise _unusable(path, "not a weights file")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return _model({name: file[name] for name in file.files})
    except Exception as error:
        # zipfile, NumPy and JSON raise a dozen kinds of error, as the damage falls.
        raise _unusable(path, f"damaged, or not a weights file: {error}") from error


def _model(arrays: dict[str, Array]) -> Model:
    metadata: dict[str, Any] = json.loads(str(arrays.pop("metadata")))
    if metadata["format"] != FORMAT:
        raise ValueError(f"format {metadata['format']}, and this version of ann reads {FORMAT}")
    if not all(isinstance(metadata[key], dict) for key in ("config", "metrics", "versions")):
        raise ValueError("config, metrics and versions are mappings")
    config = load_config(metadata["config"])
    encoder = Encoder.from_dict(metadata["encoder"])
    classes = len(encoder.classes)
    task = "classification" if classes else "regression"
    if complete(config, task, classes, validated=True) != config:
        raise ValueError(f"the config is not that of a {task} with {classes} classes")
    network = new_network(config, len(encoder.inputs), classes)
    for number, views in enumerate(network.views(network.theta)):
        for name, view in zip(("weights", "bias"), views, strict=True):
            array = arrays.pop(f"layers.{number}.{name}")
            if array.shape != view.shape or array.dtype != view.dtype:
                raise ValueError(f"layers.{number}.{name} is {array.dtype} {array.shape}")
            view[...] = array
    if arrays:
        raise ValueError(f"{next(iter(arrays))} does not belong there")
    if not np.isfinite(network.theta).all():
        raise ValueError("some weights are not finite numbers")
    return Model(config, encoder, network, metadata["metrics"], metadata["versions"])


def _unusable(path: str | Path, why: str) -> WeightsError:
    return WeightsError(
        why, place=str(path), remedy="name a weights.npz that `ann train` has written"
    )
