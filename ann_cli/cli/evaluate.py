"""`ann evaluate`."""

import click

from ann_cli.cli.arguments import DATA, STRICT, THREADS, WEIGHTS
from ann_cli.cli.output import Output, options
from ann_cli.errors import counted


@click.command(
    epilog="\b\nExample:\n"
    "  ann evaluate runs/house_prices/weights.npz datasets/house_prices.csv --json"
)
@WEIGHTS
@DATA
@STRICT
@THREADS
@options
def command(output: Output, weights: str, data: str, strict: bool) -> None:
    """Score the predictions of WEIGHTS on DATA, which has the target.

    Prints a CSV with the columns metric and value, or {"rows": …, "metrics": {…}} with --json.
    """
    from ann_cli.run import evaluate, load

    model = load(weights)
    output.terminal.warn(model.notes)
    rows, scores, notes = evaluate(model, data, strict)
    output.terminal.warn(notes)
    output.terminal.table(f"on {counted(rows, 'row')}", {"network": scores})
    if output.as_json:
        output.document({"rows": rows, "metrics": scores})
        return
    lines = [
        f"{name},{'' if value is None else format(value, '.9g')}" for name, value in scores.items()
    ]
    output.data("\n".join(["metric,value", *lines, ""]))
