"""How the prediction moves with each column, and with the strongest pair of them."""

from collections.abc import Iterator

import numpy as np

from ann_cli.errors import counted
from ann_cli.insight.interaction import LEAST, Pair, Surface, strongest_pair
from ann_cli.insight.outcomes import actual_answers
from ann_cli.insight.partial_dependence import (
    TOGETHER,
    Dependence,
    Dependences,
    dependences,
    movable,
)
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import thinned
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.movement_charts import (
    dependence_chart,
    point_name,
    span_of,
    surface_chart,
)
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import FACTS, as_text, figure_names, short

ANSWERS = 5
"""Targets or classes that have lines, at most: the first ones."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield a chart a column, and the surface of the strongest pair."""
    model, seen = material.run.model, material.seen
    assert seen is not None
    sample = seen.judged
    generator = np.random.default_rng(model.config.seed)
    found = dependences(model, sample.frame, material.order, generator)
    numbers = model.task.kind == "number"
    yield Words(
        f"One column's cell is set to each value in {found.rows:,} {sample.side} rows, all other "
        "cells staying as they are; the line is the mean prediction (partial dependence), thin "
        "lines are single rows. Marks on the axis show where rows are. Where a column hangs "
        f"together with another by {TOGETHER:g} or more, from 0 to 1, that makes rows that there "
        "are none of: a dashed line then shows the accumulated local effects, in which each row "
        "only moves to its neighbours' values."
    )
    if found.left_out:
        names = ", ".join(map(short, found.left_out[:5]))
        more = ", …" if len(found.left_out) > 5 else ""
        yield Words(
            f"Not shown: {counted(len(found.left_out), 'column')} that matter less or have one "
            f"value only ({names}{more}).",
            "note",
        )
    alone = numbers and len(found.answers) > 1
    for at in range(min(len(found.answers), ANSWERS) if alone else 1):
        wanted = [at] if alone else list(range(min(len(found.answers), ANSWERS)))
        yield from _columns(found, wanted, numbers)
    if len(found.answers) > ANSWERS:
        yield Words(f"Only the first {ANSWERS} of {len(found.answers):,} are shown.", "note")
    actual = actual_answers(model, sample.rows.y)
    pair = strongest_pair(model, sample.frame, actual, material.order, generator)
    if pair is not None:
        yield from _pair(pair, numbers)


def _columns(found: Dependences, wanted: list[int], numbers: bool) -> Iterator[Block]:
    if not found.columns:
        return
    names = [found.answers[at] for at in wanted]
    of = f"-{names[0]}" if numbers and len(found.answers) > 1 else ""
    columns, span = [each.grid.column for each in found.columns], span_of(found.columns, wanted)
    for name, each in zip(figure_names(f"dependence{of}", columns), found.columns, strict=True):
        what = f"mean {short(names[0])}" if numbers else _chance(names)
        yield Figure(
            name,
            f"{short(each.grid.column)}" + (f" → {short(names[0])}" if of else ""),
            _words(each, wanted, names, numbers),
            dependence_chart(each, wanted, names, what, span),
            _table(each, wanted, names),
            small=True,
        )


def _chance(names: list[str]) -> str:
    return f"probability of {short(names[0])}" if len(names) == 1 else "probability"


def _say(value: float, numbers: bool) -> str:
    return as_text(value) if numbers else f"{value:.1%}"


def _words(each: Dependence, wanted: list[int], names: list[str], numbers: bool) -> str:
    """Say where the mean is least and greatest, and what the column hangs together with."""
    at = max(wanted, key=lambda one: each.reach[one])
    mean, name = each.mean[:, at], names[wanted.index(at)]
    low, high = int(mean.argmin()), int(mean.argmax())
    which = name if numbers else f"the probability of {name}"
    least, greatest = (
        f"{_say(mean[at], numbers)}, at {point_name(each.grid, at)}" for at in (low, high)
    )
    words = f"In the mean {which} is least, {least}, and greatest, {greatest}."
    if each.with_most is not None and each.with_most.strength >= TOGETHER:
        most = each.with_most
        words += f" It hangs together with {most.column}: {most.measure} {most.strength:.2f}"
        if each.accumulated is None:
            words += ", so that some of these rows are like none that there are."
        else:
            effects = each.accumulated.effects[:, at]
            words += (
                f". Accumulated local effects go from {_say(effects.min(), numbers)} to "
                f"{_say(effects.max(), numbers)}."
            )
    if each.grid.left_out:
        words += f" {each.grid.left_out:,} rarer values are not shown."
    return words


def _table(each: Dependence, wanted: list[int], names: list[str]) -> Facts:
    points = thinned(range(len(each.grid)), FACTS)
    rows = [
        [point_name(each.grid, point), *(as_text(float(each.mean[point, at])) for at in wanted)]
        for point in points
    ]
    return Facts(f"Mean prediction by {each.grid.column}", [each.grid.column, *names], rows, True)


def _pair(pair: Pair, numbers: bool) -> Iterator[Block]:
    strength = pair.strength
    said = (
        f"{pair.first} and {pair.second} are the pair whose joint part is greatest: H is "
        f"{strength.mean:.2f} (95% interval {strength.low:.2f} to {strength.high:.2f}; 0 where two "
        f"effects only add up), on {pair.rows:,} rows. It moves "
        f"{pair.answer if numbers else f'the probability of {pair.answer}'} by "
        f"{_say(pair.moves, numbers)} (its standard deviation)."
    )
    if pair.surface is None:
        why = f"the interval does not lie above {LEAST:g}"
        if strength.low > LEAST:
            why = "without it the errors are not measurably worse, so that it may be noise"
        yield Words(f"{said} No surface is shown: {why}.", "note")
        return
    yield Figure(
        "pair",
        f"{short(pair.first)} and {short(pair.second)} together",
        f"{said} Without it the errors are greater, by an interval above 0. Pale cells "
        "have no rows near.",
        surface_chart(pair.surface, short(pair.answer) if numbers else _chance([pair.answer])),
        _surface_table(pair.surface, numbers),
    )


def _surface_table(surface: Surface, numbers: bool) -> Facts:
    rows = thinned(range(len(surface.first)), 8)
    columns = thinned(range(len(surface.second)), 6)
    return Facts(
        f"Mean prediction by {surface.first.column} (down) and {surface.second.column} (across)",
        [surface.first.column, *(point_name(surface.second, column) for column in columns)],
        [
            [
                point_name(surface.first, row),
                *(_say(float(surface.mean[row, column]), numbers) for column in columns),
            ]
            for row in rows
        ],
        folded=True,
    )


SECTION = Section(
    "movement",
    "How the prediction moves",
    blocks,
    lambda material: material.seen is not None and bool(movable(material.run.model.encoder)),
    predicts=True,
)
