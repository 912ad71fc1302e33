"""The config's `cluster`: replicas of the network that train by themselves between averages."""

from typing import Annotated

from pydantic import BaseModel, Field

from ann_cli.config.entries import STRICT

LOCAL = r"local(:[1-9][0-9]{0,2})?"
"""What stands for workers on this machine: one a core, or so many."""

Address = Annotated[str, Field(pattern=rf"^({LOCAL}|[a-z]+://\S+)$")]


class Outer(BaseModel):
    """A step of Nesterov's momentum towards each average, which else is taken as it is."""

    model_config = STRICT

    momentum: float = Field(0.9, ge=0, lt=1, description="what is left of the step before")
    learning_rate: float = Field(0.7, gt=0, description="1 without momentum: the average itself")


class Cluster(BaseModel):
    """How many replicas there are, and where they train."""

    model_config = STRICT

    address: Address | None = Field(
        None,
        description="the scheduler of a Dask cluster: tcp://HOST:8786; local: workers on this "
        "machine, one a core, local:3: three; null: in this process",
    )
    replicas: int = Field(
        4,
        ge=1,
        le=1000,
        description="copies of the network, each with its own share of the rows; they decide the "
        "result, workers do not",
    )
    outer: Outer | None = Field(
        None,
        description="{momentum: 0.9, learning_rate: 0.7} steps towards an average; null: takes it",
    )
