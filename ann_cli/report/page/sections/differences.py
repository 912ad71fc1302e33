"""By how much the network differs from each baseline, row by row, and how sure that is."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.errors import counted
from ann_cli.insight.verdict import CONFIDENCE
from ann_cli.report.baselines import called
from ann_cli.report.numbers import number
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows

LOSSES = {
    "squared error": lambda scores: scores["rmse"] ** 2,
    "scaled error": lambda scores: scores["mase"],
}
"""The mean loss of a row by what it is measured in, from a baseline's scores."""

COUNTED = "errors"
"""What is told in 100 rows, as it is a share already."""

PERCENT = ", %"


def differences(metrics: Mapping[str, Any], side: str) -> Iterator[Block]:
    """Yield a sentence of the strongest baseline, and a chart of the intervals of all."""
    known = {name: each for name, each in metrics.get("verdict", {}).items() if "low" in each}
    if not known:
        return
    scales = [_scale(metrics, name, each) for name, each in known.items()]
    relative = None not in scales
    measure = next(iter(known.values()))["measure"]
    unit = _unit(measure, relative)
    rows = [
        {
            "baseline": called(name),
            "verdict": each["verdict"],
            **{key: _scaled(each[key], scale) for key in ("difference", "low", "high")},
        }
        for scale, (name, each) in zip(scales, known.items(), strict=True)
    ]
    strongest = min(rows, key=lambda row: row["difference"])
    low, middle, high = (_by(strongest[key], unit) for key in ("low", "difference", "high"))
    which = ", the strongest of them" if len(rows) > 1 else ""
    judged = counted(metrics[side]["rows"], f"{side} row")
    verb, whose = ("are", "those") if measure == COUNTED else ("is", "that")
    words = (
        f"On {judged} its {measure} {verb} {middle} than {whose} of the baseline "
        f"{strongest['baseline']}{which}; the interval goes from {low} to {high}."
    )
    if strongest["low"] == strongest["high"]:
        words = f"On {judged} it errs as much as the baseline {strongest['baseline']}{which}."
    yield Words(words)

    def chart() -> Any:
        import altair as alt

        title = f"{measure}{unit}: by how much the baseline has more"
        base = of_rows(rows).encode(
            y=alt.Y("baseline:N", title=None, sort=None),
            tooltip=["baseline:N", "verdict:N", "low:Q", "difference:Q", "high:Q"],
        )
        zero = of_rows([{"zero": 0}]).mark_rule(strokeDash=[4, 4]).encode(x="zero:Q")
        lines = base.mark_rule(size=3, color="var(--series-1)").encode(
            x=alt.X("low:Q", title=title), x2="high:Q"
        )
        points = base.mark_point(filled=True, size=90, opacity=1).encode(x="difference:Q")
        return (zero + lines + points).properties(height=44 * len(rows))

    table = Facts(
        "Differences from the baselines",
        ["baseline", "verdict", *(f"{end}{unit}" for end in ("low", "difference", "high"))],
        [
            [
                row["baseline"],
                f"the network {row['verdict']} it",
                *(_size(row[key]) for key in ("low", "difference", "high")),
            ]
            for row in rows
        ],
        folded=True,
    )
    told = (
        f"The losses of the same rows are compared, row by row. A line that crosses 0 says that "
        f"the two cannot be told apart. All the lines together hold the true differences in "
        f"{CONFIDENCE:.0%} of cases."
    )
    yield Figure("differences", "Against its baselines", told, chart, table)


def _scale(metrics: Mapping[str, Any], name: str, told: Mapping[str, Any]) -> float | None:
    """Return what makes hundredths of the baseline's loss of a difference; None where unknown.

    Of several targets errors are counted in units of each one's spread, which no score tells.
    """
    if told["measure"] == COUNTED:
        return 100.0
    if "targets" in metrics or told["measure"] not in LOSSES:
        return None
    mean = LOSSES[told["measure"]](metrics["baselines"][name])
    return 100 / mean if mean else None


def _scaled(difference: float, scale: float | None) -> float:
    # A loss falls by all of it at most, wherever the interval of the difference ends.
    return difference if scale is None else min(difference * scale, 100.0)


def _unit(measure: str, relative: bool) -> str:
    if measure == COUNTED:
        return " in 100 rows"
    of_targets = ", of the scaled targets" if measure in LOSSES else ""
    return PERCENT if relative else of_targets


def _by(value: float, unit: str) -> str:
    """Say how much less than the baseline's: "44% lower"."""
    size = _size(abs(value))
    if "rows" in unit:
        return f"{size}{unit} {'fewer' if value >= 0 else 'more'}"
    return f"{size}{'%' * (unit == PERCENT)} {'lower' if value >= 0 else 'higher'}"


def _size(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else number(value, 3)
