"""An inspected network, for a person: what its units look at, and what they do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ann_cli.errors import counted
from ann_cli.insight.units import SATURATED_ROWS
from ann_cli.report.kernels import draws, kernel_lines, occlusion_lines
from ann_cli.report.machines import show_machine
from ann_cli.report.maps import show_map
from ann_cli.report.numbers import Row, cut, number, score
from ann_cli.report.recommendations import show_recommender
from ann_cli.tasks.metrics import METRICS

if TYPE_CHECKING:
    from ann_cli.report.terminal import Terminal

UNITS = 8
"""Units shown of each layer, at most."""

MOST_SERIES = 10
"""Series shown, at most."""

INPUTS = 3
"""Inputs shown that a unit looks at most."""

KINDS = {
    "dead": "slope 0 on every row",
    "saturated": f"near a limit on {SATURATED_ROWS:.0%} of rows",
}

STATES = {
    "dead": "state near 0 at every step",
    "saturated": f"near a limit at {SATURATED_ROWS:.0%} of the later steps",
}
"""The same of units whose state goes from step to step."""

ORIGIN = re.compile(r"(unit|number) \d+ of (layer [\d.]+)")
"""What an input is called that a layer gives."""

Document = Mapping[str, Any]


def show_inspection(terminal: "Terminal", document: Document) -> None:
    """Show the layers, what each unit looks at, which weights are 0, and what `data` tells."""
    if "users" in document:
        show_recommender(terminal, document)
        return
    if "grid" in document:
        show_map(terminal, document)
        return
    if "visible" in document:
        show_machine(terminal, document)
        return
    layers = document["layers"]
    if document["networks"] > 1:
        terminal.say(f"The layers are those of the first of {document['networks']} networks.")
    terminal.show("layer", ["activation", "units", "weights", "zero weights"], map(_layer, layers))
    layers = [layer for layer in layers if layer["weights"] is not None]
    for layer in layers:
        before = _shared_origin(layer["inputs"])
        terminal.show(
            layer["name"],
            [f"{before} it looks at most", "discarded"],
            cut(_units(layer, before), UNITS, "units", len(layer["units"])),
        )
    _show_kernels(terminal, document["kernels"])
    terminal.say("Shares are of the sizes of a unit's weights; inputs are scaled alike.", "dim")
    for sentence in _discarded(document):
        terminal.say(sentence)
    if "data" in document:
        _show_data(terminal, document["data"])


def _show_kernels(terminal: "Terminal", document: Document | None) -> None:
    if document is None:
        return
    for line in kernel_lines(document, terminal.width, draws(terminal.stream)):
        terminal.say(line)


def _show_data(terminal: "Terminal", document: Document) -> None:
    layers = document["layers"]
    title = f"on {counted(document['rows'], 'row')}"
    terminal.show(title, ["units", "dead", "saturated", "activations at 0"], map(_activity, layers))
    for layer in layers:
        for kind, where in (STATES if layer["has_state"] else KINDS).items():
            if layer[kind]:
                units = _listed(layer[kind], UNITS)
                terminal.say(f"{kind} in {layer['name']} ({where}): {units}.")
    columns = ["mean", "std", "5%", "25%", "median", "75%", "95%"]
    terminal.show("activations", columns, map(_distribution, layers))
    if document["importance"] is not None:
        _show_importance(terminal, document)
    if document["occlusion"] is not None:
        for line in occlusion_lines(document["occlusion"], draws(terminal.stream)):
            terminal.say(line)
    _show_series(terminal, document)


def _show_series(terminal: "Terminal", document: Document) -> None:
    """Show when a forecast is off, and how long its units remember."""
    terminal.details(document)
    if each_series := document.get("by_series"):
        shown = sorted(each_series, key=lambda each: -each["mase"])
        terminal.show(
            "by series, the worst first",
            ["windows", METRICS["mase"].label],
            [
                (one["series"], f"{one['windows']:,}", score("mase", one["mase"]))
                for one in shown[:MOST_SERIES]
            ],
        )
        terminal.say(
            f"{METRICS['mase'].label} of {len(shown):,} series that count "
            f"alike: {score('mase', document['mase_of_series'])}; over all windows a series with "
            "more of them counts more.",
            "dim",
        )
    for part in ("hour", "month"):
        if rows := document.get(f"by_{part}"):
            mase = METRICS["mase"]
            shown = [(f"{each[part]}", score(mase.name, each[mase.name])) for each in rows]
            terminal.show(f"by {part} predicted", [mase.label], shown)
    for layer in document.get("memory", ()):
        lives = sorted(layer["half_life"])
        low, middle, high = (lives[at] for at in (0, len(lives) // 2, -1))
        terminal.say(
            f"Units of {layer['name']} forget half of their state in {number(low, 2)} to "
            f"{number(high, 2)} steps, {number(middle, 2)} in the middle."
        )


def _show_importance(terminal: "Terminal", document: Document) -> None:
    importance = document["importance"]
    metrics = [name for name in importance[0] if name != "column"]
    columns = [
        f"{METRICS[name].label} {'falls' if METRICS[name].more_is_better else 'rises'} by"
        for name in metrics
    ]
    rows = [
        (each["column"], *(_interval(name, each[name]) for name in metrics)) for each in importance
    ]
    terminal.show("importance", columns, rows)
    terminal.say(
        f"Each column's cells in a random order, {document['repeats']} times, on "
        f"{counted(document['rows_with_target'], 'row')}; "
        "± reaches to the ends of a 95% interval.",
        "dim",
    )


def _layer(layer: Document) -> Row:
    if layer["weights"] is None:
        return layer["name"], layer["activation"], f"{layer['outputs']:,}", "-", "-"
    count = len(layer["units"]) * len(layer["inputs"])
    zero = layer["zero_weights"]
    share = f" ({zero / count:.0%})" if zero else ""
    return (
        layer["name"],
        layer["activation"],
        f"{len(layer['units']):,}",
        f"{count:,}",
        f"{zero:,}{share}",
    )


def _shared_origin(inputs: Sequence[str]) -> str:
    """Return what all inputs are: "units of layer 1"; of a table's columns "inputs"."""
    named = map(ORIGIN.fullmatch, inputs)
    origins = {f"{each[1]}s of {each[2]}" if each else "inputs" for each in named}
    return origins.pop() if len(origins) == 1 else "inputs"


def _units(layer: Document, before: str) -> Iterator[Row]:
    _, of, origin = before.partition(" of ")
    names = [name.removesuffix(of + origin) for name in layer["inputs"]]
    for unit, weights in zip(layer["units"], zip(*layer["weights"], strict=True), strict=True):
        sizes = [abs(weight) for weight in weights]
        whole = sum(sizes) or 1
        greatest = sorted(range(len(sizes)), key=lambda at: -sizes[at])[:INPUTS]
        most = [f"{names[at]} {_share(sizes[at] / whole)}" for at in greatest if sizes[at]]
        yield unit["name"], ", ".join(most) or "-", f"{len(unit['discarded']):,} of {len(sizes):,}"


def _discarded(document: Document) -> Iterator[str]:
    """Yield in words what the weights that are 0 mean, for the layer that sees the inputs."""
    first = next(layer for layer in document["layers"] if layer["weights"] is not None)
    if not any(layer["zero_weights"] for layer in document["layers"]):
        every = all(layer["weights"] is not None for layer in document["layers"])
        seen = "No weight is exactly 0: every unit looks at every input."
        seen = seen if every else "No weight of a dense layer is exactly 0."
        yield f"{seen} l1 in the config makes 0s."
    units = [unit for unit in first["units"] if unit["discarded"]]
    for unit in units[:UNITS]:
        seen = f"{_listed(unit['looks_at'], UNITS)} only" if unit["looks_at"] else "nothing"
        yield f"{unit['name']} of {first['name']} looks at {seen}."
    if document["unused_inputs"]:
        yield f"No unit looks at {_listed(document['unused_inputs'], UNITS)}."


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else "<1%"


def _activity(layer: Document) -> Row:
    counts = (layer["units"], len(layer["dead"]), len(layer["saturated"]))
    return layer["name"], *(f"{count:,}" for count in counts), f"{layer['zero']:.0%}"


def _distribution(layer: Document) -> Row:
    told = [layer["mean"], layer["standard_deviation"], *layer["quantiles"].values()]
    return layer["name"], *("-" if each is None else number(each, 3) for each in told)


def _interval(metric: str, interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return "-"
    reach = interval["high"] - interval["mean"]
    return f"{score(metric, interval['mean'])} ± {score(metric, reach)}"


def _listed(names: Sequence[str], most: int) -> str:
    """Return "a, b and c", or the first few and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
