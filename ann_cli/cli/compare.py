"""`ann compare`, and what every comparison has in common."""

import csv
import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ann_cli.cli.arguments import CLUSTER, CONFIG, JOBS, SET, report_option
from ann_cli.cli.completion import complete_override
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options
from ann_cli.errors import LostError

if TYPE_CHECKING:
    from ann_cli.config.read import Draft
    from ann_cli.experiments.compare import Comparison, Result
    from ann_cli.experiments.plan import Plan
    from ann_cli.experiments.trainings import Outcome
    from ann_cli.experiments.variations import Variation

FEWEST_SEEDS = 2
"""Seeds of which a comparison is told, where a cluster was lost before it had all."""


def comparison_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every comparison has."""
    for option in (
        report_option("comparison.html"),
        click.option("--csv", "as_csv", is_flag=True, help="A CSV on standard output."),
        CLUSTER,
        JOBS,
        click.option(
            "--seeds",
            type=WholeNumber(2),
            default=5,
            show_default=True,
            help="How many seeds each is trained with; the first is the config's.",
        ),
    ):
        command = option(command)
    return command


@click.command(
    epilog="\b\nExample:\n  ann compare configs/penguins.yaml --vary batch_size=1,32,full"
)
@CONFIG
@click.option(
    "--vary",
    "vary",
    multiple=True,
    required=True,
    metavar="KEY=V1,V2",
    shell_complete=complete_override,
    help="Values that a key of the config is to have, one after the other.",
)
@SET
@comparison_options
@options
def command(
    output: Output,
    config: str,
    vary: tuple[str, ...],
    overrides: tuple[str, ...],
    **choices: Any,
) -> None:
    """Train CONFIG with several values of its keys, and say which are best.

    --vary again adds a key: all combinations are trained, as with
    --vary optimizer=sgd,adam --vary batch_size=1,32.

    With each seed all have the same rows to validate and the same first weights, and are compared
    by RMSE or accuracy on these rows. --json and --csv print a result for each. No run folder is
    written. --report needs packages of its own: pip install "ann-cli[report]".

    With --cluster each training is a task of one worker, which reads the data by the same path.
    """
    from ann_cli.config.read import read
    from ann_cli.experiments.variations import variations

    draft = read(config)
    compare(output, draft, overrides, variations(vary), **choices)


def compare(
    output: Output,
    draft: "Draft",
    overrides: Sequence[str],
    variations: Sequence["Variation"],
    seeds: int,
    jobs: int | None,
    cluster: str | None,
    as_csv: bool,
    report: str | None,
) -> None:
    """Train all variations, show the table, and write the results."""
    if as_csv and output.as_json:
        raise click.UsageError("--json and --csv exclude each other")

    from ann_cli.experiments.executors import executor
    from ann_cli.experiments.plan import Plan
    from ann_cli.report import comparison as table

    plan, terminal = Plan(draft, overrides, variations, seeds), output.terminal
    address = cluster or plan.address
    outcomes: dict[int, Outcome] = {}
    lost = None
    go_on = "start it again, and compare again"
    with executor(address, jobs, len(plan.trainings), go_on=go_on, say=terminal.say) as where:
        table.begin(terminal, plan, where.width)
        try:
            outcomes.update(table.progress(terminal, plan.train(where), len(plan.trainings)))
        except LostError as error:
            if len(plan.seeds_done(outcomes)) < FEWEST_SEEDS:
                raise
            lost = error
    comparison = plan.compare(outcomes)
    table.show(terminal, comparison)
    if report:
        _write_page(output, comparison, plan, report)
    document = _document(comparison) | ({"report": report} if report else {})
    if lost:
        lost.reached = document
    elif output.as_json:
        output.document(document)
    if as_csv:
        output.data(_table(comparison))
    if lost:
        raise lost


def _write_page(output: Output, comparison: "Comparison", plan: "Plan", path: str) -> None:
    from ann_cli.model.files import write
    from ann_cli.report.page.comparison import comparison_page

    given = shlex.join(["ann", *sys.argv[1:]])
    if "ANN_SET" in os.environ:
        given = f"ANN_SET={shlex.quote(os.environ['ANN_SET'])} {given}"
    write(Path(path), comparison_page(comparison, plan, given).encode("utf-8", "backslashreplace"))
    output.terminal.say(f"report: {path}")


def _document(comparison: "Comparison") -> dict[str, Any]:
    from ann_cli.experiments.verdict import verdict

    return {
        "metric": comparison.metric.name,
        "seeds": list(comparison.seeds),
        "results": [
            {**_named(result), **_row(comparison, result), **_lists(comparison, result)}
            for result in comparison.results
        ],
        "verdict": verdict(comparison),
    }


def _named(result: "Result") -> dict[str, Any]:
    settings = result.variation.values()
    return settings if "activation" in settings else {"settings": settings}


def _row(comparison: "Comparison", result: "Result") -> dict[str, Any]:
    metric, apart = comparison.metric, result.difference
    return {
        metric.name: result.mean(metric.name),
        metric.beside: result.mean(metric.beside),
        "difference": apart and apart.mean,
        "difference_low": apart and apart.low,
        "difference_high": apart and apart.high,
        "standing": result.standing,
        "epochs_to_target": result.epochs_to_target,
        "seconds_to_target": result.seconds_to_target,
        "seconds": result.seconds,
        "dead_units": result.mean("dead_units"),
        "saturated_units": result.mean("saturated_units"),
        "diverged": result.diverged,
    }


def _lists(comparison: "Comparison", result: "Result") -> dict[str, Any]:
    scores = [outcome.scores or {} for outcome in result.outcomes]
    return {
        "by_seed": [each.get(comparison.metric.name) for each in scores],
        "learning_curve": result.curve,
    }


def _table(comparison: "Comparison") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, result in enumerate(comparison.results):
        row = _row(comparison, result)
        if not number:
            writer.writerow([*result.variation.settings, *row])
        cells = [f"{one:.9g}" if isinstance(one, float) else one for one in row.values()]
        writer.writerow([*result.variation.settings.values(), *cells])
    return text.getvalue()
