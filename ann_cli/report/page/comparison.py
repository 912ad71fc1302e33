"""The page of a comparison: who is best, how each learned, and what makes it again."""

from collections.abc import Iterator, Sequence

from ann_cli.config.plain_config import as_yaml
from ann_cli.errors import counted
from ann_cli.experiments.compare import Comparison, Result
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.verdict import verdict
from ann_cli.model.environment import environment
from ann_cli.report.comparison import decimals_of, heading
from ann_cli.report.layout import printable
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.comparison_charts import (
    MOST_NAMES,
    curve_figures,
    differences,
    scores,
    unit_shares,
)
from ann_cli.report.page.page import page
from ann_cli.report.terminal import what
from ann_cli.tasks.metrics import METRICS

Shown = tuple[str, Result]
"""A result, and what it is called: no two are called the same."""


def comparison_page(comparison: Comparison, plan: Plan, command: str) -> str:
    """Return the HTML of a comparison's page; `command` is what was typed."""
    shown = named(comparison.results)
    what_varied = " and ".join(comparison.results[0].variation.settings)
    sections: list[tuple[str, str, Sequence[Block]]] = [
        ("verdict", "Which is best", list(_verdict(comparison, shown))),
        ("learning", "How each learned", list(_learning(comparison, shown))),
        ("units", "Units that do nothing", list(_units(shown))),
        ("setup", "What was trained on what", list(_setup(plan, command))),
    ]
    about = f"{what(plan.example)}. Each is trained with {counted(len(plan.seeds), 'seed')}."
    return page(
        printable(f"{what_varied}: {counted(len(shown), 'variation')} compared"),
        printable(about),
        [each for each in sections if each[2]],
    )


def named(results: Sequence[Result]) -> list[Shown]:
    """Return each result with its name, and a number where another has the same."""
    found: list[Shown] = []
    seen: dict[str, int] = {}
    for result in results:
        name = printable(", ".join(result.variation.settings.values()))
        seen[name] = seen.get(name, 0) + 1
        found.append((name if seen[name] == 1 else f"{name} ({seen[name]})", result))
    return found


def _head(shown: Sequence[Shown]) -> str:
    return printable(heading(shown[0][1]))


def _verdict(comparison: Comparison, shown: Sequence[Shown]) -> Iterator[Block]:
    metric = METRICS[comparison.metric.name]
    yield Words(printable(verdict(comparison)), "verdict")
    finished = [each for each in shown if each[1].difference is not None]
    seeds = len(comparison.seeds)
    words = (
        f"Each is scored by {metric.label} on the validation rows, with the weights of its best "
        f"epoch. A difference is that of two trainings with the same seed, thus with the same "
        f"rows and the same first weights; its mean over {seeds} seeds has a 95% interval."
    )
    yield Words(words, "note")
    if len(finished) > 5:
        yield Words(
            f"With {len(finished) - 1} differences, about one in twenty of those that are 0 in "
            "truth looks clear by chance.",
            "note",
        )
    table = _differences(comparison, shown)
    if len(finished) > 1:
        yield Figure(
            "differences",
            f"Difference of {metric.label} from the best, by {_head(shown)}",
            f"{_next(comparison, finished)} {_better(metric.more_is_better)} The bar is the 95% "
            f"interval; where it crosses 0, the two cannot be told apart.{_cut(finished)}",
            lambda: differences(comparison, finished[:MOST_NAMES]),
            table,
        )
    else:
        yield table
    if finished:
        yield Figure(
            "scores",
            f"{metric.label[0].upper()}{metric.label[1:]} with each seed, by {_head(shown)}",
            f"A point is one training, the line the mean over the seeds.{_cut(finished)}",
            lambda: scores(comparison, finished[:MOST_NAMES]),
            _scores(comparison, finished),
        )


def _next(comparison: Comparison, finished: Sequence[Shown]) -> str:
    others = [each for each in finished if each[1].standing != "best"]
    if not others:
        return "All are as good."
    name, result = others[0]
    decimals = decimals_of(comparison)
    mean, low, high = (f"{each:+,.{decimals}f}" for each in _ends(result))
    return f"Nearest to the best is {name}: {mean}, from {low} to {high}."


def _ends(result: Result) -> tuple[float, ...]:
    """Return the difference from the best and its interval's ends; none where it diverged."""
    apart = result.difference
    return (apart.mean, apart.low, apart.high) if apart else ()


def _better(more: bool) -> str:
    return f"The further to the {'left' if more else 'right'}, the worse."


def _cut(finished: Sequence[Shown]) -> str:
    more = len(finished) - MOST_NAMES
    return f" The first {MOST_NAMES} are drawn; {more:,} more are in the table." if more > 0 else ""


def _differences(comparison: Comparison, shown: Sequence[Shown]) -> Facts:
    metric, beside = (METRICS[name] for name in (comparison.metric.name, comparison.metric.beside))
    decimals = decimals_of(comparison)
    rows = []
    for name, result in shown:
        mean, other = result.mean(metric.name), result.mean(beside.name)
        apart = [f"{each:+,.{decimals}f}" for each in _ends(result)]
        rows.append(
            [
                name,
                "" if mean is None else f"{mean:,.{decimals}f}",
                "" if other is None else f"{other:.3f}",
                *(apart if apart and result.standing != "best" else [""] * 3),
                result.standing if apart else _diverged(result),
            ]
        )
    columns = [_head(shown), metric.label, beside.label, "from the best", "low", "high", "standing"]
    return Facts("Means over the seeds, and the difference's 95% interval", columns, rows)


def _diverged(result: Result) -> str:
    return f"diverged with {result.diverged} of {len(result.outcomes)} seeds"


def _scores(comparison: Comparison, finished: Sequence[Shown]) -> Facts:
    metric, decimals = comparison.metric.name, decimals_of(comparison)
    rows = [
        [name, *(f"{(each.scores or {})[metric] or 0:,.{decimals}f}" for each in result.outcomes)]
        for name, result in finished
    ]
    title = f"{METRICS[metric].label} by seed"
    return Facts(title, [_head(finished), *map(str, comparison.seeds)], rows, folded=True)


def _learning(comparison: Comparison, shown: Sequence[Shown]) -> Iterator[Block]:
    if not any(result.curve for _, result in shown):
        return
    yield from curve_figures(shown)
    rows = [
        [
            name,
            "-" if result.epochs_to_target is None else f"{result.epochs_to_target:.1f}",
            "-" if result.seconds_to_target is None else f"{result.seconds_to_target:.2f}",
            f"{result.seconds:.2f}",
            number(min(result.curve)) if result.curve else "-",
        ]
        for name, result in shown
    ]
    columns = [_head(shown), "epochs to target", "seconds to target", "seconds in all"]
    yield Facts("How soon each gets there", [*columns, "lowest loss of the curve"], rows)
    words = "The target is the validation loss that, with that seed, all that finished reached."
    yield Words(f"{words} Times depend on the machine, and on what else it does.", "note")


def _units(shown: Sequence[Shown]) -> Iterator[Block]:
    finished = [each for each in shown if each[1].mean("dead_units") is not None]
    if not finished:
        return
    rows = [
        [name, *(f"{result.mean(key):.0%}" for key in ("dead_units", "saturated_units"))]
        for name, result in finished
    ]
    table = Facts(
        "Shares of the hidden units, means over the seeds",
        [_head(finished), "dead", "saturated"],
        rows,
    )
    if not any(_idle(result) for _, result in finished):
        yield Words("No hidden unit of any is dead or saturated.")
        return
    yield Words(
        "A dead unit's slope is 0 on every validation row, so that nothing moves its weights any "
        "more. A saturated one is flat, near a limit of its activation, on nearly all of them."
    )
    yield Figure(
        "units",
        "Dead and saturated units",
        f"The share of all hidden units at the best epoch.{_cut(finished)}",
        lambda: unit_shares(finished[:MOST_NAMES]),
        table,
    )


def _idle(result: Result) -> bool:
    return bool(result.mean("dead_units") or result.mean("saturated_units"))


def _setup(plan: Plan, command: str) -> Iterator[Block]:
    example = plan.example
    yield Words("This command makes it again:")
    yield Words(printable(command), "code")
    for note in example.notes:
        yield Words(printable(note), "note")
    yield Facts(
        "The trainings",
        ["what", "how many, or which"],
        [
            ["variations", f"{len(plan.variations):,}"],
            ["seeds", ", ".join(map(str, plan.seeds))],
            ["epochs, at most", f"{plan.epochs:,}"],
            ["rows to train", f"{len(example.training):,}"],
            ["rows to validate", f"{len(example.validation or ()):,}"],
            *([name, str(value)] for name, value in environment("numpy").items()),
        ],
    )
    yield Words("The config of the first variation, every default written out:")
    yield Words(printable(as_yaml(example.config, example.config.folder)), "code")
