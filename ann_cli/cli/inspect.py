"""`ann inspect`."""

import click

from ann_cli.cli.arguments import FILE, WEIGHTS, here_or_example
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options


@click.command(
    epilog="\b\nExample:\n  ann train configs/house_prices.yaml\n"
    "  ann inspect runs/house_prices/weights.npz --data datasets/house_prices.csv"
)
@WEIGHTS
@click.option(
    "--data",
    type=FILE,
    callback=here_or_example,
    help='A CSV with the columns that the network needs ("-" is standard input).',
)
@click.option(
    "--repeats",
    type=WholeNumber(min=2),
    default=10,
    show_default=True,
    help="How often each column is shuffled to measure its importance.",
)
@options
def command(output: Output, weights: str, data: str | None, repeats: int) -> None:
    """Look into a trained network: what its units look at, and what they do.

    Shows which inputs each unit of WEIGHTS looks at most, and which weights are 0 and thus
    discarded. With --data also which units are dead or saturated, how activations are distributed,
    and what each column is worth: how much worse the score gets when its cells are shuffled. Of
    pictures the first kernels are drawn, and what each patch is worth when it is the mean. Of a
    map: how units differ from their neighbours, where rows and labels lie, each column over the
    map, and what sets its regions apart; with --data where those rows lie. Of a Boltzmann machine:
    what each hidden unit goes with, how often it is on, and which units never change.
    """
    from ann_cli.insight.inspection import inspect, inspect_data, read_rows
    from ann_cli.insight.series import errors_in_time, memory
    from ann_cli.report.inspection import show_inspection
    from ann_cli.run import load

    model, terminal = load(weights), output.terminal
    found = inspect(model)
    if data == "-" and model.encoder.timeline is not None:
        raise click.UsageError("a series is read several times: save it as a file first")
    if data is not None:
        x, y, notes = read_rows(model, data)
        terminal.warn(notes)
        if y is None and model.task.has_target:
            target = " or ".join(model.config.data.targets)
            terminal.warn([f"{data} has no {target}, by which a column's importance is measured"])
        found["data"] = inspect_data(model, x, y, repeats)
        if model.encoder.timeline is not None:
            found["data"] |= {"memory": memory(model, x)} | errors_in_time(model, data)
    show_inspection(terminal, found)
    if output.as_json:
        output.document(found)
