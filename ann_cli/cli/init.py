"""`ann init`."""

import click

from ann_cli.cli.arguments import DATA
from ann_cli.cli.output import Output, options


@click.command(
    epilog="\b\nExample:\n  ann init datasets/house_prices.csv --target price > houses.yaml"
)
@DATA
@click.option("--target", required=True, metavar="NAME", help="The column to predict.")
@options
def command(output: Output, data: str, target: str) -> None:
    """Print a commented config for DATA, with the columns found in it.

    Every key stands in it with its default and its meaning, ready to be changed.
    """
    from ann_cli.run import start_config

    text, notes = start_config(data, target)
    output.terminal.warn(notes)
    if output.as_json:
        output.document({"config": text, "notes": notes})
    else:
        output.data(text)
