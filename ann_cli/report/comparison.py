"""A comparison on the terminal: a row a variation, within 80 columns."""

from collections.abc import Iterable, Iterator, Sequence
from math import log
from statistics import fmean
from typing import TypeVar

from ann_cli.errors import counted
from ann_cli.experiments.compare import SMALLEST, Comparison, Result
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.verdict import verdict
from ann_cli.report.numbers import places, with_interval
from ann_cli.report.terminal import Terminal, what
from ann_cli.tasks.metrics import METRICS

Came = TypeVar("Came")
"""What a training came to."""

BARS = "▁▂▃▄▅▆▇█"
CURVE = 8
"""Characters of a learning curve."""


def begin(terminal: Terminal, plan: Plan, jobs: int) -> None:
    """Say what will be trained on what."""
    terminal.say(what(plan.example))
    variations, seeds = len(plan.variations), len(plan.seeds)
    terminal.say(
        f"{counted(variations, 'variation')} × {counted(seeds, 'seed')}, "
        f"each up to {counted(plan.epochs, 'epoch')}, "
        f"{jobs} at a time; no files are written",
        "dim",
    )
    terminal.warn(plan.example.notes)


def progress(
    terminal: Terminal, outcomes: Iterable[tuple[int, Came]], total: int
) -> Iterator[tuple[int, Came]]:
    """Pass the outcomes on, drawing a bar where the stream is a terminal."""
    if terminal.quiet or not terminal.stream.isatty():
        yield from outcomes
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("trained"), MofNCompleteColumn(), BarColumn(None), Remaining(True))
    with Progress(*columns, console=terminal.console, transient=True) as bar:
        task = bar.add_task("", total=total)
        for outcome in outcomes:
            bar.advance(task)
            yield outcome


def show(terminal: Terminal, comparison: Comparison) -> None:
    """Show a row a variation, the best first, what the columns mean, and the verdict."""
    if terminal.quiet:
        return
    metric, results = comparison.metric, comparison.results
    columns = (
        METRICS[metric.name].label,
        METRICS[metric.beside].label,
        "from the best",
        "epochs, s to target",
        "dead, saturated",
        "learning",
    )
    rows = [
        (", ".join(result.variation.settings.values()), *_cells(comparison, result), curve)
        for result, curve in zip(results, sparklines(results), strict=True)
    ]
    terminal.show(heading(results[0]), columns, rows)
    for line in LEGEND:
        terminal.say(line, "dim")
    if not one_loss(results):
        terminal.warn(["the losses differ in kind: no target, and a scale for each curve"])
    terminal.say(verdict(comparison))


def heading(result: Result) -> str:
    """Return the keys that are varied; by their last words only, where these tell them apart."""
    keys = list(result.variation.settings)
    last = [key.removesuffix(".name").rpartition(".")[2] for key in keys]
    return ", ".join(last if len(set(last)) == len(last) else keys)


LEGEND = (
    "means over the seeds at the best epoch; from the best: paired, 95% intervals",
    "target: the validation loss that, with that seed, all that finished reached",
    f"learning: logarithm of the validation loss by epoch, from {BARS[-1]} high to {BARS[0]} low",
)


def _cells(comparison: Comparison, result: Result) -> list[str]:
    metric = comparison.metric
    if result.difference is None:
        return ["diverged", "", "", "", ""]
    decimals = decimals_of(comparison)
    difference, target = "", "-"
    if result.standing != "best":
        difference = with_interval(result.difference, f"{{:+,.{decimals}f}}".format)
    if result.epochs_to_target is not None:
        target = f"{result.epochs_to_target:.1f}, {result.seconds_to_target:.2f}"
    beside = result.mean(metric.beside)
    return [
        f"{result.mean(metric.name):,.{decimals}f}",
        "-" if beside is None else f"{beside:.3f}",
        difference,
        target,
        f"{result.mean('dead_units'):.0%}, {result.mean('saturated_units'):.0%}",
    ]


def decimals_of(comparison: Comparison) -> int:
    """Return the decimals that the metric that decides is shown with."""
    metric = comparison.metric.name
    best = comparison.results[0].mean(metric)
    return places(best or 0.0) if METRICS[metric].own_units else 3


def one_loss(results: Sequence[Result]) -> bool:
    """Whether the losses of all are of one kind, and can be set side by side."""
    return any(result.epochs_to_target is not None for result in results)


def sparklines(results: Sequence[Result]) -> list[str]:
    """Draw each result's learning curve; on one scale where the losses are of one kind."""
    epochs = max(len(result.curve) for result in results)
    curves = [binned(result.curve, epochs) for result in results]
    if not one_loss(results):
        return [sparkline(curve, curve) for curve in curves]
    # What diverged may have gone through losses of any size: it sets no scale.
    pairs = zip(results, curves, strict=True)
    scale = [value for result, curve in pairs if not result.diverged for value in curve]
    return [sparkline(curve, scale) for curve in curves]


def binned(losses: Sequence[float], epochs: int) -> list[float]:
    """Return the mean logarithms of the losses in equal parts of the epochs, one a bar."""
    width = min(CURVE, epochs)
    parts = (losses[bar * epochs // width : (bar + 1) * epochs // width] for bar in range(width))
    return [fmean(log(max(loss, SMALLEST)) for loss in part) for part in parts if part]


def sparkline(values: Sequence[float], scale: Sequence[float]) -> str:
    """Draw each value as a bar between the least and the greatest of a scale."""
    low, high = min(scale, default=0.0), max(scale, default=0.0)
    last = len(BARS) - 1
    heights = (round((value - low) / ((high - low) or 1.0) * last) for value in values)
    return "".join(BARS[min(max(height, 0), last)] for height in heights)
