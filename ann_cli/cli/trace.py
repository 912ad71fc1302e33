"""`ann trace`."""

from typing import Any, cast

import click

from ann_cli.cli.arguments import CONFIG, SET
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options


@click.command(epilog="\b\nExample:\n  ann trace configs/house_prices.yaml --row 1")
@CONFIG
@click.option(
    "--row",
    type=WholeNumber(min=1),
    default=1,
    show_default=True,
    help="The row of the file; 1 is the first below the header.",
)
@click.option(
    "--steps",
    type=WholeNumber(min=1),
    default=1,
    show_default=True,
    help="How often the row is learned from.",
)
@click.option("--all", "whole", is_flag=True, help="Show every unit and every weight.")
@SET
@options
def command(
    output: Output, config: str, row: int, steps: int, whole: bool, overrides: tuple[str, ...]
) -> None:
    """Follow one row through a step of training, with all the numbers.

    Shows the seven steps: inputs, weighted sums, activations, prediction, cost, the slopes from
    right to left, and each weight before and after. The weights are those that `ann train` starts
    from. Tables show the first units of a layer, and with --all every one; --json has every number.
    """
    from ann_cli.config.read import load

    checked = load(config, overrides)  # before pandas: a mistake in it is told at once

    from ann_cli.data.rows.tables import own_table
    from ann_cli.errors import ConfigError
    from ann_cli.insight.trace import document, observe, step_document, trace
    from ann_cli.report.trace import show_trace
    from ann_cli.run import begin

    checked = checked.model_copy(update={"cluster": None})  # a step is one replica's
    table = own_table(checked, None, once=False, hashed=False, chosen=None)
    started = begin(checked, dry=True, table=table)
    if (whole_config := started.data_set.config).ensemble:
        first = whole_config.variation(0)
        output.terminal.warn([f"the first of {whole_config.ensemble.members} networks is traced"])
        started = begin(first, dry=True, data_set=started.data_set)
    model, training = started.model, cast(Any, started.trainer)
    if not training.takes_steps:
        search = checked.model == "network"
        raise ConfigError(
            f"{training.name} takes no steps, and there are none to trace",
            place=checked.place("optimizer" if search else "model"),
            remedy="trace another optimizer: --set optimizer=sgd" if search else "trace a network",
        )
    seen = observe(model, table, row)
    traced = trace(model, training, seen, steps)
    output.terminal.beginning(started)
    shown = show_trace(output.terminal, started, training, seen, traced, whole)
    documents = [step_document(step) if output.as_json else None for step in shown]
    if output.as_json:
        output.document({**document(model, training, seen), "steps": documents})
