"""The keys of a Boltzmann machine, each with its allowed values and its line of help."""

from typing import Annotated

from pydantic import BaseModel, Field

from ann_cli.config.entries import STRICT, OneOf
from ann_cli.engine.boltzmann.visible import VISIBLES


def _visibles() -> list[str]:
    return ["auto", *VISIBLES]


class Pretraining(BaseModel):
    """How the layers of a deep Boltzmann machine are trained, one pair after the other."""

    model_config = STRICT

    epochs: int = Field(60, ge=0, description="how often each layer goes through all rows")
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="how far a step goes; null: 0.1, and 0.01 with gaussian units"
    )


VisibleName = Annotated[
    str,
    OneOf(_visibles),
    Field(description="what a Boltzmann machine takes cells for; auto: as they look"),
]
PretrainingKeys = Annotated[
    Pretraining,
    Field(description="how the layers of a deep machine are trained first, one after the other"),
]
MeanFieldSteps = Annotated[
    int,
    Field(ge=1, description="how often a deep machine goes through its layers to infer them"),
]
Chains = Annotated[
    int, Field(ge=1, description="states that a machine draws, and goes on from in each step")
]
GibbsSteps = Annotated[int, Field(ge=1, description="how often each chain is drawn anew in a step")]
