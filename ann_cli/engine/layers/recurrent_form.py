"""What kinds of recurrent layers differ in: their gates, and what a unit keeps of a step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ann_cli.engine.parameters import Parameter


@dataclass(frozen=True)
class Gate:
    """Weighted sums that a step makes, one a unit."""

    name: str
    """What its parameters are called after; "" where it is the only one."""
    start: float = 0.0
    """Its first bias."""
    recurrent: str = "recurrent_weights"
    inputs: str = "input_weights"
    bias: str = "bias"
    """What its parameters are called; "" for one that it lacks."""

    def parameters(self, units: int, channels: int) -> Iterator[tuple[Parameter, Any]]:
        """Yield its parameters, and the rows of M in which each lies."""
        for name, size, initializer, rows in (
            (self.recurrent, (units, units), "orthogonal", slice(units)),
            (self.inputs, (channels, units), "glorot_uniform", slice(units, -1)),
        ):
            if name:
                yield (
                    Parameter(
                        self._called(name), size, size, initializer=initializer, penalized=True
                    ),
                    rows,
                )
        yield Parameter(self._called(self.bias), (units,), start=self.start), -1

    def _called(self, parameter: str) -> str:
        return f"{self.name}.{parameter}".removeprefix(".")


class Form(NamedTuple):
    """What kinds of recurrent layers differ in."""

    sigmoids: int
    """How many gates are sigmoids of their sums, and come first."""
    tanhs: int
    """How many of the others are their tanh, and come next."""
    linear: int
    """How many are the sums themselves."""
    kept: int = 0
    """How many numbers a unit keeps of each step beside its state."""
    carried: int = 0
    """How many of these, the first ones, have a slope of their own to carry back."""
    beside: bool = False
    """Whether a slope goes to the state before by other ways than the sums."""

    @property
    def curved(self) -> int:
        """How many gates are functions of their sums."""
        return self.sigmoids + self.tanhs

    @property
    def gates(self) -> int:
        """The sums that a unit makes at a step."""
        return self.curved + self.linear

    @property
    def others(self) -> int:
        """The slopes that go to the step before beside those through the sums."""
        return self.beside + self.carried
