"""`ann init`."""

import click

from ann_cli.cli.arguments import DATA, QUERY
from ann_cli.cli.output import Output, options
from ann_cli.errors import ConfigError

WITHOUT_TARGET = ["autoencoder", "som", "boltzmann"]
"""The kinds of model that learn without one; a test holds it to MODELS, which takes NumPy."""


@click.command(
    epilog="\b\nExample:\n  ann init datasets/house_prices.csv --target price > houses.yaml"
)
@DATA
@click.option("--target", metavar="NAME", help="The column to predict.")
@click.option(
    "--model",
    type=click.Choice(WITHOUT_TARGET),
    help="What learns without a target, instead of a network that predicts one.",
)
@QUERY
@click.option("--user", metavar="NAME", help="The column of who rated or chose, with --item.")
@click.option("--item", metavar="NAME", help="The column of what was rated or chosen.")
@click.option("--rating", metavar="NAME", help="The column of ratings, where there are any.")
@options
def command(
    output: Output,
    data: str,
    target: str | None,
    model: str | None,
    query: str | None,
    user: str | None,
    item: str | None,
    rating: str | None,
) -> None:
    """Print a commented config for DATA, with the columns found in it.

    Every key stands in it with its default and its meaning, ready to be changed.
    """
    given = {"user": user, "item": item, "rating": rating}
    columns = {key: name for key, name in given.items() if name is not None}
    if columns:
        absent = [f"--{key}" for key in ("user", "item") if key not in columns]
        if absent or target is not None:
            raise click.UsageError(
                f"who rated what is told by --user and --item: {' and '.join(absent)} is missing"
                if absent
                else "ratings have no --target: leave it out, or --user and --item"
            )
        model = model or "autoencoder"
    if target is not None and model is not None:
        raise click.UsageError(
            f"model: {model} learns without a target; leave out --target or --model"
        )
    if target is None and model is None:
        raise _no_target(data, query)
    from ann_cli.run import start_config

    text, notes = start_config(data, target, model or "network", query, columns)
    output.terminal.warn(notes)
    if output.as_json:
        output.document({"config": text, "notes": notes})
    else:
        output.data(text)


def _no_target(data: str, query: str | None) -> ConfigError:
    """Return the error that says which columns there are. Raises what opening the table does."""
    from ann_cli.data.cells.values import listed
    from ann_cli.data.cells.writing import Written
    from ann_cli.data.open_table import open_table

    columns = open_table(data, written=Written(query=query)).columns
    return ConfigError(
        "name the column to predict, --target NAME, or what learns without one, --model",
        remedy=f"the columns are: {listed(columns)}",
    )
