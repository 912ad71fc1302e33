"""What a model and its trainer ask of what learns: a network, a map, a Boltzmann machine."""

from typing import Any, Protocol, Self

from ann_cli.engine.settings import Array


class Learner(Protocol):
    """Parameters in one flat vector, and what they make of rows."""

    stored: Array
    """All that goes to weights.npz, flat: the trained part first."""

    @property
    def theta(self) -> Array:
        """The trained part of `stored`."""

    @property
    def inputs(self) -> int:
        """The number of inputs of a row."""

    @property
    def outputs(self) -> int:
        """The number of numbers that `predict` gives for a row."""

    @property
    def block_rows(self) -> int:
        """The number of rows that are predicted at a time."""

    @property
    def work(self) -> int:
        """The multiplications of the largest product of matrices, for each row that enters it."""

    @property
    def in_parts(self) -> bool:
        """Whether rows pass in parts, of which each has a thread."""

    @property
    def output(self) -> Any:
        """What a task needs to read the outputs."""

    @property
    def loss(self) -> Any:
        """What a prediction costs."""

    @property
    def member(self) -> Self:
        """What layers and units are told of: of an ensemble its first network, else itself."""

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the parameters in a flat vector that lies as `stored` does, by name, as views."""

    def predict(self, x: Array) -> Array:
        """Return the outputs for rows × inputs, as rows × outputs."""

    def evaluate(self, x: Array, y: Array, fold: Array | None = None) -> tuple[Array, Array]:
        """Return the outputs (rows × outputs) and each row's loss."""
