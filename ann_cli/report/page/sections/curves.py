"""Learning curves: what each epoch came to, or each trial of a search."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from ann_cli.engine.trainers.trainer import Record
from ann_cli.errors import counted
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import SERIES, epochs, of_rows, thinned
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.health import health
from ann_cli.report.page.sections.search import search
from ann_cli.report.page.sections.section import Section

SIDES = {"loss": "training rows", "validation_loss": "validation rows"}

OTHERS = {
    "radius": ("Radius", "how far a row reaches, in units"),
    "pseudo_likelihood": ("Pseudo-likelihood", "ln of a cell's probability, given all others"),
    "free_energy_gap": (
        "Gap of free energies",
        "validation less training rows: grows as it overfits",
    ),
}
"""What is told of epochs beside losses, of a map or a machine: its title, and what it is."""

STEEP = 20
"""A scale is logarithmic where the greatest loss is so many times the least."""

FEW = 30
"""Epochs up to which each has a point."""

IN_TABLE = 20
"""Epochs in the table beside a curve."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield the curves of the loss, the learning rate, and what became of units and gradients."""
    metrics = material.run.metrics
    yield from (Words(told, "warning") for told in metrics["warnings"])
    if "brute_force" in metrics:
        yield from search(material.run)
        return
    yield _losses(material)
    if len(metrics.get("ensemble", {}).get("variations", ())) > 1:
        yield Words(
            "The losses are those of all networks of the ensemble together, each with its share; "
            "each form keeps the weights of its own best epoch.",
            "note",
        )
    history = material.run.history
    if "errors" in history[-1]:
        yield _one(history, "errors", "Errors by epoch", "training rows whose class is wrong")
    rates = [record["learning_rate"] for record in history if "learning_rate" in record]
    if len(set(rates)) > 1:
        yield _one(history, "learning_rate", "Learning rate by epoch", "learning rate")
    elif rates:
        yield Words(f"The learning rate was {number(rates[0])} in every epoch.")
    for name, (title, axis) in OTHERS.items():
        if name in history[-1]:
            yield _one(history, name, f"{title} by epoch", axis)
    yield from health(material)


def _losses(material: Material) -> Figure:
    history, best = material.run.history, material.run.metrics["best_epoch"]
    last = history[-1]
    told = {name: side for name, side in SIDES.items() if name in last}
    ends = " and ".join(f"{number(last[name])} on {side}" for name, side in told.items())
    at_best = next((record for record in history if record["epoch"] == best), last)
    bests = " and ".join(f"{number(at_best[name])} on {side}" for name, side in told.items())
    losses = [record[name] for record in history for name in told if name in record]
    steep = is_steep(losses)
    told_loss = material.run.model.network.loss.description().removesuffix(".")
    kept = f"The weights kept are those of epoch {best} (dashed), where it was {bests}."
    if best == last["epoch"]:
        kept = "The weights kept are those of the last epoch."
    model = material.run.model
    scaled = (
        ""
        if model.classes or not model.task.has_target
        else ", of the target as the network has it scaled"
    )
    when = (
        "It is that of some rows at the end of an epoch."
        if "boltzmann" in material.run.metrics
        else "On training rows it is the mean over the steps of an epoch, on validation rows that "
        "at its end."
    )
    words = (
        f"After {counted(int(last['epoch']), 'epoch')} the loss was {ends}. {kept} The loss of a "
        f"row: {told_loss[0].lower()}{told_loss[1:]}{scaled}. {when}"
        f"{' The scale is logarithmic.' * steep}"
    )
    rows = [
        {"epoch": record["epoch"], "loss": record[name], "rows": side}
        for record in thinned(history)
        for name, side in told.items()
        if name in record
    ]

    def chart() -> Any:
        import altair as alt

        lines = (
            of_rows(rows)
            .mark_line(point=len(history) <= FEW)
            .encode(
                x=epochs(),
                y=alt.Y("loss:Q", title="loss", scale=scale_of(steep)),
                color=alt.Color(
                    "rows:N",
                    title=None,
                    scale=alt.Scale(domain=list(told.values()), range=SERIES[: len(told)]),
                ),
                tooltip=["epoch:Q", "rows:N", "loss:Q"],
            )
        )
        rule = of_rows([{"epoch": best}]).mark_rule(strokeDash=[4, 4]).encode(x="epoch:Q")
        return lines + rule

    table = Facts(
        "Loss by epoch",
        ["epoch", *told.values()],
        [
            [f"{int(record['epoch'])}", *(number(record[name]) for name in told if name in record)]
            for record in thinned(history, IN_TABLE)
        ],
        folded=True,
    )
    return Figure("curve", "Loss by epoch", words, chart, table)


def _one(history: Sequence[Record], name: str, title: str, axis: str) -> Figure:
    """Return one number of each epoch as a curve."""
    known = [record for record in history if name in record]
    rows = [{"epoch": record["epoch"], "value": record[name]} for record in thinned(known)]
    values = [record[name] for record in known]
    steep = is_steep(values)
    words = (
        f"{axis[0].upper()}{axis[1:]}: {number(values[0])} in the first epoch, "
        f"{number(max(values))} at most, {number(values[-1])} in the last."
        f"{' The scale is logarithmic.' * steep}"
    )

    def chart() -> Any:
        import altair as alt

        return (
            of_rows(rows)
            .mark_line(point=len(known) <= FEW)
            .encode(
                x=epochs(),
                y=alt.Y("value:Q", title=axis, scale=scale_of(steep)),
                tooltip=["epoch:Q", "value:Q"],
            )
            .properties(height=160)
        )

    table = Facts(
        title,
        ["epoch", axis],
        [[f"{int(each['epoch'])}", number(each[name])] for each in thinned(known, IN_TABLE)],
        folded=True,
    )
    return Figure(name, title, words, chart, table)


def is_steep(values: Sequence[float]) -> bool:
    """Whether values are seen better on a logarithmic scale."""
    finite = [each for each in values if isfinite(each)]
    return bool(finite) and 0 < STEEP * min(finite) < max(finite)


def scale_of(steep: bool) -> Any:
    """Return the scale of values, which need not begin at 0."""
    import altair as alt

    return alt.Scale(type="log") if steep else alt.Scale(zero=False)


SECTION = Section("learning", "How it learned", blocks, lambda material: bool(material.run.history))
