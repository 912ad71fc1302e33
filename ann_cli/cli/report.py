"""`ann report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ann_cli.cli.arguments import FILE, here_or_example
from ann_cli.cli.output import Output, check_not_read, check_writable, named_files, options

if TYPE_CHECKING:
    from ann_cli.run import Run

RUN = click.argument("run", type=FILE)
DATA = click.option(
    "--data",
    type=FILE,
    metavar="CSV",
    callback=here_or_example,
    help="Rows to look at instead of the run's own; they have the target.",
)
LEFT_OUT = "what shows rows is left out, and --data names a CSV to look at instead"


@click.command(epilog="\b\nExample:\n  ann report runs/house_prices")
@RUN
@DATA
@click.option("--open", "opened", is_flag=True, help="Show it in the browser.")
@click.option("--charts", type=FILE, metavar="DIR", help="Write each chart as SVG and PNG, too.")
@click.option(
    "-o",
    "--output",
    "path",
    type=FILE,
    metavar="FILE",
    help='Write it to this file, or to standard output ("-"), not to report.html in RUN.',
)
@options
def command(
    output: Output, run: str, data: str | None, opened: bool, charts: str | None, path: str | None
) -> None:
    """Make one page of what a training came to, as report.html in its folder RUN.

    The page holds the scores beside the baselines, what to be careful about, the learning curves,
    what predictions follow, the network drawn, and how to make the run again. It works offline and
    in every browser. What shows rows is looked at with those that judged the run, as its config
    names them, or with those of --data.

    Prints the path of the page. Needs packages of its own: pip install "ann-cli[report]".
    """
    from ann_cli.report.page.charts import begin_runtime, check_installed

    check_installed()
    if path == "-" and (output.as_json or opened):
        raise click.UsageError("-o - leaves standard output to the page: no --json, no --open")
    begin_runtime()
    from ann_cli.run import Run

    found = Run.load(run)
    output.terminal.warn(found.notes)
    page = Path(path) if path else found.page
    if path != "-":
        check_writable(str(page), "name another file: -o FILE")
        own = [str(each) for each in found.page.parent.iterdir() if each != found.page]
        check_not_read(str(page), [*own, *named_files(found.model.config), data or ""])
    told = write_report(output, found, page, data, charts)
    if path == "-":
        return
    if output.as_json:
        output.document(told)
    else:
        output.data(f"{page}\n")
    if opened and click.launch(str(page.resolve())):
        output.terminal.warn([f"no browser was found here; open {page} in one"])


def write_report(
    output: Output,
    run: "Run",
    page: Path,
    data: str | None = None,
    charts: str | None = None,
) -> dict[str, Any]:
    """Write the report of a run, and its charts where a folder is named for them.

    Returns what --json tells of it.
    """
    from ann_cli.engine.network import PREDICTED_ROWS
    from ann_cli.model.environment import threads_side_by_side
    from ann_cli.report.page.charts import begin_runtime, write_charts
    from ann_cli.report.page.material import material
    from ann_cli.report.page.report import figures, report, shown

    begin_runtime()
    with threads_side_by_side(run.model.member, PREDICTED_ROWS):
        seen = material(run, data)
        if seen.missing:
            output.terminal.warn([f"{seen.missing}; {LEFT_OUT}"])
        sections = shown(seen)
        html = report(seen, sections)
    if page == Path("-"):
        output.data(html)
    else:
        from ann_cli.model.files import write

        write(page, html.encode("utf-8", "backslashreplace"))
    every = figures(sections)
    files = write_charts(Path(charts), every) if charts is not None else []
    return {"report": str(page), "figures": list(every), "charts": [str(each) for each in files]}
