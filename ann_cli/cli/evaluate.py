"""`ann evaluate`: weights on a CSV, or a config by cross-validation."""

from pathlib import Path
from typing import Any

import click

from ann_cli.cli.arguments import (
    BASELINES,
    CLUSTER,
    FILE,
    JOBS,
    QUERY,
    SET,
    STRICT,
    THREADS,
    here_or_example,
)
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options, table
from ann_cli.errors import ConfigError, FileError, counted

FOLDS_ONLY = {
    "repeats": "--repeats",
    "predictions": "--predictions",
    "jobs": "--jobs",
    "cluster": "--cluster",
    "overrides": "--set",
    "baselines": "--baselines",
}
"""What is asked for of a cross-validation alone."""


@click.command(
    epilog="\b\nExample:\n  ann evaluate runs/house_prices datasets/house_prices.csv --json\n"
    "  ann evaluate configs/penguins.yaml --folds 3"
)
@click.argument("source", metavar="WEIGHTS|CONFIG", type=FILE, callback=here_or_example)
@click.argument("data", required=False, type=FILE, callback=here_or_example)
@click.option(
    "--folds",
    type=WholeNumber(2),
    metavar="K",
    help="Train the config K times, each time without a K-th of its rows, which then test.",
)
@click.option(
    "--repeats",
    type=WholeNumber(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Draw the folds N times, with seeds that go up from the config's.",
)
@click.option(
    "--predictions",
    type=FILE,
    metavar="FILE",
    help="Write each row's prediction by the training that did not see it to a CSV.",
)
@click.option(
    "--every",
    type=WholeNumber(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Of a series: forecast from one in N steps, and not from each.",
)
@click.option(
    "--label",
    metavar="COLUMN[=VALUE]",
    help="Of an autoencoder: how well its errors tell rows with this value from the others.",
)
@BASELINES
@JOBS
@CLUSTER
@SET
@QUERY
@STRICT
@THREADS
@options
def command(
    output: Output,
    source: str,
    data: str | None,
    folds: int | None,
    strict: bool,
    every: int,
    label: str | None,
    query: str | None,
    **choices: Any,
) -> None:
    """Score WEIGHTS on DATA, which has the target, or CONFIG by cross-validation with --folds.

    Prints a CSV with the columns metric and value, or {"rows": …, "metrics": {…}} with --json.

    With --folds each row is predicted by a training that saw nothing of it: not its cells, its
    scale or its category. Folds have equal shares of each class; the rows of a data.group, and rows
    that are equal, stay in one fold; with data.time each fold is later than what trained it.
    Values are then means over the trainings, with low and high of their 95% intervals.
    """
    if folds is None:
        _refuse_options(FOLDS_ONLY, "is for --folds, which is not given")
        _evaluate_weights(output, source, data, strict, every, label, query)
        return
    _refuse_options(
        {"strict": "--strict", "every": "--every", "label": "--label", "query": "--query"},
        "is for WEIGHTS on DATA, and not for --folds",
    )
    if data is not None:
        raise click.UsageError(
            f"--folds divides the rows of the config's own data, and {data} is named as well; "
            "leave it out, or --folds"
        )

    from ann_cli.cli.cross_validation import cross_validate

    cross_validate(output, source, folds, **choices)


def _refuse_options(names: dict[str, str], why: str) -> None:
    context = click.get_current_context()
    for name, option in names.items():
        given = context.get_parameter_source(name)
        if given is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{option} {why}")


def _evaluate_weights(
    output: Output,
    weights: str,
    data: str | None,
    strict: bool,
    every: int,
    label: str | None,
    query: str | None,
) -> None:
    from ann_cli.run import evaluate, load

    _refuse_config(weights)
    if data is None:
        raise click.UsageError("Missing argument 'DATA', a CSV that has the target")
    model = load(weights)
    output.terminal.warn(model.notes)
    if every > 1 and model.encoder.timeline is None:
        raise click.UsageError("--every is for a series, and these weights are of no series")
    found = evaluate(model, data, strict, every, label, query)
    rows, scores = found.rows, found.scores
    output.terminal.warn(found.notes)
    names = {"network": scores}
    if found.sides:
        trained, _ = found.sides.get("training", (0, {}))
        output.terminal.warn(
            [
                f"{trained:,} of these {counted(rows, 'row')} were trained on; their score says "
                "how well they were learned, and not how well new rows are predicted"
            ]
        )
        names = {
            f"{side}, {counted(count, 'row')}": one for side, (count, one) in found.sides.items()
        }
        names["all"] = scores
    output.terminal.table(f"on {counted(rows, 'row')}", names)
    output.terminal.details(found.details)
    if output.as_json:
        document: dict[str, Any] = {"rows": rows, "metrics": scores, **found.details}
        if found.sides:
            document["sides"] = {
                side: {"rows": count, "metrics": side_scores}
                for side, (count, side_scores) in found.sides.items()
            }
        output.document(document)
        return
    output.data(table("metric,value", [(name, [value]) for name, value in scores.items()]))


def _refuse_config(source: str) -> None:
    """Raise ConfigError where a config stands in the place of weights."""
    if source == "-" or not Path(source).is_file():
        return
    from ann_cli.config.read import read

    try:
        read(source)
    except (ConfigError, FileError):
        return  # whatever it is, it is read as weights, which says what is wrong with it
    raise ConfigError(
        "this is a config, and nothing is trained yet",
        place=source,
        remedy=f"ann evaluate {source} --folds 5 trains and scores it; for weights: "
        "ann evaluate WEIGHTS DATA",
    )
