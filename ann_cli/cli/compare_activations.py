"""`ann compare-activations`: the comparison that varies what stands in the hidden layers."""

from typing import Any

import click

from ann_cli.cli.arguments import EXAMPLES, FILE, SET, here_or_example
from ann_cli.cli.compare import compare, comparison_options
from ann_cli.cli.completion import complete_activations
from ann_cli.cli.output import Output, options


@click.command(epilog="\b\nExample:\n  ann compare-activations --activations tanh,relu,gelu")
@click.argument("config", type=FILE, default="", callback=here_or_example)
@click.option(
    "--activations",
    "names",
    default="",
    metavar="A,B",
    shell_complete=complete_activations,
    help="Which to compare; all that can stand in a hidden layer where not given.",
)
@SET
@comparison_options
@options
def command(
    output: Output, config: str, names: str, overrides: tuple[str, ...], **choices: Any
) -> None:
    """Train CONFIG with each activation in its hidden layers, and say which is best.

    Without CONFIG it trains on the house prices that ann brings along. As `ann compare` does it,
    with the same rows and first weights for all.
    """
    from ann_cli.config.read import read
    from ann_cli.experiments.variations import activation_variations

    if not config:
        config = str(EXAMPLES / "configs" / "activations.yaml")
        output.terminal.say("No CONFIG given: the house prices that ann brings along.", "dim")
    draft = read(config)
    compare(output, draft, overrides, activation_variations(draft, overrides, names), **choices)
