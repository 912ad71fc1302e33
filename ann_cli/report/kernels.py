"""Kernels, and what a patch is worth, as little pictures of shades, or of numbers without them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from ann_cli.errors import counted
from ann_cli.report.numbers import score
from ann_cli.tasks.metrics import METRICS

SHADES = " ░▒▓█"
"""From the least to the greatest."""

KERNELS = 16
"""Kernels shown at most."""

Grid = Sequence[Sequence[float]]


def draws(stream: IO[str]) -> bool:
    """Whether a stream can show shades."""
    try:
        SHADES.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def kernel_lines(document: Mapping[str, Any], width: int, shades: bool) -> Iterator[str]:
    """Yield the lines of the kernels, beside each other; of several channels, those of each."""
    kernels = document["kernels"]
    channels = len(kernels[0][0][0])
    grids = [
        [[pixel[channel] for pixel in row] for row in kernel]
        for kernel in kernels[:KERNELS]
        for channel in range(channels)
    ]
    names = [
        f"{number}" if channels == 1 else f"{number}.{channel + 1}"
        for number in range(1, len(kernels[:KERNELS]) + 1)
        for channel in range(channels)
    ]
    most = max((abs(each) for grid in grids for row in grid for each in row), default=0.0) or 1.0
    light = "dark −, light +" if shades else "weights"
    yield f"kernels of {document['layer']}, from −{most:.3g} to {most:.3g} ({light}):"
    yield from beside(names, [drawn(grid, -most, most, shades) for grid in grids], width)
    if len(kernels) > KERNELS:
        yield f"… {len(kernels) - KERNELS:,} more kernels"


def occlusion_lines(document: Mapping[str, Any], shades: bool) -> Iterator[str]:
    """Yield the lines of what each patch is worth, by the first metric."""
    name, grid = next(iter(document["worse"].items()))
    known = [[0.0 if each is None else each for each in row] for row in grid]
    most, metric = max(map(max, known)), METRICS[name]
    size = document["patch"]
    change = "falls" if metric.more_is_better else "rises"
    yield (
        f"{metric.label} {change} by up to {score(name, most)} where a patch of {size} × {size} "
        f"pixels is the mean, on {counted(document['rows'], 'row')}:"
    )
    for row, line in zip(known, drawn(known, 0.0, most or 1.0, shades), strict=True):
        numbers = " ".join(f"{each + 0.0:7.4f}" for each in row)
        yield f"  {line}  {numbers}" if shades else f"  {numbers}"


def drawn(grid: Grid, low: float, high: float, shades: bool) -> list[str]:
    """Return a line a row: two characters of one shade a number, or the numbers."""
    if not shades:
        return ["".join(f"{each:6.2f}" for each in row) for row in grid]
    steps = len(SHADES)

    def shade(value: float) -> str:
        return SHADES[min(max(int((value - low) / (high - low) * steps), 0), steps - 1)] * 2

    return ["".join(map(shade, row)) for row in grid]


def beside(names: list[str], pictures: list[list[str]], width: int) -> Iterator[str]:
    """Yield pictures beside each other, as many as a line holds, each below its name."""
    size = max(len(pictures[0][0]), *map(len, names)) + 2
    across = max((width - 2) // size, 1)
    for start in range(0, len(pictures), across):
        yield "  " + "".join(name.ljust(size) for name in names[start : start + across]).rstrip()
        for lines in zip(*pictures[start : start + across], strict=True):
            # What is dark is no space at the end of a line, but a part of the picture.
            yield "  " + "".join(line.ljust(size) for line in lines).rstrip()
