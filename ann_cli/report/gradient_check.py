"""The gradient check, for a person: a row a layer, and a verdict in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ann_cli.insight.gradient_check import LayerCheck
    from ann_cli.report.terminal import Terminal


def show_gradients(terminal: "Terminal", checks: Mapping[str, "LayerCheck"]) -> None:
    """Show how far backprop and the differences are apart in each layer, by its name."""
    rows = [
        (
            name,
            f"{each.parameters:,}",
            f"{each.checked:,}",
            f"{each.at_kinks:,}",
            f"{each.relative_error:.1e}",
            "agrees" if each.agrees else "WRONG",
        )
        for name, each in checks.items()
    ]
    columns = ["parameters", "checked", "at kinks", "relative error", "verdict"]
    terminal.show("gradients", columns, rows)
    if any(each.at_kinks for each in checks.values()):
        terminal.say(
            "At a kink (relu's at 0) the loss has one slope to the left and another to the "
            "right, and none to compare with: these parameters count apart.",
            "dim",
        )
    if all(each.agrees for each in checks.values()):
        terminal.say("Back-propagation agrees with central differences in every layer.")
