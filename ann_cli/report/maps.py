"""A self-organizing map, for a person: its borders, where rows and labels lie, its regions."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from ann_cli.errors import counted
from ann_cli.report.kernels import beside, drawn, draws
from ann_cli.report.layout import one_line
from ann_cli.report.numbers import score

if TYPE_CHECKING:
    from ann_cli.report.terminal import Terminal

PLANES = 12
"""Component planes that are drawn, at most: those of the columns first that differ most."""

NAME = 30
"""Characters of a name over a picture, at most."""

LABELS = 4
"""Labels of a region that are named, at most."""

Document = Mapping[str, Any]
Grid = list[list[float]]


def show_map(terminal: "Terminal", document: Document) -> None:
    """Show the U-matrix, the rows and labels, the component planes, regions and labels."""
    rows, columns = document["grid"]
    hits = [unit["rows"] for unit in document["units"]]
    empty = sum(not each for each in hits)
    terminal.say(
        f"{rows} × {columns} units, {document['topology']}; {counted(sum(hits), 'training row')}; "
        f"{counted(empty, 'unit')} without any."
    )
    if rows * columns > 1:
        for line in _pictures(document, terminal.width, draws(terminal.stream)):
            terminal.say(line)
    terminal.show(
        "region",
        ["units", "rows", "labels", "what sets it apart"],
        map(_region, document["regions"]),
    )
    if document["labels"]:
        heads = ["rows", "units", "of its rows in these"]
        terminal.show("label", heads, map(_label, document["labels"]))
    if "data" in document:
        _show_data(terminal, document)


def _pictures(document: Document, width: int, shades: bool) -> Iterator[str]:
    """Yield the lines of all pictures; with shades what is low is dark."""
    heights = [unit["height"] for unit in document["units"]]
    hits = [float(unit["rows"]) for unit in document["units"]]
    names = [f"U-matrix, {min(heights):.3g} to {max(heights):.3g}", f"rows, 0 to {max(hits):.0f}"]
    low = min(heights)
    pictures = [
        _drawn(document, values, least, max(values), shades)
        for values, least in ((heights, low), (hits, 0.0))
    ]
    labels = [each["label"] for each in document["labels"]][: len(ascii_uppercase)]
    found = dict(zip(labels, ascii_uppercase, strict=False))
    if found and len(document["labels"]) == len(found):
        names.append("labels")
        pictures.append(_lettered(document, found))
    yield ""
    yield from beside(names, pictures, width)
    if len(names) > 2:
        told = ", ".join(f"{letter} {one_line(str(name))}" for name, letter in found.items())
        yield f"  labels: {told}; · no row with one"
    yield "  U-matrix: how far a unit is from its neighbours; light is a border."
    planes = _most_different(document)
    names, pictures = [], []
    for each in planes:
        values = each["values"]
        low, high = min(values), max(values)
        names.append(_called(each, low, high))
        pictures.append(_drawn(document, values, low, high, shades))
    if pictures:
        yield ""
        yield from beside(names, pictures, width)
    if len(document["planes"]) > len(planes):
        yield f"  … {len(document['planes']) - len(planes):,} more planes; --json has all"


def _most_different(document: Document) -> list[Document]:
    """Return the planes that are drawn, in the order of the columns."""
    every = document["planes"]
    if len(every) <= PLANES:
        return list(every)
    named = [one["plane"] for region in document["regions"] for one in region["apart"]]
    first = sorted(range(len(every)), key=lambda at: (_plane_name(every[at]) not in named, at))
    return [every[at] for at in sorted(first[:PLANES])]


def _plane_name(plane: Document) -> str:
    return plane["column"] if plane["value"] is None else f"{plane['column']} = {plane['value']}"


def _called(plane: Document, low: float, high: float) -> str:
    """Return what stands over a plane: its name and its ends."""
    name = one_line(_plane_name(plane))
    name = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    if plane["kind"] == "date":
        return name
    if plane["kind"] == "share":
        return f"{name}, {low:.0%} to {high:.0%}"
    return f"{name}, {low:.4g} to {high:.4g}"


def _drawn(
    document: Document, values: Sequence[float], low: float, high: float, shades: bool
) -> list[str]:
    _, columns = document["grid"]
    rows = [list(values[at : at + columns]) for at in range(0, len(values), columns)]
    return _shifted(document, drawn(rows, low, high if high > low else low + 1, shades))


def _lettered(document: Document, letters: Mapping[str, str]) -> list[str]:
    _, columns = document["grid"]
    cells = [letters.get(unit["label"], "·") * 2 for unit in document["units"]]
    rows = ["".join(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    return _shifted(document, rows)


def _shifted(document: Document, lines: list[str]) -> list[str]:
    """Return lines of which every other one begins half a unit to the right where units do."""
    if document["topology"] != "hexagonal":
        return lines
    return [f" {line}" if at % 2 else f"{line} " for at, line in enumerate(lines)]


def _region(region: Document) -> tuple[str, ...]:
    most = sorted(region["labels"].items(), key=lambda each: -each[1])
    told = [f"{one_line(str(name))} {count:,}" for name, count in most[:LABELS] if count]
    apart = "; ".join(one_line(each["text"]) for each in region["apart"])
    shown = (f"{region['units']:,}", f"{region['rows']:,}", ", ".join(told) or "-", apart or "-")
    return (str(region["region"]), *shown)


def _label(label: Document) -> tuple[str, ...]:
    share = f"{label['in_own_units'] / label['rows']:.1%}" if label["rows"] else "-"
    return (str(label["label"]), f"{label['rows']:,}", f"{label['units']:,}", share)


def _show_data(terminal: "Terminal", document: Document) -> None:
    data = document["data"]
    hits = [float(each) for each in data["hits"]]
    if "quantization_error" in data:
        terminal.say(
            f"{counted(data['rows'], 'row')} of --data: distance "
            f"{score('quantization_error', data['quantization_error'])}, torn "
            f"{score('topographic_error', data['topographic_error'])}."
        )
    shades = draws(terminal.stream)
    for line in beside(
        [f"rows of --data, 0 to {max(hits):.0f}"],
        [_drawn(document, hits, 0.0, max(hits), shades)],
        terminal.width,
    ):
        terminal.say(line)
