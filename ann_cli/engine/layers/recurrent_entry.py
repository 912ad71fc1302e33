"""What recurrent layers say in a config: how many units, what rests, and which states go on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ann_cli.engine.layers.layer import LayerEntry, ShapeError, own_decay, shown
from ann_cli.engine.parameters import Columns, Shape
from ann_cli.engine.settings import Entry, Setting, setting, table


class State(Entry):
    """Which state of a recurrent layer goes on."""


class Auto(State):
    """All where the next layer works along the steps, as a recurrent one does; else the last."""

    name = "auto"


class Last(State):
    """That after the last step: a number a unit."""

    name = "last"


class All(State):
    """That after each step: steps × units."""

    name = "all"


STATES = table(Auto, Last, All)


def units_setting() -> Any:
    """Declare how many units there are, under the key of each kind."""
    return setting(kind=int, help="how many units the layer has", ge=1, le=1_000_000)


@dataclass(frozen=True, kw_only=True)
class Recurrent(LayerEntry):
    """A kind of layer that goes through the steps of a series; its key is the number of units."""

    dropout: float = setting(0.0, "the share of outputs that rest in a training step", ge=0, lt=1)
    states: State = setting(
        Auto(), "which go on: last, all, or auto: all where the next needs steps", entries=STATES
    )

    weight_decay: float | None = own_decay()

    @classmethod
    def settings(cls) -> Iterator[Setting]:
        # The key of the kind, which stands first, is declared after what all kinds share.
        yield from sorted(super().settings(), key=lambda each: each.name != cls.name)

    @property
    def units(self) -> int:
        """How many units the layer has."""
        found: int = getattr(self, self.key())
        return found

    def drops(self) -> bool:
        return self.dropout > 0

    def along_steps(self) -> bool | None:
        return True

    def followed(self, along_steps: bool) -> LayerEntry:
        if not isinstance(self.states, Auto):
            return self
        return replace(self, states=All() if along_steps else Last())


def without_steps(entry: Recurrent, inputs: Shape) -> ShapeError:
    """Return what is wrong with inputs that have no steps, and what to do."""
    message = f"{entry.name} goes through the steps of a series, and {shown(inputs)} arrive"
    if isinstance(inputs, Columns):
        return ShapeError(
            f"{message} from a table's row",
            "make rows of several steps: data.window: 48, with data.time; or use {units: "
            f"{entry.units}}}",
        )
    return ShapeError(
        f"{message}, which have none",
        "let what comes before it keep the steps, as a recurrent layer does with states: all; "
        f"or use {{units: {entry.units}}}",
    )
