"""`ann check`."""

import click

from ann_cli.cli.arguments import CONFIG, SET
from ann_cli.cli.output import Output, options


@click.command(epilog="\b\nExample:\n  ann check configs/house_prices.yaml")
@CONFIG
@SET
@options
def command(output: Output, config: str, overrides: tuple[str, ...]) -> None:
    """Check CONFIG and its data without training.

    Shows what each column was taken for and the network that would be trained; writes no file.
    """
    from ann_cli.config.read import load

    checked = load(config, overrides)  # before pandas: a mistake in it is told at once

    from ann_cli.run import begin

    started = begin(checked, dry=True)
    output.terminal.beginning(started)
    output.terminal.columns(started.prepared)
    if output.as_json:
        prepared = started.prepared
        output.document(
            {
                "task": prepared.config.task,
                "rows": len(prepared.training),
                "validation_rows": len(prepared.validation) if prepared.validation else 0,
                "dropped_rows": prepared.dropped,
                "columns": prepared.kinds,
                "inputs": list(prepared.encoder.inputs),
                "classes": list(prepared.encoder.classes),
                "parameters": started.model.network.theta.size,
                "notes": list(prepared.notes),
            }
        )
