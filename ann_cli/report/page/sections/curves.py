"""Learning curves: what each epoch came to."""

from collections.abc import Iterator
from typing import Any

from ann_cli.errors import counted
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure
from ann_cli.report.page.charts import of_rows, thinned
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section

SIDES = {"loss": "training rows", "validation_loss": "validation rows"}


def blocks(material: Material) -> Iterator[Block]:
    """Yield the curves of the loss."""
    history = material.run.history
    best = material.run.metrics["best_epoch"]
    last = history[-1]
    shown = thinned(history)
    rows = [
        {"epoch": record["epoch"], "loss": record[name], "rows": side}
        for record in shown
        for name, side in SIDES.items()
        if name in record
    ]
    told = {name: side for name, side in SIDES.items() if name in last}
    ends = ", ".join(f"{number(last[name])} on {side}" for name, side in told.items())
    words = f"After {counted(int(last['epoch']), 'epoch')} the loss was {ends}. Best epoch: {best}."

    def chart() -> Any:
        import altair as alt

        lines = (
            of_rows(rows)
            .mark_line()
            .encode(
                x=alt.X("epoch:Q", title="epoch"),
                y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
                color=alt.Color("rows:N", title=None),
                tooltip=["epoch:Q", "rows:N", "loss:Q"],
            )
        )
        rule = of_rows([{"epoch": best}]).mark_rule(strokeDash=[4, 4]).encode(x="epoch:Q")
        return lines + rule

    table = Facts(
        "Loss by epoch",
        ["epoch", *told.values()],
        [
            [f"{int(record['epoch'])}", *(number(record[name]) for name in SIDES if name in record)]
            for record in thinned(history, 20)
        ],
        folded=True,
    )
    yield Figure("curve", "Loss by epoch", words, chart, table)


SECTION = Section("learning", "How it learned", blocks, lambda material: bool(material.run.history))
