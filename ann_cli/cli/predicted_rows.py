"""Predicted rows as text, or in a file of the kind that its name ends in."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import click

from ann_cli.cli.output import Output, check_writable

ENDINGS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "Parquet",
    ".feather": "Feather",
}
"""The form of a file by its ending; the last two are no text, and need the extra `parquet`."""


def form_of(file: str) -> str:
    """Return the form of a file that its name asks for."""
    return ENDINGS[Path(file).suffix.lower()]


def checked_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return where predictions are to be written, once nothing known stands against it."""
    if value is None:
        return None
    if Path(value).suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{value!r} ends in none of {', '.join(ENDINGS)}")
    if form_of(value) not in ("csv", "jsonl"):
        from ann_cli.data.formats.kinds import check_installed

        check_installed("pyarrow", form_of(value), "parquet", value)
    check_writable(value)
    return value


FORMAT = click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
SAFE_CSV = click.option(
    "--safe-csv", is_flag=True, help="Put a ' before texts that a spreadsheet would calculate."
)


def printed_form(output: Output, form: str, safe_csv: bool) -> str:
    """Return the form in which rows are printed: with --json one document.

    Raises UsageError where safe texts are asked for of what is no CSV.
    """
    form = "json" if output.as_json else form
    check_safe(form, safe_csv)
    return form


def check_safe(form: str, safe_csv: bool) -> None:
    """Raise UsageError where safe texts are asked for of what is no CSV."""
    if safe_csv and form != "csv":
        raise click.UsageError("--safe-csv is for a CSV, and another form was asked for")


def show(
    output: Output,
    frames: Iterator[Any],
    form: str,
    number: Callable[[str], str],
    infinite: list[int],
    called: str = "predictions",
) -> None:
    """Print frames as rows; in a JSON document the rows are `called` something."""
    texts = written(frames, form, number, infinite, called)
    if form == "json":
        texts = iter(["".join(texts)])  # nothing before all is well: it is a document or an error
    for text in texts:
        output.data(text)


def write(
    frames: Iterator[Any], file: str, number: Callable[[str], str], infinite: list[int]
) -> None:
    """Write predicted rows into a file, which is replaced once all are in it."""
    from ann_cli.model.files import replacing

    form = form_of(file)
    with replacing(Path(file)) as stream:
        if form in ("csv", "jsonl"):
            for text in written(frames, form, number, infinite):
                stream.write(text.encode("utf-8", "surrogateescape"))
            return
        from ann_cli.data.formats.arrow import write as write_arrow

        if beyond := write_arrow(frames, stream, form, file):
            infinite.append(beyond)


FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection")."""

NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")


def joined(frame: Any) -> Any:
    """Return a frame whose last column, where it has sets of labels, is of texts."""
    last = frame.columns[-1]
    texts = ["|".join(each) if isinstance(each, list) else each for each in frame[last]]
    return frame.assign(**{last: texts}) if frame[last].dtype.kind == "O" else frame


def safe(frame: Any) -> Any:
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
    if not isinstance(text, str):  # an empty cell
        return text
    formula = text.startswith(FORMULA) and not NUMBER.fullmatch(text)
    return f"'{text}" if formula else text


def written(
    frames: Iterator[Any],
    form: str,
    number: Callable[[str], str],
    infinite: list[int],
    called: str = "predictions",
) -> Iterator[str]:
    """Yield the text of frames; in JSON the rows are `called` something."""
    before = {"csv": "", "jsonl": "", "json": f'{{"{called}": [\n'}[form]
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
