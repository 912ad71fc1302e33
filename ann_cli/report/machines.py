"""A Boltzmann machine, for a person: what each hidden unit goes with, and which never change."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ann_cli.errors import counted
from ann_cli.report.numbers import Row, cut, number

if TYPE_CHECKING:
    from ann_cli.report.terminal import Terminal

UNITS, INPUTS = 12, 4
"""Units of each layer that are shown, those that tell the most first, and inputs of each."""

LISTED = 20
"""Units that are named at most, of those that never change."""

Document = Mapping[str, Any]


def show_machine(terminal: "Terminal", document: Document) -> None:
    """Show each layer's units, what they go with, and which of them never change."""
    told = document.get("data", {})
    for at, layer in enumerate(document["layers"]):
        units, on = layer["units"], None
        if told:
            on = told["layers"][at]["on"]
        order = sorted(range(len(units)), key=lambda unit: -_size(units[unit]))
        rows = (_unit(units[unit], on[unit] if on else units[unit]["on"]) for unit in order)
        terminal.show(
            layer["name"], ["on", "bias", "goes with"], cut(rows, UNITS, "units", len(units))
        )
    of = f"{counted(told['rows'], 'row')}" if told else f"{document['drawn']} states that it draws"
    terminal.say(f"on: the share of {of}. A weight above 0 makes both more likely.", "dim")
    for layer in told["layers"] if told else document["layers"]:
        for sentence in never_changing(layer):
            terminal.say(sentence)
    if told:
        terminal.say(f"The mean free energy of these rows is {number(told['free_energy'])}.")


def never_changing(layer: Document) -> Iterator[str]:
    """Yield which units of a layer are always on or always off, in words."""
    for key, words in (("always_on", "always on"), ("always_off", "always off")):
        if units := layer[key]:
            shown = ", ".join(map(str, units[:LISTED]))
            more = f", and {len(units) - LISTED:,} more" if len(units) > LISTED else ""
            count = counted(len(units), "unit")
            yield f"{words} in {layer['name']}, telling nothing of a row: {count} ({shown}{more})."


def _size(unit: Document) -> float:
    return sum(abs(each["weight"]) for each in unit["strongest"])


def _unit(unit: Document, on: float) -> Row:
    return unit["name"], f"{on:.0%}", number(unit["bias"], 3), strongest(unit["strongest"])


def strongest(inputs: Sequence[Document]) -> str:
    """Return what a unit goes with: its strongest inputs and their weights."""
    return ", ".join(f"{each['input']} {each['weight']:+.2g}" for each in inputs[:INPUTS])
