"""`ann init`."""

import click

from ann_cli.cli.arguments import DATA, QUERY
from ann_cli.cli.output import Output, options
from ann_cli.config.models import MODELS


@click.command(
    epilog="\b\nExample:\n  ann init datasets/house_prices.csv --target price > houses.yaml"
)
@DATA
@click.option("--target", metavar="NAME", help="The column to predict.")
@click.option(
    "--model",
    type=click.Choice([name for name, each in MODELS.items() if not each.has_target]),
    help="What learns without a target, instead of a network that predicts one.",
)
@QUERY
@options
def command(
    output: Output, data: str, target: str | None, model: str | None, query: str | None
) -> None:
    """Print a commented config for DATA, with the columns found in it.

    Every key stands in it with its default and its meaning, ready to be changed.
    """
    if (target is None) == (model is None):
        raise click.UsageError(
            "name the column to predict, --target NAME, or what learns without one, --model"
            if target is None
            else f"model: {model} learns without a target; leave out --target or --model"
        )
    from ann_cli.run import start_config

    text, notes = start_config(data, target, model or "network", query)
    output.terminal.warn(notes)
    if output.as_json:
        output.document({"config": text, "notes": notes})
    else:
        output.data(text)
