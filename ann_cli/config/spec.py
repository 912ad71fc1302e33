"""The config's models: every key with its default, its bounds and its line of help, once."""

from collections import ChainMap
from os.path import isabs
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, PrivateAttr, ValidationInfo, WithJsonSchema, field_validator

from ann_cli.config.annotations import Or, OrMapping, word
from ann_cli.config.entries import STRICT, Choice, KindOfLayer, OneOf
from ann_cli.config.origin import Origin
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES, Schedule
from ann_cli.engine.trainers.brute_force import SEARCHES
from ann_cli.tasks import TASKS


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _tasks() -> list[str]:
    return ["auto", *TASKS]


def _outputs() -> list[str]:
    return ["auto", *(name for name, entry in ACTIVATIONS.items() if entry.output)]


def _is_path(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return bool(value)
    return False


Name = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Names = Annotated[
    Any,
    Or(
        lambda _: True,
        {"type": ["string", "number", "boolean"]},
        Annotated[list[Name], Field(min_length=1)],
    ),
]
FilePath = Annotated[str, Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Validation = Annotated[float | str, Or(_is_path, {"type": "string", "minLength": 1}, Fraction)]
Penalty = Annotated[float | Literal["auto"], word("auto", Annotated[float, Field(ge=0)])]
BatchSize = Annotated[int | Literal["full"], word("full", Annotated[int, Field(ge=1)])]
ClassWeight = Annotated[
    Literal["balanced"] | dict[str, float], word("balanced", dict[str, Positive])
]
Stream = Annotated[bool | Literal["auto"], word("auto", bool)]
OutputOrAuto = Annotated[str, OneOf(_outputs)]
LossOrAuto = Annotated[Any, Choice(LOSSES, auto=True)]
InitializerOrAuto = Annotated[Any, Choice(INITIALIZERS, auto=True)]


class DateForm(BaseModel):
    """A column of dates, and how they are written."""

    model_config = STRICT

    date: str = Field(min_length=1, description='the form of the dates, such as "%d/%m/%Y"')


ColumnType = Annotated[Any, OrMapping(DateForm, Literal["number", "category", "boolean", "date"])]


class Data(BaseModel):
    """The table to learn from, and what its columns are."""

    model_config = STRICT

    file: FilePath = Field(
        description='the CSV, relative to this file, or "-" for standard input',
    )
    target: Names = Field(
        description="the column to predict; of numbers there may be several: [price, rent]"
    )
    features: list[Name] | None = Field(
        None, min_length=1, description="the columns to learn from; null: every other column"
    )
    exclude: list[Name] = Field([], description="columns to leave out, such as an id")
    types: dict[str, ColumnType] = Field(
        {},
        description="what a column holds, where it is not recognised: "
        '{zip: category, when: {date: "%d/%m/%Y"}}',
    )
    separator: Literal[",", ";", "tab", "|"] | None = Field(
        None, description="what stands between two cells; null: recognised"
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="the decimal sign of numbers; null: recognised in each column"
    )
    thousands: Literal["none", ",", ".", " ", "'"] | None = Field(
        None, description="what stands between thousands; null: recognised in each column"
    )
    missing: list[Name] = Field(
        [],
        description='texts that stand for no value, beside empty cells: [NA, "?"]',
    )
    scaling: Literal["standard", "robust", "minmax", "none"] = Field(
        "standard", description="how numbers are brought to one size; none leaves the target, too"
    )
    sample_weight: Name | None = Field(
        None, description="the column that says how much each row counts"
    )
    validation: Validation = Field(
        0.2, description="the share of rows that validates, another CSV's path, or 0"
    )
    test: Validation = Field(
        0.0, description="the share of rows that only the last score sees, a CSV's path, or 0"
    )
    group: Name | None = Field(
        None, description="the column whose equal values stay on one side, such as a patient"
    )
    time: Name | None = Field(
        None, description="the column by which the latest rows validate and test"
    )
    leakage: Literal["warn", "exclude", "ignore"] = Field(
        "warn", description="what to do about columns that give the target away, and ids"
    )
    stream: Stream = Field(
        "auto", description="whether rows are read anew in each epoch; auto: if memory is too small"
    )
    shuffle_rows: int = Field(
        65536, ge=1, description="rows that are shuffled among each other when streaming"
    )
    cache: bool = Field(
        True, description="whether streaming keeps encoded rows on disk, for faster epochs"
    )

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns to predict."""
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    @field_validator("target")
    @classmethod
    def _named_once(cls, target: Any) -> Any:
        if isinstance(target, list) and (twice := _twice(target)):
            raise ValueError(f"named twice: {', '.join(twice)}")
        # A list of one is the same as its name.
        return target[0] if isinstance(target, list) and len(target) == 1 else target

    @field_validator("features")
    @classmethod
    def _features_fit(cls, features: list[str] | None, others: ValidationInfo) -> Any:
        given, target = features or [], others.data.get("target")
        for name in target if isinstance(target, list) else [target]:
            if name in given:
                raise ValueError(f"the target {name!r} cannot be a feature, too")
        if twice := _twice(given):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return features

    @field_validator("validation", "test")
    @classmethod
    def _one_standard_input(cls, held: Any, others: ValidationInfo) -> Any:
        for key in ("file", "validation"):
            if held == "-" == others.data.get(key):
                raise ValueError(f"standard input can be read once only, and data.{key} reads it")
        validation = others.data.get("validation")
        if isinstance(held, float) and isinstance(validation, float) and held + validation >= 1:
            raise ValueError("validation and test leave no row to train")
        return held

    @field_validator("time")
    @classmethod
    def _one_way(cls, time: str | None, others: ValidationInfo) -> Any:
        if time is not None and others.data.get("group") is not None:
            raise ValueError("rows are divided by data.group already; use one of the two")
        target = others.data.get("target")
        if time is not None and time in (target if isinstance(target, list) else [target]):
            raise ValueError("the target cannot say which rows are the latest")
        return time


class EarlyStopping(BaseModel):
    """Stop when the validation loss no longer falls, and keep the best weights."""

    model_config = STRICT

    patience: int = Field(20, ge=1, description="epochs to wait for a lower validation loss")


class Config(BaseModel):
    """What to learn from, the network, and how it is trained."""

    model_config = STRICT
    _origin: Origin = PrivateAttr(default_factory=Origin)

    data: Data = Field(description="the table to learn from, and what its columns are")
    task: Annotated[str, OneOf(_tasks)] = Field(
        "auto", description="whether to predict a number or a class; auto: as the target looks"
    )
    layers: list[Annotated[Any, KindOfLayer()]] = Field(
        [{"units": 64, "activation": "relu"}, {"units": 64, "activation": "relu"}],
        validate_default=True,
        description="the hidden layers, from input to output; [] is a perceptron",
    )
    output_activation: OutputOrAuto = Field(
        "auto", description="what an output unit makes of its sum; auto: as task and loss"
    )
    loss: LossOrAuto = Field(
        "auto", description="what a wrong prediction costs; auto: as task and output"
    )
    optimizer: Annotated[Any, Choice(ChainMap(SEARCHES, OPTIMIZERS))] = Field(
        "adam",
        validate_default=True,
        description="how a gradient becomes a step; for a perceptron, unless set, sgd of size 1",
    )
    epochs: int = Field(200, ge=0, description="how often training goes through all rows")
    batch_size: BatchSize = Field(
        32,
        description="rows in a step: full is one step an epoch, 1 row by row, as for a perceptron",
    )
    shuffle: bool = Field(True, description="whether each epoch goes through the rows in new order")
    schedule: Annotated[Schedule, Choice(SCHEDULES)] = Field(
        "constant", validate_default=True, description="how the learning rate changes over time"
    )
    initializer: InitializerOrAuto = Field(
        "auto", description="where the weights start; auto: as suits each layer's activation"
    )
    l1: float = Field(0.0, ge=0, description="what the sum of the weights' sizes costs")
    l2: Penalty = Field(
        "auto",
        description="what half the sum of squares costs; auto: 2 / rows with adam, and 0 by "
        "default if layers are named",
    )
    gradient_clip: Positive | None = Field(
        None, description="the greatest length of a gradient; null: any"
    )
    class_weight: ClassWeight | None = Field(
        None, description="what classes count: balanced or {label: number}; null: alike"
    )
    early_stopping: EarlyStopping | None = Field(
        None, description="{patience: 20} stops when validation gets no better; null: never"
    )
    precision: Literal["float32", "float64"] = Field(
        "float32", description="how many digits numbers keep: float32 about 7, float64 about 16"
    )
    engine: Literal["auto", "numpy", "numba"] = Field(
        "auto",
        description="what computes; auto: compiled by numba where that is faster, else numpy",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="where randomness starts")
    save_to: FilePath | None = Field(
        None, description="the run's folder; null: runs/<name of this file>"
    )
    checkpoint_every: float = Field(
        10.0, ge=0, description="seconds between two checkpoints; 0: one after every epoch"
    )

    def __eq__(self, other: object) -> bool:
        # Where it was read from does not make it another config.
        return isinstance(other, Config) and self.__dict__ == other.__dict__

    @property
    def folder(self) -> Path:
        """The folder that paths in the config are relative to."""
        return self._origin.folder

    @property
    def name(self) -> str:
        """The config's name: its file's, without the ending."""
        return self._origin.name

    @property
    def is_perceptron(self) -> bool:
        """Whether the inputs go straight to threshold units, once nothing is left to guess."""
        return not self.layers and self.output_activation == "threshold"

    @property
    def path(self) -> str | None:
        """The absolute path of the file that it was read from; None of what is no file.

        Bytes of a name that are not UTF-8 are written out.
        """
        label = self._origin.label
        if not label or not Path(label).is_file():
            return None
        return str(Path(label).resolve()).encode("utf-8", "backslashreplace").decode()

    def place(self, key: str) -> str:
        """Return where a key was given: "file:line: key"."""
        return self._origin.place(key)

    def resolve(self, path: str) -> str:
        """Return a path of the config as seen from the current folder."""
        return path if path == "-" or isabs(path) else str(self.folder / path)

    def run_folder(self) -> Path:
        """Return the folder in which the run is saved."""
        return Path(self.save_to) if self.save_to is not None else Path("runs") / self.name
