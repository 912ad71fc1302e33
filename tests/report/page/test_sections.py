"""The sections of a report: what is told of runs of each kind; drawn they are in test_page.py."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.report.page.blocks import Facts, Figure, Words
from ann_cli.report.page.charts import on_page
from ann_cli.report.page.material import Material, material
from ann_cli.report.page.report import report
from ann_cli.report.page.sections import SECTIONS
from ann_cli.report.page.sections.wording import figure_names, labels, moment, short

DATASETS = Path(__file__).parents[3] / "datasets"
OURS = ("careful", "errors", "mistakes", "steps", "pictures", "worth", "movement")
STRANGE = "pay </script><b>€</b> & \x1b[31m"


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Rows of every kind of column, with two targets of numbers and a rare class."""
    generator = np.random.default_rng(0)
    rows = 600
    age = generator.integers(18, 90, rows).astype(float)
    frame = pd.DataFrame({"age": age, "twin": age + generator.normal(size=rows).round(1)})
    frame[STRANGE] = generator.exponential(size=rows).round(3)
    frame["zone"] = generator.choice(["north", "<i>south</i>", "west"], rows)
    frame["since"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows) % 400, "D")
    frame["member"] = generator.choice(["yes", "no"], rows)
    frame["fraud"] = np.where((age > 75) & (generator.random(rows) < 0.4), "yes", "no")
    frame["amount"] = (age * frame[STRANGE] + generator.normal(size=rows)).round(2)
    frame["count"] = (age / 10 + generator.normal(size=rows)).round(2)
    frame.loc[generator.random(rows) < 0.1, STRANGE] = np.nan
    return frame


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, people: pd.DataFrame) -> Callable[..., Material]:
    """Return the function that trains shortly on a table, and looks at its rows."""

    def made(data: dict[str, object], **keys: object) -> Material:
        folder = tmp_path_factory.mktemp("run")
        if "file" not in data:
            people.to_csv(folder / "people.csv", index=False)
            data = {**data, "file": str(folder / "people.csv")}
        asked = {"layers": [{"units": 6}], "epochs": 3, "save_to": str(folder), **keys}
        return material(ann_cli.train({"data": data, **asked}))

    return made


def told(found: Material, charts: list[object] | None = None) -> str:
    """Return all texts of our sections; `charts` gets what the page draws."""
    texts = []
    for name in OURS:
        section = SECTIONS[name]
        for block in section.blocks(found) if section.suits(found) else ():
            if isinstance(block, Words):
                texts.append(block.text)
            elif isinstance(block, Facts):
                texts += [block.title, *(" ".join(row) for row in block.rows)]
            else:
                texts += [block.title, block.words]
                if isinstance(block, Figure):
                    assert block.facts is not None, block.name
                    if charts is not None:
                        charts.append(on_page(block.chart()))
    return "\n".join(texts)


def test_a_rare_class(made: Callable[..., Material], people: pd.DataFrame) -> None:
    exclude = ["amount", "count"]
    found = made({"target": "fraud", "exclude": exclude, "test": 0.3, "leakage": "ignore"})
    html = report(found)
    for name in OURS:
        assert (f'<section id="{name}"' in html) == SECTIONS[name].suits(found), name
    text = told(found)
    rows = (people["fraud"] == "yes").sum() * 0.3
    assert int(re.search(r"Class yes has (\d+) rows", text)[1]) == pytest.approx(rows, abs=2)  # type: ignore[index]
    assert "Area under the curve" in text
    assert "Brier score" in text
    assert "The most confident mistakes" in text
    assert "It hangs together with twin: rank correlation 1.00" in text


def test_two_targets_and_a_csv_that_differs(
    made: Callable[..., Material], people: pd.DataFrame, tmp_path: Path
) -> None:
    found = made({"target": ["amount", "count"], "exclude": ["fraud"]})
    text = told(found)
    for target in ("amount", "count"):
        assert f"{target}: predicted against actual" in text
        assert f"The rows with the largest errors of {target}" in text
        assert f"age → {target}" in text
    assert "of 120 validation rows" in text or "all 120 validation rows" in text
    others = people.assign(age=people["age"] + 20, zone="east")
    others.to_csv(tmp_path / "others.csv", index=False)
    text = told(material(found.run, str(tmp_path / "others.csv")))
    assert "all 600 rows of the CSV" in text
    assert "Column zone differs in the CSV: 100% of the cells would have to change" in text
    assert "100.0% hold a value that no training row has" in text
    assert re.search(r"Column age differs in the CSV: .*medians 5\d and 7\d", text)


def test_many_rows_make_no_larger_page(made: Callable[..., Material], tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    sizes = []
    for rows in (13_000, 40_000):
        frame = pd.DataFrame(generator.normal(size=(rows, 3)).round(3), columns=list("aby"))
        frame.to_csv(tmp_path / "many.csv", index=False)
        data = {"file": str(tmp_path / "many.csv"), "target": "y", "validation": 0.4}
        found = made(data, epochs=1, batch_size="full")
        charts: list[object] = []
        text = told(found, charts)
        sizes.append(len(text) + len(json.dumps(charts)))
    assert sizes[1] < 1.05 * sizes[0] < 1e6
    assert "10,000 validation rows, drawn at random from 16,000" in text
    assert "A cell is darker the more" in text
    assert "No surface is shown" in text  # there is nothing to learn


def test_a_forecast_and_pictures(made: Callable[..., Material]) -> None:
    series = {
        "file": str(DATASETS / "air_passengers.csv"),
        "target": "passengers",
        "time": "month",
        "window": 12,
        "horizon": 6,
    }
    found = made(series)
    assert "<h1>passengers: what" in report(found)
    assert "The worst window" in told(found)
    again = material(found.run, series["file"])
    assert "How far off each step ahead is" in told(again)
    pictures = {
        "file": str(DATASETS / "digits.csv"),
        "target": "digit",
        "image": {"height": 8, "width": 8},
    }
    found = made(pictures, layers=[{"conv": 4, "kernel": 3}], epochs=1)
    text = told(found)
    assert "The kernels of layer 1" in text
    assert "Each patch of 2 × 2 pixels" in text
    drawings = {each.name: each for each in SECTIONS["pictures"].blocks(found)}  # type: ignore[union-attr]
    assert len(drawings["kernels"].data["pictures"]) == 4  # type: ignore[union-attr]
    worst = drawings["worst-pictures"].data["pictures"][0]  # type: ignore[union-attr]
    assert (worst["height"], worst["width"], len(worst["bytes"])) == (8, 8, 256)


def test_names_are_short_and_different() -> None:
    assert figure_names("errors", ["a b", "A-B", "€"]) == ["errors-a-b", "errors-a-b-2", "errors-3"]
    long = "x" * 50
    assert labels([long, long + "y"]) == [short(long), f"{short(long)} (2)"]
    assert len(short(long)) == 40
    assert short("a\nb\x1b") == "a\\nb\\x1b"
    assert moment(1577836800) == "2020-01-01"
    assert moment(1577836860) == "2020-01-01 00:01:00"
