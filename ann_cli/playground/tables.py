"""The tables to play with: a person's own, and those that are made up; and their encoded rows."""

from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.read import Draft, read
from ann_cli.config.spec import Config
from ann_cli.data.rows.data_set import DataSet, rows_asked_for, with_config
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.tables import own_table
from ann_cli.data.table import Table
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.errors import ConfigError, did_you_mean
from ann_cli.insight.trace import Observation, observe
from ann_cli.model.model import Model
from ann_cli.playground.made_up import MADE_UP, made_up
from ann_cli.playground.settings import (
    check_keys,
    checked,
    noise_of,
    playable,
    settings_of,
    to_save,
    with_settings,
)
from ann_cli.run import TrainingRun

KEPT = 12
"""Data sets that are kept encoded: a page that goes back to one has it at once."""

OWN_NOISE = (
    "moves the numbers of each training row by so many standard deviations of their column, "
    "drawn once; validation rows stay as they are"
)
MADE_UP_NOISE = "moves every point of this made-up table; the square goes from -1 to 1"


@dataclass(frozen=True)
class Playable:
    """One of the tables: its config's draft, its rows, and what noise does to them."""

    name: str
    draft: Draft
    table: Table
    made_up: bool


@dataclass(frozen=True)
class Scene:
    """What a page asked for: the rows and the config of a training, and what it is saved as."""

    settings: dict[str, Any]
    data_set: DataSet
    training: pd.DataFrame
    """The training rows before they were encoded, with their noise; of streamed rows the first."""
    playable: Playable
    draft: Draft

    def config_text(self, epochs: int) -> str:
        """Return the config to save, after so many epochs."""
        file = f"{self.playable.name}.csv" if self.playable.made_up else None
        return to_save(self.draft, file, self.settings["noise"], epochs)

    def rows_text(self) -> tuple[str, str]:
        """Return the name of the file of rows that were made up, and its text; or ConfigError."""
        name = self.playable.name
        if not self.playable.made_up:
            raise ConfigError("these rows are your own, and lie where they are", place="data")
        return f"{name}.csv", made_up(name, self.settings["noise"])


class Tables:
    """All tables of a playground; its pages share what was read of them."""

    def __init__(self, own: Draft, folder: str) -> None:
        """`folder` takes the rows that are made up.

        Raises ConfigError for what cannot be drawn, and DataError for rows that cannot be learned.
        """
        self._folder = Path(folder)
        self._own = playable(own)
        config = self._own.checked()
        self.own_name = Path(config.data.file).name if config.data.file != "-" else "your rows"
        self._lock = Lock()
        self._known: dict[tuple[str, float], Playable] = {}
        self._encoded: dict[tuple[str, float, str], tuple[DataSet, pd.DataFrame]] = {}
        self.scene({})

    def choices(self) -> list[dict[str, Any]]:
        """Return what the page's menu needs of each table, the person's own first."""
        titles = {"own": self.own_name, **{name: name for name in MADE_UP}}
        return [
            {
                "name": name,
                "title": title,
                "noise": MADE_UP_NOISE if name in MADE_UP else OWN_NOISE,
                "settings": self.scene({"data": name}).settings,
            }
            for name, title in titles.items()
        ]

    def scene(self, settings: Any) -> Scene:
        """Return what the page's settings ask for. Raises ConfigError, DataError."""
        check_keys(settings)
        name, noise = str(settings.get("data", "own")), noise_of(settings)
        if name != "own" and name not in MADE_UP:
            raise ConfigError(
                f"there is no table {name!r}",
                place="data",
                remedy=did_you_mean(name, ["own", *MADE_UP]) or f"use own, {', '.join(MADE_UP)}",
            )
        with self._lock:
            source = self._playable(name, noise)
            draft = with_settings(source.draft, settings)
            config = checked(draft)
            data_set, training = self._rows(source, config, 0.0 if source.made_up else noise)
        data_set = with_config(data_set, config)
        whole = settings_of(name, noise, data_set.config)
        return Scene(whole, data_set, training, source, draft)

    def observe(self, scene: Scene, model: Model, row: int) -> Observation:
        """Return a row of the table by its number from 1. Raises DataError."""
        with self._lock:
            return observe(model, scene.playable.table, row)

    def _playable(self, name: str, noise: float) -> Playable:
        key = (name, noise if name in MADE_UP else 0.0)
        if key not in self._known:
            self._known[key] = self._own_rows() if name == "own" else self._made_up(name, noise)
        return self._known[key]

    def _own_rows(self) -> Playable:
        table = own_table(self._own.checked(), None, once=False, hashed=False, chosen=None)
        return Playable("own", self._own, table, False)

    def _made_up(self, name: str, noise: float) -> Playable:
        path = self._folder / f"{noise!r}" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(made_up(name, noise), encoding="utf-8")
        data = {"file": str(path), "target": "class"}
        draft = playable(read({"data": data, "task": "classification"}))
        config = draft.checked()
        return Playable(name, draft, own_table(config, None, False, False, None), True)

    def _rows(self, source: Playable, config: Config, noise: float) -> tuple[DataSet, pd.DataFrame]:
        key = (source.name, noise, rows_asked_for(config) + str(config.batch_size == "full"))
        if key not in self._encoded:
            random = generators(config.seed)["split"]
            data_set = prepare(config, random, table=source.table)
            self._encoded[key] = _moved(data_set, noise)
            while len(self._encoded) > KEPT:
                del self._encoded[next(iter(self._encoded))]
        return self._encoded[key]


def _moved(data_set: DataSet, noise: float) -> tuple[DataSet, pd.DataFrame]:
    """Return the rows with noise on the numbers of those that train, and these as a frame.

    Raises ConfigError for rows that are streamed.
    """
    if not isinstance(data_set.training, Rows):
        if noise:
            raise ConfigError(
                "noise is added to rows in memory, and these are streamed",
                place="noise",
                remedy="leave it at 0, or play with fewer rows",
            )
        return data_set, next(data_set.data.frames("training"))
    frame = pd.concat(list(data_set.data.frames("training")))
    if not noise:
        return data_set, frame
    random = np.random.default_rng(0)
    moved: dict[str, Any] = {}
    for name, kind in data_set.encoder.input_columns.items():
        if kind == "number":
            column = frame[name]
            moved[name] = column + noise * column.std() * random.standard_normal(len(column))
    frame = frame.assign(**moved)
    x = data_set.encoder.transform(frame, data_set.config.precision)
    return replace(data_set, training=replace(data_set.training, x=x)), frame


def begin(scene: Scene, kind: type[TrainingRun]) -> Any:
    """Set up the training of a scene, as `run.begin` does one that writes nothing."""
    return kind(scene.data_set, generators(scene.data_set.config.seed))
