"""Every entry of every table says its name, its help and its settings' allowed range."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.initializers import INITIALIZERS
from ann_cli.engine.losses import LOSSES
from ann_cli.engine.optimizers import OPTIMIZERS
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.engine.settings import Entry, Setting, setting, table
from ann_cli.engine.trainers.brute_force import SEARCHES
from ann_cli.engine.trainers.output_solving import SOLVERS

TABLES = (ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, INITIALIZERS, SEARCHES, SOLVERS)
ENTRIES = [pytest.param(key, entry, id=key) for table in TABLES for key, entry in table.items()]


@dataclass(frozen=True)
class Example(Entry):
    """The first line.

    And more, which help does not show.
    """

    name = "example"
    size: float = setting(0.5, "how large", gt=0, le=1)
    bold: bool = setting(False, "whether")


@pytest.mark.parametrize(("key", "entry"), ENTRIES)
def test_an_entry_explains_itself(key, entry):
    assert entry.name == key
    assert key.isidentifier()
    assert key.islower()
    assert 10 < len(entry.description()) <= 100
    for each in entry.settings():
        assert each.help
        assert each.name.isidentifier()


@pytest.mark.parametrize(("key", "entry"), ENTRIES)
def test_defaults_lie_within_their_bounds(key, entry):
    for each in entry.settings():
        bounds = each.bounds
        assert set(bounds) <= {"gt", "ge", "lt", "le"}
        if not bounds:
            continue
        for value in each.default if each.kind is list else [each.default]:
            assert value > bounds.get("gt", float("-inf"))
            assert value >= bounds.get("ge", float("-inf"))
            assert value < bounds.get("lt", float("inf"))
            assert value <= bounds.get("le", float("inf"))


@pytest.mark.parametrize(("key", "entry"), ENTRIES)
def test_entries_are_values(key, entry):
    assert entry() == entry()
    assert hash(entry()) == hash(entry())
    for each in entry.settings():
        with pytest.raises(FrozenInstanceError):
            setattr(entry(), each.name, each.default)


def test_a_setting_is_declared_once():
    assert list(Example.settings()) == [
        Setting("size", float, 0.5, "how large", {"gt": 0, "le": 1}),
        Setting("bold", bool, False, "whether", {}),
    ]
    assert Example.description() == "The first line."


def test_values_follow_the_fields():
    assert Example().values() == (0.5, False)
    assert Example(bold=True).values() == (0.5, True)
    one = Example()
    one.values()
    assert replace(one, size=0.25).values() == (0.25, False)
    assert one == Example()


def test_a_table_keeps_the_order():
    assert list(table(Example, ACTIVATIONS["relu"])) == ["example", "relu"]
