"""`ann playground`."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from ann_cli.cli.arguments import EXAMPLES, FILE, SET, here_or_example
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options, standard_output

if TYPE_CHECKING:
    from ann_cli.config.read import Draft

TABLES = (".csv", ".tsv", ".gz", ".zst")
"""Endings of what is a table, and no config."""


@click.command(
    epilog="\b\nExample:\n  ann playground datasets/penguins.csv --target species --no-open"
)
@click.argument("config", type=FILE, default="", metavar="[CONFIG|DATA]", callback=here_or_example)
@click.option("--target", metavar="NAME", help="The column to predict, where DATA is a CSV.")
@click.option(
    "--port",
    type=WholeNumber(0, 65535),
    default=0,
    show_default=True,
    help="The port to serve on; 0 is any that is free.",
)
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
@SET
@options
def command(
    output: Output,
    config: str,
    target: str | None,
    port: int,
    no_open: bool,
    overrides: tuple[str, ...],
) -> None:
    """Watch a network learn on a page, and change it.

    Serves a page to this machine alone, on which layers, units, activation, optimizer, learning
    rate, batch size and noise are changed while the network learns from the rows of CONFIG, or of
    DATA, a CSV; without both from the house prices that ann brings along. XOR, circles and spirals
    stand beside them. The page shows the loss, the weights, what each unit draws over two columns,
    and the predictions; it takes one step at a time with the numbers of `ann trace`, and saves
    what it trains as a config. It ends with Ctrl-C.

    Its address, which is printed, holds a token: who has it may use the page. Needs the packages
    starlette and uvicorn: pip install "ann-cli[playground]".
    """
    draft = _draft(config, target, overrides)

    from ann_cli.model.environment import limit_threads
    from ann_cli.playground.server import Server, check_installed
    from ann_cli.playground.tables import Tables

    check_installed()
    limit_threads(1)  # a training has a thread, and several trainings may be at work
    with TemporaryDirectory(prefix="ann-") as folder:
        tables = Tables(draft, folder)
        with Server(tables, port) as server:
            output.terminal.say("The playground is at the address below; Ctrl-C ends it.", "dim")
            if output.as_json:
                output.document({"address": server.address})
            else:
                output.data(f"{server.address}\n")
            standard_output().flush()
            if not no_open and _has_display():
                import webbrowser

                webbrowser.open(server.address)
            server.wait()


def _draft(config: str, target: str | None, overrides: tuple[str, ...]) -> "Draft":
    """Return the config of what is named, not yet checked; of a CSV one of its file and target."""
    from ann_cli.config.read import read

    if not config:
        config, target = str(EXAMPLES / "datasets" / "house_prices.csv"), target or "price"
    if target is None:
        if Path(config).suffix in TABLES:
            raise click.UsageError("DATA needs --target NAME: the column to predict")
        return read(config).changed(overrides)
    return read({"data": {"file": config, "target": target}}).changed(overrides)


def _has_display() -> bool:
    """Whether there is a screen that a browser can open on."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
