"""The page of a comparison: its numbers, its charts, and that a browser shows all of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from browser import Watched

from ann_cli.cli.arguments import checked_page
from ann_cli.config.read import read
from ann_cli.errors import AnnError
from ann_cli.experiments.compare import Comparison
from ann_cli.experiments.plan import Plan
from ann_cli.experiments.trainings import train_once
from ann_cli.experiments.variations import variations
from ann_cli.experiments.verdict import verdict
from ann_cli.report.page import charts
from ann_cli.report.page.comparison import comparison_page

SEEDS = 3


def compared(folder: Path, *vary: str) -> tuple[Plan, Comparison]:
    """Compare tiny trainings, one after the other."""
    rows = (f"{n},{n % 7},{3 * n + n % 5}\n" for n in range(60))
    (folder / "d.csv").write_text("<b>a,b,y\n" + "".join(rows))
    config = {
        "data": {"file": str(folder / "d.csv"), "target": "y"},
        "layers": [{"units": 4, "activation": "relu"}],
        "optimizer": "sgd",
        "epochs": 12,
    }
    plan = Plan(read(config), (), variations(vary), SEEDS)
    outcomes = {at: train_once(plan.draft.config(each)) for at, each in enumerate(plan.trainings)}
    return plan, plan.compare(outcomes)


def cells(shown: object, figure: str) -> dict[str, Sequence[str]]:
    """Return the rows of a figure's table by their names."""
    found = shown.eval_on_selector_all(  # type: ignore[attr-defined]
        f"#figure-{figure} tbody tr",
        "all => all.map(row => [...row.cells].map(c => c.textContent))",
    )
    return {name: rest for name, *rest in found}


def test_a_page_shows_who_is_best_and_how_each_learned(page: Watched, tmp_path: Path) -> None:
    plan, comparison = compared(
        tmp_path, "optimizer.learning_rate=0.0001,0.03,1e5", "layers.0.activation=relu,tanh"
    )
    path = tmp_path / "page.html"
    path.write_text(comparison_page(comparison, plan, "ann compare '<script>' --vary …"))
    shown = page.open(path)
    assert shown.text_content(".verdict") == verdict(comparison)
    assert shown.text_content("pre") == "ann compare '<script>' --vary …"
    for chart in shown.query_selector_all("[data-chart]"):
        marks = "svg [role='graphics-symbol'], svg .mark-line path, svg .mark-rule line"
        assert chart.query_selector(marks), chart.get_attribute("data-chart")

    # Paired by seed: by NumPy, from what each training came to.
    by_name = {" ".join(each.variation.settings.values()): each for each in comparison.results}
    best = comparison.results[0]
    rmse = {
        name: np.array([one.scores["rmse"] for one in each.outcomes])
        for name, each in by_name.items()
        if not each.diverged
    }
    assert len(rmse) < len(by_name) == 6
    told = cells(shown, "differences")
    for name, each in rmse.items():
        row = told[name.replace(" ", ", ")]
        assert float(row[0]) == pytest.approx(each.mean(), abs=1e-2)
        if by_name[name].standing == "best":
            continue
        apart = each - [one.scores["rmse"] for one in best.outcomes]
        reach = 4.303 * apart.std(ddof=1) / np.sqrt(SEEDS)  # Student's t of two degrees
        expected = [apart.mean(), apart.mean() - reach, apart.mean() + reach]
        assert [float(one) for one in row[2:5]] == pytest.approx(expected, abs=1e-2)
    assert told["1e5, relu"][-1] == "diverged with 3 of 3 seeds"
    assert cells(shown, "scores").keys() == {name.replace(" ", ", ") for name in rmse}
    shown.set_viewport_size({"width": 390, "height": 800})
    shown.emulate_media(color_scheme="dark")
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    assert page.violations() == []


def test_losses_of_different_kinds_are_on_no_common_axis(tmp_path: Path) -> None:
    plan, comparison = compared(
        tmp_path, "loss=half_squared_error,mean_absolute_error", "epochs=0,2"
    )
    html = comparison_page(comparison, plan, "ann compare")
    assert "The losses differ in kind" in html
    assert 'data-of="curves"' not in html
    assert 'data-of="curve-1"' in html


def test_what_stands_against_a_page_is_told_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AnnError, match="there is no folder"):
        checked_page(None, None, str(tmp_path / "nowhere" / "page.html"))
    monkeypatch.setattr(charts, "find_spec", lambda name: None)
    with pytest.raises(AnnError, match="not installed") as caught:
        checked_page(None, None, str(tmp_path / "page.html"))
    assert 'pip install "ann-cli[report]"' in caught.value.problems[0].remedy
