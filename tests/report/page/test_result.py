"""What a report says of scores, of epochs and of trials, beside numbers worked out by hand."""

from types import SimpleNamespace
from typing import Any

import pytest

from ann_cli.report.page.blocks import Facts, Figure, Words
from ann_cli.report.page.charts import on_page
from ann_cli.report.page.sections.curves import is_steep
from ann_cli.report.page.sections.differences import differences
from ann_cli.report.page.sections.search import MOST_CELLS, search
from ann_cli.report.page.sections.settings import settings


def metrics(measure: str, scores: dict[str, float], **beside: Any) -> dict[str, Any]:
    """Return metrics in which the linear baseline has a mean loss of 4 and the network one of 3."""
    told = {"verdict": "beats", "measure": measure, "difference": 1.0, "low": -1.0, "high": 2.0}
    return {
        "test": {"rows": 50},
        "baselines": {"linear": scores},
        "verdict": {"linear": told, "naive": {"verdict": "cannot be told apart from"}},
        **beside,
    }


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (metrics("squared error", {"rmse": 2.0}), "is 25% lower than that of the baseline linear"),
        (metrics("squared error", {"rmse": 2.0}), "goes from 25% higher to 50% lower"),
        (metrics("scaled error", {"mase": 4.0}), "is 25% lower"),
        (metrics("errors", {"accuracy": 0.5}), "are 100 in 100 rows fewer than those of"),
        (metrics("squared error", {"rmse": 2.0}, targets={"a": {}}), "is 1 lower"),
    ],
)
def test_a_difference_is_told_in_units_that_a_person_knows(found: Any, said: str) -> None:
    words, figure = differences(found, "test")
    assert isinstance(words, Words)
    assert said in words.text
    assert isinstance(figure, Figure)
    values = on_page(figure.chart())["layer"][1]["data"]["values"]
    assert [each["baseline"] for each in values] == ["linear"]  # naive has no interval


@pytest.mark.parametrize(
    ("values", "steep"),
    [([1.0, 0.04], True), ([1.0, 0.06], False), ([1.0, 0.0], False), ([float("inf")], False)],
)
def test_a_scale_is_logarithmic_where_a_curve_falls_far(values: list[float], steep: bool) -> None:
    assert is_steep(values) == steep


def test_a_map_of_many_trials_has_no_holes_and_keeps_the_lowest() -> None:
    names = ["layers.0.weights.0.0", "layers.0.weights.1.0"]
    side = range(MOST_CELLS + 30)
    history = [
        {"epoch": 1.0, "loss": (a - 31) ** 2 + (b - 7) ** 2 + 1.0, names[0]: a, names[1]: b}
        for a in side
        for b in side
    ]
    found = {"trials": len(history), "loss": 1.0, "parameters": {names[0]: 31.0, names[1]: 7.0}}
    encoder = SimpleNamespace(inputs=("area", "age"))
    member = SimpleNamespace(layers=[0])
    model = SimpleNamespace(member=member, network=SimpleNamespace(outputs=1), encoder=encoder)
    run: Any = SimpleNamespace(metrics={"brute_force": found}, history=history, model=model)
    words, figure, _ = search(run)
    assert isinstance(words, Words)
    assert "at weight of area = 31, weight of age = 7" in words.text
    assert isinstance(figure, Figure)
    squares, ring = on_page(figure.chart())["layer"]
    cells = {(each["up"], each["right"]) for each in squares["data"]["values"]}
    assert len(cells) == MOST_CELLS**2
    assert len({up for up, _ in cells}) == len({right for _, right in cells}) == MOST_CELLS
    assert ring["data"]["values"][0]["loss"] == 1.0


def test_where_a_run_does_not_say_what_was_written_defaults_are_marked(houses: Any) -> None:
    """As runs of earlier versions: what has its default may have been written all the same."""
    run = houses.run
    earlier = SimpleNamespace(
        model=run.model,
        metrics={key: each for key, each in run.metrics.items() if key != "written"},
    )
    said, _, every = settings(earlier)  # type: ignore[arg-type]
    assert isinstance(said, Words)
    assert isinstance(every, Facts)
    sources = {row[0]: row[2] for row in every.rows}
    assert (sources["batch_size"], sources["epochs"]) == ("default", "config, or chosen")
