"""`ann verify`."""

import click

from ann_cli.cli.arguments import FILE, THREADS, WEIGHTS, here_or_example
from ann_cli.cli.output import Output, options, standard_error
from ann_cli.errors import ConfigError, WeightsError

LONG = 60
"""Seconds of training from which a person is asked."""


@click.command(
    epilog="\b\nExample:\n"
    "  ann verify runs/house_prices/weights.npz --data datasets/house_prices.csv"
)
@WEIGHTS
@click.option(
    "--data",
    type=FILE,
    metavar="CSV",
    callback=here_or_example,
    help="What it was trained on; by default the file that its config names.",
)
@click.option(
    "--encoder",
    type=FILE,
    metavar="WEIGHTS",
    help="The weights.npz that its training was given as --encoder.",
)
@click.option("--yes", is_flag=True, help="Train anew however long it takes.")
@THREADS
@options
def command(output: Output, weights: str, data: str | None, encoder: str | None, yes: bool) -> None:
    """Train anew, from what WEIGHTS says, and tell whether the same network comes out.

    Prints identical (every bit of every weight), close (on the same data, and each score within
    1%) or different, which ends with status 4. What is not as it was then (versions, threads, data)
    goes to standard error.
    """
    from ann_cli.run import verify

    def allow(seconds: float) -> None:
        """Tell how long it takes where that is more than a minute. Raises ConfigError."""
        if seconds < LONG:
            return
        told = f"training anew takes about {seconds / 60:,.0f} minutes more"
        if not yes and not standard_error().isatty():
            raise ConfigError(told, place=weights, remedy="--yes lets it take that long")
        output.terminal.say(f"{told}; Ctrl-C ends it")

    verdict = verify(weights, data, encoder, output.terminal.progress, allow)
    if output.as_json:
        output.document(vars(verdict))
    else:
        for name, (before, now) in verdict.differs.items():
            output.terminal.warn([f"{name} was {before}, and is {now}"])
        for what, size in (
            ("weight, of the largest weight", verdict.largest_weight_difference),
            ("score, of itself", verdict.largest_score_difference),
        ):
            if size is not None and verdict.answer != "identical":
                output.terminal.say(f"largest difference of a {what}: {size:.2g}")
        output.data(f"{verdict.answer}\n")
    if verdict.answer == "different":
        raise click.exceptions.Exit(WeightsError.exit_status)
