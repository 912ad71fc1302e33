"""Arguments and options that several commands share."""

from pathlib import Path

import click

from ann_cli.cli.completion import complete_override

EXAMPLES = Path(__file__).parent.parent / "examples"


def here_or_example(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the path, or that of the example so named which ann brings along where none is here.

    An example is named as in the project: configs/house_prices.yaml, datasets/penguins.csv.
    """
    if value is None:
        return None
    example = EXAMPLES / value
    brought = value.startswith(("configs/", "datasets/")) and example.is_file()
    return str(example) if brought and not Path(value).exists() else value


FILE = click.Path()  # which the shell completes; whether it can be opened is told by the rooms
CONFIG = click.argument("config", type=FILE, callback=here_or_example)
DATA = click.argument("data", type=FILE, callback=here_or_example)
WEIGHTS = click.argument("weights", type=FILE)
SET = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=complete_override,
    help="Override a key of the config, e.g. optimizer.learning_rate=0.01.",
)
