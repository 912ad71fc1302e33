"""`ann sample`."""

import click

from ann_cli.cli.arguments import THREADS, WEIGHTS
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options
from ann_cli.cli.predicted_rows import FORMAT, SAFE_CSV, printed_form, safe, show


@click.command(
    epilog="\b\nExample:\n  ann train configs/digits_boltzmann.yaml\n"
    "  ann sample runs/digits_boltzmann --rows 100 > made_up.csv"
)
@WEIGHTS
@click.option(
    "--rows", type=WholeNumber(1), default=100, show_default=True, help="How many rows to draw."
)
@click.option(
    "--steps",
    type=WholeNumber(1),
    default=1000,
    show_default=True,
    help="How often each is drawn anew before it is shown: more forget more of where it began.",
)
@click.option(
    "--means",
    is_flag=True,
    help="What is expected of each cell, given the hidden units: shades of grey instead of dots.",
)
@click.option(
    "--seed",
    type=WholeNumber(0),
    default=0,
    show_default=True,
    help="Equal seeds give equal rows.",
)
@FORMAT
@SAFE_CSV
@THREADS
@options
def command(
    output: Output,
    weights: str,
    rows: int,
    steps: int,
    means: bool,
    seed: int,
    form: str,
    safe_csv: bool,
) -> None:
    """Draw rows from a Boltzmann machine: rows like those that it learned from, made up.

    Prints a CSV with the columns that the machine of WEIGHTS has learned, in their own units. Each
    row is drawn by itself, by a chain that begins with each column alone.
    """
    from ann_cli.run import load
    from ann_cli.run.sampling import samples

    form = printed_form(output, form, safe_csv)
    model = load(weights)
    output.terminal.warn(model.notes)
    frames = samples(model, rows, seed, steps, means)
    frames = map(safe, frames) if safe_csv else frames
    show(output, frames, form, model.number_format, [], "rows")
