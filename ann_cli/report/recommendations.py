"""An inspected recommender, for a person."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ann_cli.report.numbers import number

if TYPE_CHECKING:
    from ann_cli.report.terminal import Terminal

UNITS = 8
"""Units shown, at most."""


def about(found: Mapping[str, Any]) -> list[list[str]]:
    """Return the rows of a table on users, items and ratings: what, and how much."""
    noun = "ratings" if "mean" in found else "choices"
    rows = [
        ["users", f"{found['users']:,}"],
        ["items", f"{found['items']:,}"],
        [noun, f"{found['known']:,}, {found['share']:.2%} of all pairs"],
        [f"{noun} of a user", _spread(found["of_user"])],
        [f"{noun} of an item", _spread(found["of_item"])],
        ["most often", _listed(found["most"], "")],
    ]
    if "mean" in found:
        rows += [
            ["mean rating", f"{number(found['mean'])}, from {found['low']:g} to {found['high']:g}"],
            ["biases of users", f"typically ± {number(found['user_spread'])}"],
            ["biases of items", f"typically ± {number(found['item_spread'])}"],
            ["rated best", _listed(found["best"], "+")],
            ["rated worst", _listed(found["worst"], "+")],
        ]
    return rows


def unit_rows(found: Mapping[str, Any], most: int) -> list[list[str]]:
    """Return the rows of a table of units: the items at both ends."""
    return [
        [each["name"], ", ".join(each["high"]), ", ".join(each["low"])]
        for each in found["units"][:most]
    ]


def show_recommender(terminal: "Terminal", found: Mapping[str, Any]) -> None:
    """Show what is known of users and items, and what units tell apart."""
    terminal.show("what is known", [""], about(found))
    if rows := unit_rows(found, UNITS):
        terminal.show("unit", ["items at one end", "at the other end"], rows)
        terminal.say("Units that tell items most apart; what they stand for is for you to say.")


def _spread(found: Mapping[str, float]) -> str:
    return f"{found['least']:g} to {found['most']:g}, median {found['median']:g}"


def _listed(items: Sequence[Mapping[str, Any]], sign: str) -> str:
    return ", ".join(f"{each['item']} ({_value(each['value'], sign)})" for each in items)


def _value(value: float, sign: str) -> str:
    return format(value, "+.2f") if sign else f"{value:,}"
