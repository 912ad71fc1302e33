"""The config's `ensemble`: how many networks are trained together, and how they differ."""

from collections import ChainMap
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, Field

from ann_cli.config.entries import STRICT, Choice, KindOfLayer
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.engine.trainers.output_solving import SOLVERS

Layers = list[Annotated[Any, KindOfLayer()]]
Size = Annotated[float, Field(gt=0)]


class Variation(BaseModel):
    """What some of the members do otherwise than the config says."""

    model_config = STRICT

    layers: Layers | None = Field(default=None, description="their hidden layers")
    optimizer: Annotated[Any, Choice(ChainMap(SOLVERS, OPTIMIZERS))] = Field(
        default=None, description="their optimizer"
    )
    weight_decay_schedule: Annotated[Any, Choice(SCHEDULES)] = Field(
        default=None, description="how their optimizer's weight_decay changes over time"
    )
    dropout_schedule: Annotated[Any, Choice(SCHEDULES)] = Field(
        default=None, description="how their dropout changes over time"
    )
    initializer: Annotated[Any, Choice(INITIALIZERS, auto=True)] = Field(
        default=None, description="where their weights start"
    )
    l1: float | None = Field(
        default=None, ge=0, description="what the sum of their weights' sizes costs"
    )
    l2: float | None = Field(default=None, ge=0, description="what half the sum of squares costs")
    gradient_clip: Size | None = Field(
        default=None, description="the greatest length of a gradient"
    )

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        # What it does not name is as the config says, and is not written out.
        return ((key, value) for key, value in vars(self).items() if value is not None)


class Ensemble(BaseModel):
    """Networks that are trained together, and whose predictions are averaged."""

    model_config = STRICT

    members: int = Field(8, ge=2, le=1000, description="networks in all, a multiple of folds")
    folds: int = Field(
        4,
        ge=1,
        le=100,
        description="parts of the rows: each member leaves one out, which validates; 1: none does",
    )
    variations: list[Variation] = Field(
        [], description="what members do otherwise, in turn: [{}, {layers: []}]"
    )

    @property
    def groups(self) -> int:
        """How many members leave out each fold."""
        return self.members // self.folds
