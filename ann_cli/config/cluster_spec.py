"""The config's `cluster`: replicas of the network that train by themselves between averages."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field, field_validator

from ann_cli.config.entries import STRICT
from ann_cli.config.stepless import STEPLESS
from ann_cli.errors import Problem

ADDRESS = re.compile(r"local(:[1-9][0-9]{0,2})?|[a-z]+://\S+")
"""A scheduler's, or what stands for workers on this machine: one a core, or so many."""


class Outer(BaseModel):
    """A step of Nesterov's momentum towards each average, which else is taken as it is."""

    model_config = STRICT

    momentum: float = Field(0.9, ge=0, lt=1, description="what is left of the step before")
    learning_rate: float = Field(0.7, gt=0, description="1 without momentum: the average itself")


class Cluster(BaseModel):
    """How many replicas there are, and where they train."""

    model_config = STRICT

    address: str | None = Field(
        None,
        description="the scheduler of a Dask cluster: tcp://HOST:8786; local: workers on this "
        "machine, one a core, local:3: three; null: in this process; of compare, tune and evaluate "
        "--folds where whole trainings are, each with its replicas",
    )
    replicas: int = Field(
        4,
        ge=1,
        le=1000,
        description="copies of the network, each with its own share of the rows, whose steps are "
        "so many times as long; they decide the result, workers do not",
    )
    outer: Outer | None = Field(
        None,
        description="{momentum: 0.9, learning_rate: 0.7} steps towards an average; null: takes it",
    )

    @field_validator("address")
    @classmethod
    def _is_one(cls, address: str | None) -> str | None:
        if address is not None and not ADDRESS.fullmatch(address):
            raise ValueError("an address is tcp://HOST:8786, or local, or local:3")
        return address


CLUSTER: Any = Field(
    None,
    description="{replicas: 4, address: local} averages copies that train apart; null: one network",
)


def not_averaged(config: Any) -> Iterator[Problem]:
    """Yield what cannot be trained by replicas that are averaged."""
    if config.cluster is None:
        return
    others = {
        "optimizer": config.optimizer.name in STEPLESS,
        "output_activation": config.is_perceptron,
        "ensemble": config.ensemble is not None,
    }
    for key in (key for key, other in others.items() if other):
        yield Problem(
            "cluster averages replicas of one network, which take steps along a gradient",
            config.place(key),
            f"remove cluster, or choose another {key}"
            if key != "ensemble"
            else "remove cluster, or ensemble",
        )
