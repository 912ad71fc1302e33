"""The config's models: every key with its default, its bounds and its line of help, once."""

from collections import ChainMap
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from ann_cli.config.annotations import word
from ann_cli.config.boltzmann_spec import (
    Chains,
    GibbsSteps,
    MeanFieldSteps,
    PretrainingKeys,
    VisibleName,
)
from ann_cli.config.cluster_spec import CLUSTER, Cluster
from ann_cli.config.data_spec import Data, FilePath
from ann_cli.config.ensemble import Ensemble, Layers, Variation
from ann_cli.config.entries import STRICT, Choice, OneOf
from ann_cli.config.image_spec import Augment, refused
from ann_cli.config.locations import within_folder
from ann_cli.config.map_spec import Grid, LearningRate, Radius, Rule, TopologyName, of_its_model
from ann_cli.config.models import MODELS, with_defaults
from ann_cli.config.origin import Origin
from ann_cli.config.rating_spec import RowsOf
from ann_cli.config.stepless import STEPLESS
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES, Schedule
from ann_cli.tasks import TASKS


def _models() -> list[str]:
    return list(MODELS)


def _tasks() -> list[str]:
    return ["auto", *TASKS]


def _outputs() -> list[str]:
    return ["auto", *(name for name, entry in ACTIVATIONS.items() if entry.output)]


Positive = Annotated[float, Field(gt=0)]
Penalty = Annotated[float | Literal["auto"], word("auto", Annotated[float, Field(ge=0)])]
BatchSize = Annotated[int | Literal["full"], word("full", Annotated[int, Field(ge=1)])]
ClassWeight = Annotated[
    Literal["balanced"] | dict[str, float], word("balanced", dict[str, Positive])
]
OutputOrAuto = Annotated[str, OneOf(_outputs)]
LossOrAuto = Annotated[Any, Choice(LOSSES, auto=True)]
InitializerOrAuto = Annotated[Any, Choice(INITIALIZERS, auto=True)]


class EarlyStopping(BaseModel):
    """Stop when the validation loss no longer falls, and keep the best weights."""

    model_config = STRICT

    patience: int = Field(20, ge=1, description="epochs to wait for a lower validation loss")


class Config(BaseModel):
    """What to learn from, the network, and how it is trained."""

    model_config = STRICT
    _origin: Origin = PrivateAttr(default_factory=Origin)
    _reasons: dict[str, str] = PrivateAttr(default_factory=dict)
    _moved: dict[str, str] = PrivateAttr(default_factory=dict)
    """Keys that were given elsewhere than at the top, and where."""
    _written: dict[str, str | None] = PrivateAttr(default_factory=dict)

    data: Data = Field(description="the table to learn from, and what its columns are")
    model: Annotated[str, OneOf(_models)] = Field(
        "network", description="what learns; all but a network learn without a target"
    )
    task: Annotated[str, OneOf(_tasks)] = Field(
        "auto", description="whether to predict a number or a class; auto: as the target looks"
    )
    recipe: Literal["auto", "none"] = Field(
        "auto",
        description="without layers: auto chooses an ensemble by the table; none: the layers below",
    )
    layers: Layers = Field(
        [{"units": 64, "activation": "relu"}, {"units": 64, "activation": "relu"}],
        validate_default=True,
        description="the hidden layers, from input to output, each with the key of its kind; "
        "[] is a perceptron",
    )
    difference: Literal["auto", "none", "season", "step"] = Field(
        "auto",
        description="a series' values, or their change, are learned; auto: as validates best",
    )
    output_activation: OutputOrAuto = Field(
        "auto", description="what an output unit makes of its sum; auto: as task and loss"
    )
    loss: LossOrAuto = Field(
        "auto", description="what a wrong prediction costs; auto: as task and output"
    )
    optimizer: Annotated[Any, Choice(ChainMap[str, Any](STEPLESS, OPTIMIZERS))] = Field(
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
    weight_decay_schedule: Annotated[Schedule, Choice(SCHEDULES)] = Field(
        "constant",
        validate_default=True,
        description="how the optimizer's weight_decay changes over time",
    )
    dropout_schedule: Annotated[Schedule, Choice(SCHEDULES)] = Field(
        "constant", validate_default=True, description="how all dropout changes over time"
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
    ensemble: Ensemble | None = Field(
        None, description="{members: 8, folds: 4} averages so many networks; null: one network"
    )
    augment: Augment | None = Field(
        None,
        description="{shift: 2, flip: false} moves pictures in training steps; null: never",
    )
    noise: float = Field(
        0.0, ge=0, lt=1, description="the share of a row's cells that an autoencoder learns without"
    )
    grid: Grid = "auto"
    topology: TopologyName = "rectangular"
    rule: Rule = "batch"
    radius: Radius = "auto"
    learning_rate: LearningRate = None
    visible: VisibleName = "auto"
    pretraining: PretrainingKeys = Field({}, validate_default=True)
    mean_field_steps: MeanFieldSteps = 10
    chains: Chains = 100
    gibbs_steps: GibbsSteps = 2
    rows: RowsOf = "auto"
    precision: Literal["float32", "float64"] = Field(
        "float32", description="how many digits numbers keep: float32 about 7, float64 about 16"
    )
    engine: Literal["auto", "numpy", "numba"] = Field(
        "auto",
        description="what computes; auto: compiled by numba where that is faster, else numpy",
    )
    cluster: Cluster | None = CLUSTER
    seed: int = Field(0, ge=0, lt=2**63, description="where randomness starts")
    save_to: FilePath | None = Field(
        None, description="the run's folder; null: runs/<name of this file>"
    )
    checkpoint_every: float = Field(
        10.0, ge=0, description="seconds between two checkpoints; 0: one after every epoch"
    )

    _learning_rate = field_validator("learning_rate")(of_its_model)

    @field_validator("augment")
    @classmethod
    def _of_pictures(cls, augment: Augment | None, others: ValidationInfo) -> Augment | None:
        data = others.data.get("data")
        if augment and data and not data.image:
            raise refused(
                "moves pictures, and no row is one", "remove it, or say so: data.image: {height: …}"
            )
        return augment

    @model_validator(mode="after")
    def _of_its_model(self) -> Self:
        # Not among the keys that are set: the config does not name them.
        self.__dict__.update(with_defaults(self))
        return self

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
    def schedules(self) -> dict[str, Schedule]:
        """How settings change over time, by the key that says so."""
        keys = ("schedule", "weight_decay_schedule", "dropout_schedule")
        return {key: getattr(self, key) for key in keys}

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

    @property
    def folds(self) -> int:
        """The number of parts of the rows of which each member of an ensemble leaves one out."""
        return self.ensemble.folds if self.ensemble else 1

    @property
    def variations(self) -> int:
        """The number of forms that an ensemble's networks have."""
        return max(len(self.ensemble.variations), 1) if self.ensemble else 1

    def variation(self, number: int) -> "Config":
        """Return the config of one of an ensemble's forms, as if it stood alone."""
        variations = self.ensemble.variations if self.ensemble else []
        other = dict(variations[number] if variations else Variation())
        found = self.model_copy(update={"ensemble": None, **other})
        found._moved = {key: f"ensemble.variations.{number}.{key}" for key in other}
        return found

    @property
    def forms(self) -> list["Config"]:
        """The config of each form that networks have: of an ensemble's variations, or its own."""
        return [self.variation(number) for number in range(self.variations)]

    def members(self, number: int) -> int:
        """Return how many of an ensemble's members have one of its forms."""
        if self.ensemble is None:
            return 1
        return len(range(number, self.ensemble.groups, self.variations)) * self.folds

    @property
    def reasons(self) -> dict[str, str]:
        """Why keys that were chosen for the table have their values."""
        return self._reasons

    @property
    def written(self) -> dict[str, str | None]:
        """Each value that the config names, by its dotted key, as it stands there."""
        return self._written

    def explained(self, reasons: dict[str, str]) -> "Config":
        """Return the same config, which says why some of its keys have their values."""
        found = self.model_copy()
        found._reasons = reasons
        return found

    def from_anywhere(self) -> "Config":
        """Return the same config, whose paths are the same from any folder."""
        found = self.model_copy()
        found._origin = replace(self._origin, folder=self.folder.absolute())
        return found

    def place(self, key: str) -> str:
        """Return where a key was given: "file:line: key"."""
        head, dot, rest = key.partition(".")
        return self._origin.place(f"{self._moved.get(head, head)}{dot}{rest}")

    def resolve(self, path: str) -> str:
        """Return a path of the config as seen from the current folder."""
        return within_folder(path, self.folder)

    def run_folder(self) -> Path:
        """Return the folder in which the run is saved."""
        return Path(self.save_to) if self.save_to is not None else Path("runs") / self.name
