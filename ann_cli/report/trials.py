"""The trials of a brute-force search as pictures: a curve for one parameter, a map for two."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from ann_cli.report.layout import cells

if TYPE_CHECKING:
    from ann_cli.run import Run

COLUMNS, LINES = 60, 16
"""Cells and lines that a picture takes at most, beside its labels."""

BESIDE = 12
"""Cells of the labels to its left."""

SHADES = " ░▒▓█"
POINT, LOWEST = "•", "◆"


def found(run: "Run", room: int) -> Iterator[str]:
    """Yield what a search tried, as far as it can be drawn, and what it found."""
    best, names = run.metrics["brute_force"], labels(run)
    if best["trials"] == len(run.history):
        yield from picture(run.history, names, room)
    values = ", ".join(f"{names[name]} = {value:g}" for name, value in best["parameters"].items())
    yield f"lowest loss {best['loss']:.4g} at {values}"


def labels(run: "Run") -> dict[str, str]:
    """Return what a search's parameters are called: by their feature where there are no others."""
    labels = {name: name for name in run.metrics["brute_force"]["parameters"]}
    if len(run.model.member.layers) > 1 or run.model.network.outputs > 1:
        return labels
    features = {
        f"layers.0.weights.{at}.0": f"weight of {name}"
        for at, name in enumerate(run.model.encoder.inputs)
    }
    named = {**features, "layers.0.bias.0": "bias"}
    return {name: named[name] for name in labels}


def picture(
    history: Sequence[Mapping[str, float]], labels: Mapping[str, str], room: int = 80
) -> list[str]:
    """Return the lines of the picture; none where there are more than two parameters.

    `history` holds every trial, in order; `labels` says what a parameter is called. The picture has
    lines of `room` cells at most; words below it may have more.
    """
    names = [name for name in history[0] if name not in ("epoch", "loss")]
    if len(names) not in (1, 2):
        return []
    losses = {tuple(each[name] for name in names): each["loss"] for each in history}
    if not any(map(isfinite, losses.values())):
        return []
    shown = [labels.get(name, name) for name in names]
    most = max(1, min(COLUMNS, room - BESIDE))
    return _curve(losses, shown[0], most) if len(names) == 1 else _map(losses, shown, most)


def _curve(losses: Mapping[tuple[float, ...], float], label: str, most: int) -> list[str]:
    """Return the loss over one parameter; of points in one column the lowest is drawn."""
    values = [value for (value,) in losses]
    width = min(len(values), most)
    columns = _pooled(list(losses.values()), width)
    finite = [loss for loss in columns if isfinite(loss)]
    low, high = min(finite), max(finite)
    step = (high - low) / (LINES - 1) or 1.0
    heights = [round((loss - low) / step) if isfinite(loss) else LINES for loss in columns]
    best = columns.index(low)
    spread = most // width
    lines = []
    for height in range(LINES - 1, -1, -1):
        number = f"{low + height * step:.4g}" if height % 5 == 0 else ""
        points = [
            (LOWEST if at == best else POINT) if each == height else " "
            for at, each in enumerate(heights)
        ]
        lines.append(f"{number:>10} │{_wide(points, spread)}".rstrip())
    width = (width - 1) * spread + 1
    lines.append(f"{'loss':>10} └{'─' * width}")
    return [*lines, *_axis(values[0], label, values[-1], width)]


def _map(losses: Mapping[tuple[float, ...], float], labels: Sequence[str], most: int) -> list[str]:
    """Return shades over two parameters: a fifth of the cells each, the fullest the highest loss.

    The first parameter goes upward, the second to the right; of points in one cell the lowest
    counts.
    """
    ups, rights = (sorted({pair[at] for pair in losses}) for at in (0, 1))
    width, height = min(len(rights), most), min(len(ups), LINES + 4)
    rows = [_pooled([losses[up, right] for right in rights], width) for up in ups]
    cells = [list(map(min, zip(*part, strict=True))) for part in _parts(rows, height)]
    ranked = sorted(cell for row in cells for cell in row)
    bounds = [ranked[len(ranked) * at // len(SHADES)] for at in range(1, len(SHADES))]
    spread = most // width
    lines = []
    for at in range(height - 1, -1, -1):
        number = {height - 1: f"{ups[-1]:.4g}", 0: f"{ups[0]:.4g}"}.get(at, "")
        shades = [SHADES[sum(cell >= bound for bound in bounds)] * spread for cell in cells[at]]
        if ranked[0] in cells[at]:
            shades[cells[at].index(ranked[0])] = f"{LOWEST:^{spread}}"
        lines.append(f"{number:>10} │{''.join(shades)}".rstrip())
    lines.append(f"{'':>10} └{'─' * (width * spread)}")
    lines += _axis(rights[0], labels[1], rights[-1], width * spread)
    caption = f"upward {labels[0]}; the fuller, the more loss: {ranked[0]:.4g} to {ranked[-1]:.4g}"
    return [*lines, " " * BESIDE + caption]


def _parts(values: Sequence[list[float]], count: int) -> list[Sequence[list[float]]]:
    """Return the values in `count` stretches of about one length."""
    size = len(values)
    return [values[size * at // count : size * (at + 1) // count] for at in range(count)]


def _pooled(losses: Sequence[float], count: int) -> list[float]:
    size = len(losses)
    return [min(losses[size * at // count : size * (at + 1) // count]) for at in range(count)]


def _wide(points: Sequence[str], spread: int) -> str:
    return (" " * (spread - 1)).join(points)


def _axis(first: float, label: str, last: float, width: int) -> list[str]:
    """Return what stands below a picture: its ends and, between or below them, its label."""
    left, right, indent = f"{first:.4g}", f"{last:.4g}", " " * BESIDE
    between = width - cells(left) - cells(right)
    if cells(label) + 2 > between:
        return [f"{indent}{left}{' ' * max(between, 1)}{right}", f"{indent}{label}"]
    spare = between - cells(label)
    return [f"{indent}{left}{' ' * (spare // 2)}{label}{' ' * (spare - spare // 2)}{right}"]
