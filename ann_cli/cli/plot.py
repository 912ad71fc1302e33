"""`ann plot`."""

from pathlib import Path

import click

from ann_cli.cli.arguments import FILE
from ann_cli.cli.output import Output, check_writable, options
from ann_cli.cli.report import DATA, RUN

ENDINGS = (".svg", ".png")


@click.command(epilog="\b\nExample:\n  ann plot runs/house_prices --what curve -o curve.svg")
@RUN
@click.option(
    "--what",
    default="curve",
    show_default=True,
    metavar="NAME",
    help="Which chart of the report; another name than these lists them all.",
)
@DATA
@click.option(
    "-o",
    "--output",
    "path",
    type=FILE,
    metavar="FILE",
    required=True,
    help='A file that ends with .svg or .png; SVG on standard output with "-".',
)
@options
def command(output: Output, run: str, what: str, data: str | None, path: str) -> None:
    """Write one chart of a run's report to a file.

    Prints the path of the file. Needs packages of its own: pip install "ann-cli[report]".
    """
    from ann_cli.report.page.charts import check_installed, png, svg

    check_installed()
    if path == "-" and output.as_json:
        raise click.UsageError("-o - leaves standard output to the picture: no --json")
    if path != "-":
        if not path.lower().endswith(ENDINGS):
            raise click.UsageError(f"-o {path} ends neither with .svg nor with .png")
        check_writable(path, "name another file: -o FILE")
    from ann_cli.model.files import write
    from ann_cli.report.page.material import material
    from ann_cli.report.page.report import figure
    from ann_cli.run import Run

    found = Run.load(run)
    output.terminal.warn(found.notes)
    chart = figure(material(found, data), what).chart()
    if path == "-":
        output.data(svg(chart))
        return
    write(Path(path), png(chart) if path.lower().endswith(".png") else svg(chart).encode())
    if output.as_json:
        output.document({"figure": what, "file": path})
    else:
        output.data(f"{path}\n")
