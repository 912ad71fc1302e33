"""`ann predict`."""

from collections.abc import Iterator
from typing import Any

import click

from ann_cli.cli.arguments import DATA, FILE, QUERY, STRICT, THREADS, WEIGHTS
from ann_cli.cli.numbers import Share
from ann_cli.cli.output import Output, check_not_read, options
from ann_cli.cli.predicted_rows import (
    ENDINGS,
    FORMAT,
    SAFE_CSV,
    check_safe,
    checked_file,
    form_of,
    joined,
    printed_form,
    safe,
    show,
    write,
)
from ann_cli.errors import counted


@click.command(
    epilog="\b\nExample:\n  ann predict runs/house_prices/weights.npz datasets/house_prices.csv"
)
@WEIGHTS
@DATA
@click.option("--probabilities", is_flag=True, help="Add a column probability_<label> a class.")
@click.option(
    "--interval",
    type=Share(),
    metavar="LEVEL",
    help="Add prediction_low and prediction_high, between which this share of the actual values "
    "lies, such as 0.9; of classes prediction_set, the labels that the actual one is among.",
)
@click.option("--code", "shown", flag_value="code", help="The narrow layer of an autoencoder.")
@click.option(
    "--columns",
    "shown",
    flag_value="columns",
    help="Each column's share of an autoencoder's error.",
)
@click.option("--reconstruct", "shown", flag_value="reconstruct", help="Each row as it is rebuilt.")
@click.option("--append", is_flag=True, help="Keep the input's columns before the prediction.")
@click.option("--id", "identifier", metavar="COLUMN", help="Keep this column of the input.")
@FORMAT
@click.option(
    "-o",
    "--output",
    "file",
    type=FILE,
    metavar="FILE",
    callback=checked_file,
    help=f"Write them into FILE instead, of the kind that it ends in: {', '.join(ENDINGS)}.",
)
@SAFE_CSV
@QUERY
@STRICT
@THREADS
@options
def command(
    output: Output,
    weights: str,
    data: str,
    probabilities: bool,
    interval: float | None,
    shown: str | None,
    append: bool,
    identifier: str | None,
    form: str,
    file: str | None,
    safe_csv: bool,
    query: str | None,
    strict: bool,
) -> None:
    """Predict every row of DATA ("-" is standard input) with WEIGHTS.

    Prints a CSV with the column `prediction`, and one a quantile with loss: quantile, such as
    `prediction_0.95`; of an autoencoder `reconstruction_error` and `anomaly`, the share of the
    training rows whose error is not larger; of a map `unit`, its `row` and `column` from 0, and the
    `distance` to it. The rows keep their order. Memory does not grow with the size of DATA, but for
    --json. With -o it prints the path of FILE, which is replaced once all rows are in it.
    """
    from ann_cli.run import Predictions, load

    if file is None:
        form = printed_form(output, form, safe_csv)
    else:
        check_safe(form := form_of(file), safe_csv)
    if file is not None:
        check_not_read(file, [data, weights, f"{weights}/*"])
    model = load(weights)
    output.terminal.warn(model.notes)
    asked = (probabilities, append, identifier, strict, interval, shown or "", query)
    predictions = Predictions(model, data, *asked)
    frames: Iterator[Any] = iter(predictions)
    if form == "csv":
        frames = map(joined, frames)
    if safe_csv:
        frames = map(safe, frames)
    infinite: list[int] = []
    if file is not None:
        write(frames, file, model.number_format, infinite)
    else:
        show(output, frames, form, model.number_format, infinite)
    output.terminal.warn(predictions.notes())
    if infinite:
        of = "row without any known cell" if model.task.keeps_gaps else "prediction"
        why = "" if model.task.keeps_gaps else " beyond all numbers"
        output.terminal.warn([f"{counted(sum(infinite), of)}{why}: left empty"])
    if file is not None:
        output.document({"path": file}) if output.as_json else output.data(f"{file}\n")
