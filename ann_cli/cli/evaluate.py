"""`ann evaluate`."""

from typing import Any

import click

from ann_cli.cli.arguments import DATA, STRICT, THREADS, WEIGHTS
from ann_cli.cli.output import Output, options
from ann_cli.errors import counted


@click.command(
    epilog="\b\nExample:\n  ann evaluate runs/house_prices datasets/house_prices.csv --json"
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
    found = evaluate(model, data, strict)
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
    lines = [
        f"{name},{'' if value is None else format(value, '.9g')}" for name, value in scores.items()
    ]
    output.data("\n".join(["metric,value", *lines, ""]))
