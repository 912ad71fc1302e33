"""`ann train`."""

import sys
from typing import TYPE_CHECKING

import click

from ann_cli.cli.arguments import BASELINES, CLUSTER, CONFIG, FILE, SET, THREADS
from ann_cli.cli.output import Output, options
from ann_cli.cli.signals import end_after_block

if TYPE_CHECKING:
    from ann_cli.insight.baselines import Which


@click.command(epilog="\b\nExample:\n  ann train configs/house_prices.yaml --set epochs=50")
@CONFIG
@SET
@THREADS
@click.option(
    "--encoder",
    type=FILE,
    metavar="WEIGHTS",
    help="Take columns, scales and categories from a weights.npz, not from the data.",
)
@click.option(
    "--resume/--restart",
    default=None,
    help="Go on from the last checkpoint, or leave it and begin anew.",
)
@CLUSTER
@BASELINES
@click.option("--report", is_flag=True, help="Make report.html in the run folder, as ann report.")
@options
def command(
    output: Output,
    config: str,
    overrides: tuple[str, ...],
    encoder: str | None,
    resume: bool | None,
    cluster: str | None,
    baselines: "Which",
    report: bool,
) -> None:
    """Train the network that CONFIG describes.

    Prints the path of its weights.npz; progress, the scores and the baselines go to standard error.
    """
    from ann_cli.config.read import load

    if cluster is not None:
        overrides = (*overrides, f"cluster.address={cluster}")
    checked = load(config, overrides)  # before pandas: a mistake in it is told at once
    if report:
        from ann_cli.report.page.charts import check_installed

        check_installed()

    from ann_cli.data.rows.memory import keep_freed
    from ann_cli.run import begin, compile_first

    if checked.data.stream is not True:  # which is asked for where memory counts most
        keep_freed()
    terminal = output.terminal
    with begin(
        checked, encoder=encoder, resume=resume, baselines=baselines, say=terminal.say
    ) as started:
        terminal.beginning(started)
        compile_first(started.trainer, len(started.data_set.training), terminal.say)
        with end_after_block(started, sys.argv[1:]):
            for _ in terminal.progress(started):
                pass
            run = started.finish()
    terminal.finished(run)
    if not output.as_json:
        output.data(f"{run.path}\n")  # also where the report cannot be written
    page = run.page
    if report:
        from ann_cli.cli.report import write_report

        write_report(output, run, page)
        terminal.say(f"report: {page}")
    if output.as_json:
        document = {"weights": str(run.path), "metrics": run.metrics}
        output.document(document | ({"report": str(page)} if report else {}))
