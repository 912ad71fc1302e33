"""The config's keys of a Boltzmann machine."""

from typing import Annotated

from pydantic import BaseModel, Field

from ann_cli.config.entries import STRICT
from ann_cli.engine.boltzmann.visible import VISIBLES

Rate = Annotated[float, Field(gt=0, le=1)]


def visibles() -> list[str]:
    """Return what the visible units of a machine may be said to be."""
    return ["auto", *VISIBLES]


class Pretraining(BaseModel):
    """How the layers of a deep Boltzmann machine are trained, one pair after the other."""

    model_config = STRICT

    epochs: int = Field(60, ge=0, description="how often each layer goes through all rows")
    learning_rate: Rate | None = Field(
        None, description="how far a step goes; null: 0.1, and 0.01 with gaussian units"
    )
