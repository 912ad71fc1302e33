"""`ann predict`."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import click

from ann_cli.cli.arguments import DATA, QUERY, STRICT, THREADS, WEIGHTS
from ann_cli.cli.output import Output, options
from ann_cli.errors import counted


@click.command(
    epilog="\b\nExample:\n  ann predict runs/house_prices/weights.npz datasets/house_prices.csv"
)
@WEIGHTS
@DATA
@click.option("--probabilities", is_flag=True, help="Add a column probability_<label> a class.")
@click.option(
    "--interval",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
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
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option(
    "--safe-csv", is_flag=True, help="Put a ' before texts that a spreadsheet would calculate."
)
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
    safe_csv: bool,
    query: str | None,
    strict: bool,
) -> None:
    """Predict every row of DATA ("-" is standard input) with WEIGHTS.

    Prints a CSV with the column `prediction`, and one a quantile with loss: quantile, such as
    `prediction_0.95`; of an autoencoder `reconstruction_error` and `anomaly`, the share of the
    training rows whose error is not larger; of a map `unit`, its `row` and `column` from 0, and the
    `distance` to it. The rows keep their order. Memory does not grow with
    the size of DATA, but for --json.
    """
    from ann_cli.run import Predictions, load

    if safe_csv and (output.as_json or form != "csv"):
        raise click.UsageError("--safe-csv is for a CSV, and JSON was asked for")
    model = load(weights)
    output.terminal.warn(model.notes)
    asked = (probabilities, append, identifier, strict, interval, shown or "", query)
    predictions = Predictions(model, data, *asked)
    frames: Iterator[Any] = iter(predictions)
    if form == "csv" and not output.as_json:
        frames = map(_joined, frames)
    if safe_csv:
        frames = map(_safe, frames)
    infinite: list[int] = []
    texts = written(frames, "json" if output.as_json else form, model.number_format, infinite)
    if output.as_json:
        texts = iter(["".join(texts)])  # nothing before all is well: it is one document or an error
    for text in texts:
        output.data(text)
    output.terminal.warn(predictions.notes())
    if infinite:
        of = "row without any known cell" if model.task.keeps_gaps else "prediction"
        why = "" if model.task.keeps_gaps else " beyond all numbers"
        output.terminal.warn([f"{counted(sum(infinite), of)}{why}: left empty"])


FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection")."""

NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


def _joined(frame: Any) -> Any:
    """Return a frame whose last column, where it has sets of labels, is of texts."""
    last = frame.columns[-1]
    texts = ["|".join(each) if isinstance(each, list) else each for each in frame[last]]
    return frame.assign(**{last: texts}) if frame[last].dtype.kind == "O" else frame


def _safe(frame: Any) -> Any:
    """Return a frame whose names and texts no spreadsheet calculates; numbers stay as they are."""
    texts = {
        name: frame[name].map(_guarded) for name in frame if frame[name].dtype.kind not in "biuf"
    }
    names: dict[str, None] = {}
    for name in map(_guarded, frame):
        while name in names:  # '=a may stand beside =a
            name = f"'{name}"
        names[name] = None
    return frame.assign(**texts).set_axis(list(names), axis=1)


def _guarded(text: Any) -> Any:
    if not isinstance(text, str):  # a map's unit, or none
        return text
    formula = text.startswith(FORMULA) and not NUMBER.fullmatch(text)
    return f"'{text}" if formula else text


def written(
    frames: Iterator[Any], form: str, number: Callable[[str], str], infinite: list[int]
) -> Iterator[str]:
    before = {"csv": "", "jsonl": "", "json": '{"predictions": [\n'}[form]
    for frame in frames:
        columns = [_cells(frame[name], form, number(name), infinite) for name in frame]
        rows = zip(*columns, strict=True)
        if form == "csv":
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            if not before:
                writer.writerow(frame.columns)
            writer.writerows(rows)
            yield text.getvalue()
            before = "\n"
        elif len(frame):
            names = list(frame)
            lines = (
                json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows
            )
            yield before + (",\n" if form == "json" else "\n").join(lines)
            before = ",\n" if form == "json" else "\n"
    yield {"csv": "", "jsonl": "\n", "json": "\n]}\n"}[form]


def _cells(column: Any, form: str, number: str, infinite: list[int]) -> list[Any]:
    """Return the cells as written; numbers in a format, or with all digits where it is "".

    What is no finite number is an empty cell, and is counted in `infinite`.
    """
    if column.dtype.kind != "f":
        return column.tolist()
    values = column.tolist()
    cells: list[Any] = list(map(number.__mod__, values) if number else map(repr, values))
    bad = (column.isna() | column.abs().eq(inf)).to_numpy()
    if form != "csv":
        cells = list(map(float, cells))
    if bad.any():
        infinite.append(int(bad.sum()))
        empty = "" if form == "csv" else None
        cells = [empty if one else cell for cell, one in zip(cells, bad.tolist(), strict=True)]
    return cells
