"""`ann check`."""

from typing import TYPE_CHECKING, Any

import click

from ann_cli.cli.arguments import CONFIG, SET
from ann_cli.cli.output import Output, options
from ann_cli.errors import AnnError, Problem

if TYPE_CHECKING:
    from ann_cli.run import TrainingRun


@click.command(
    epilog="\b\nExample:\n  ann check configs/house_prices.yaml\n"
    "  ann check configs/house_prices.yaml --gradients"
)
@CONFIG
@click.option(
    "--gradients",
    is_flag=True,
    help="Compare back-propagation with central differences, layer by layer.",
)
@SET
@options
def command(output: Output, config: str, gradients: bool, overrides: tuple[str, ...]) -> None:
    """Check CONFIG and its data without training.

    Shows what each column was taken for and the network that would be trained; writes no file.
    """
    from ann_cli.config.read import load

    checked = load(config, overrides)  # before pandas: a mistake in it is told at once

    from ann_cli.run import begin

    started = begin(checked, dry=True)
    output.terminal.beginning(started)
    output.terminal.columns(started.data_set)
    checked_gradients = _gradients(output, started) if gradients else {}
    if output.as_json:
        data_set = started.data_set
        output.document(
            {
                "task": data_set.config.task,
                "rows": len(data_set.training),
                "validation_rows": len(data_set.validation) if data_set.validation else 0,
                "test_rows": len(data_set.test) if data_set.test else 0,
                "dropped_rows": data_set.dropped,
                "columns": data_set.kinds,
                "inputs": list(data_set.encoder.inputs),
                "classes": list(data_set.encoder.classes),
                "parameters": started.model.network.theta.size,
                "notes": list(data_set.notes),
                **checked_gradients,
            }
        )


def _gradients(output: Output, started: "TrainingRun") -> dict[str, Any]:
    from ann_cli.engine.network import PREDICTED_ROWS
    from ann_cli.engine.rows import Rows
    from ann_cli.insight.gradient_check import check_gradients
    from ann_cli.insight.names import layer_names
    from ann_cli.report.gradient_check import show_gradients

    training = started.data_set.training
    rows = training if isinstance(training, Rows) else next(training.blocks(PREDICTED_ROWS, None))
    names = {each.place: each.layer for each in layer_names(started.model)}
    found = check_gradients(started.model.member, rows)
    checks = {names[place]: each for place, each in found.items()}
    show_gradients(output.terminal, checks)
    wrong = [name for name, each in checks.items() if not each.agrees]
    if wrong:
        raise AnnError.of(
            Problem(
                "back-propagation and central differences do not agree: a defect in ann",
                place=name,
                remedy="report it, with the config",
            )
            for name in wrong
        )
    listed = [{"layer": name, **vars(each)} for name, each in checks.items()]
    return {"gradients": listed}
