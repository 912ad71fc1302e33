"""One table, written in many ways: the same inputs, targets, weights, predictions and scores."""

import csv
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.data.columns.encoder import Encoder
from ann_cli.insight import baselines
from ann_cli.run import Predictions, evaluate, start_config

ROWS = 120
Written = dict[str, Callable[[object], str]]


def table() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "area": np.round(generator.lognormal(7, 1, ROWS), 2),
            "change": np.round(generator.normal(0, 2000, ROWS), 2),
            "rooms": generator.integers(1, 7, ROWS).astype(float),
            "garden": generator.random(ROWS) < 0.5,
            "sold": [datetime(2019, 3, 1) + timedelta(days=int(7 * n)) for n in range(ROWS)],
            "city": generator.choice(["Aix", "Bonn", "Cork"], ROWS),
        }
    )
    frame["price"] = np.round(frame["area"] * 3 + frame["rooms"] * 500 + frame["change"], 2)
    frame["kind"] = generator.integers(1, 4, ROWS)
    frame["good"] = frame["price"] > frame["price"].median()
    frame.loc[5, "area"], frame.loc[9, "rooms"] = np.nan, np.nan
    return frame


def number(decimal: str, thousands: str, before: str = "", behind: str = "") -> Callable:
    def write(value: float) -> str:
        text = f"{abs(value):,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))
        return f"{'-' * (value < 0)}{before}{text}{behind}"

    return write


def words(no: str, yes: str) -> Callable:
    return lambda value: yes if value else no


PLAIN: Written = {
    "numbers": lambda value: f"{value:.2f}",
    "whole": lambda value: f"{value:.0f}",
    "truth": words("no", "yes"),
    "date": lambda moment: moment.strftime("%Y-%m-%d"),
}
WAYS: dict[str, Written] = {
    "English": {"numbers": number(".", ","), "date": lambda day: day.strftime("%m/%d/%Y")},
    "German": {"numbers": number(",", "."), "date": lambda day: day.strftime("%d.%m.%Y")},
    "French": {"numbers": number(",", "\u202f", behind=" €")},
    "Swiss": {"numbers": number(".", "'", before="CHF ")},
    "dollars": {"numbers": number(".", ",", before="$"), "truth": words("False", "True")},
    "brackets": {"numbers": lambda value: f"({-value:,.2f})" if value < 0 else f"{value:,.2f}"},
    "true minus": {"numbers": lambda value: f"{value:.2f}".replace("-", "−")},
    "whole as floats": {"whole": lambda value: f"{value:.1f}", "truth": words("FALSE", "TRUE")},
    "zeros before": {"whole": lambda value: f"{value:.0f}" if value > 1 else "01"},
    "spaces": {"numbers": lambda value: f" {value:.2f}  ", "truth": words(" no", "yes ")},
    "long dates": {"date": lambda day: day.strftime("%d %B %Y"), "truth": words("No", "YES")},
    "times": {"date": lambda day: day.strftime("%Y-%m-%dT00:00:00Z")},
}
KINDS = {"area": "numbers", "change": "numbers", "price": "numbers", "rooms": "whole",
         "kind": "whole", "garden": "truth", "good": "truth", "sold": "date"}  # fmt: skip


TARGETS = ("price", "kind", "good")


def cells(way: Written, missing: str = "") -> list[list[str]]:
    frame = table()
    writers = {name: {**PLAIN, **way}[kind] for name, kind in KINDS.items()}
    rows = [
        [
            missing if pd.isna(value) else writers[name](value) if name in writers else str(value)
            for name, value in zip(frame, row, strict=True)
        ]
        for row in frame.itertuples(index=False)
    ]
    return [list(frame), *rows]


def save(path: Path, rows: list[list[str]], separator: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return path


def train(path: Path, target: str, stream: bool, **data: object) -> ann_cli.Run:
    others = [each for each in ("price", "kind", "good") if each != target]
    keys = {"file": str(path), "target": target, "exclude": others, "stream": stream, **data}
    keys["validation"] = data.get("validation", 0.2)
    task = "regression" if target == "price" else "classification"
    settings = {"layers": [{"units": 3}], "epochs": 2, "save_to": str(path.parent / "run")}
    return ann_cli.train({"data": keys, "task": task, **settings})


@pytest.fixture(scope="module", autouse=True)
def few_steps():
    """The linear baseline of classes takes few steps: it is to be the same, and not to fit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "STEPS", 20)
        yield


@pytest.fixture(scope="module")
def plain(tmp_path_factory, few_steps):
    """The runs on the plain table, and its path."""
    folder = tmp_path_factory.mktemp("plain")
    path = save(folder / "plain.csv", cells(PLAIN))
    runs = {
        (target, stream): train(path, target, stream)
        for target in TARGETS
        for stream in (False, True)
    }
    return path, runs


# In memory each way is tried with each target that it writes otherwise, streamed with one.
CASES = [
    (way, target, False)
    for way, written in WAYS.items()
    for target in TARGETS
    if KINDS[target] in written or (target == "price" and list(written) == ["date"])
]
CASES += [(way, TARGETS[at % 3], True) for at, way in enumerate(WAYS)]


@pytest.fixture(scope="module")
def told(plain):
    """What the runs on the plain table predict for it, and how it scores."""
    path, runs = plain
    models = {target: runs[target, False].model for target in TARGETS}
    return {
        target: (next(iter(Predictions(model, str(path)))), evaluate(model, str(path)).scores)
        for target, model in models.items()
    }


@pytest.mark.parametrize(("way", "target", "stream"), CASES)
def test_the_same_table_trains_the_same_network(plain, told, tmp_path, way, target, stream):
    at = list(WAYS).index(way)
    separator, missing = ",;\t|"[at % 4], ["", "NA", "?", "n/a", "-"][at % 5]
    path, runs = plain
    other = save(tmp_path / "other.csv", cells(WAYS[way], missing), separator)
    expected, run = runs[target, stream], train(other, target, stream)
    assert run.model.encoder.inputs == expected.model.encoder.inputs
    assert run.model.network.theta.tobytes() == expected.model.network.theta.tobytes()
    scores = ("training", "validation", "baselines")
    assert [run.metrics[name] for name in scores] == [expected.metrics[name] for name in scores]
    if stream:
        return
    own, scored = told[target]
    # A file may be written otherwise than the one that trained.
    for model, file in ((run.model, path), (expected.model, other)):
        (predicted,) = Predictions(model, str(file))
        labels = {"False": "no", "FALSE": "no", "No": "no", "True": "yes", "TRUE": "yes",
                  "YES": "yes"}  # fmt: skip
        assert predicted["prediction"].replace(labels).tolist() == own["prediction"].tolist()
        assert evaluate(model, str(file)).scores == pytest.approx(scored, rel=1e-9)


VALIDATION = {
    "price": ("English", "German"),
    "kind": ("whole as floats",),
    "good": ("whole as floats", "long dates"),
}


@pytest.mark.parametrize("target", VALIDATION)
def test_validation_rows_may_be_written_otherwise(plain, tmp_path, target):
    path, _ = plain
    same = train(path, target, False, validation=str(path))
    for way in VALIDATION[target]:
        other = save(tmp_path / "other.csv", cells(WAYS[way]), ";")
        run = train(path, target, False, validation=str(other))
        assert run.metrics["validation"] == same.metrics["validation"], way
        assert run.history == same.history, way


def frames() -> dict[str, pd.DataFrame]:
    """The table as Python callers hold it."""
    frame = table()
    return {
        "as it is": frame,
        "read by pandas": frame.assign(sold=frame["sold"].astype(str)),
        "texts": pd.DataFrame(cells(PLAIN)[1:], columns=list(frame)).replace("", None),
        "German texts": pd.DataFrame(cells(WAYS["German"])[1:], columns=list(frame)),
        "nullable": frame.convert_dtypes(),
        "categorical": frame.astype({"city": "category", "garden": "category"}),
        "objects": frame.astype(object),
        "strings": frame.assign(city=frame["city"].astype("string")),
        "zoned": frame.assign(sold=frame["sold"].dt.tz_localize("UTC")),
        "floats": frame.assign(kind=frame["kind"].astype(float)),
    }


@pytest.mark.parametrize("name", frames())
def test_a_frame_means_what_the_file_means(plain, name):
    path, runs = plain
    for target in TARGETS:
        model = runs[target, False].model
        (expected,) = Predictions(model, str(path))
        predicted = model.predict(frames()[name])
        assert predicted["prediction"].tolist() == expected["prediction"].tolist()


def test_odd_cells_of_a_frame_are_missing_with_a_warning(plain):
    model = plain[1]["price", False].model
    odd = table().astype({"area": object})
    odd.loc[3, "area"] = "about 9"
    with pytest.warns(UserWarning, match='column area: 1 cell counted as missing.*"about 9"'):
        predicted = model.predict(odd)
    empty = table()
    empty.loc[3, "area"] = np.nan
    assert predicted.equals(model.predict(empty))


def test_how_a_file_is_written_is_kept_with_the_weights(plain, tmp_path):
    """Where a file to predict leaves a doubt, it is read as the one that trained."""
    german = save(tmp_path / "german.csv", cells(WAYS["German"]), ";")
    loaded = ann_cli.load(train(german, "price", False).path)
    english = plain[1]["price", False].model
    header, *rows = cells(PLAIN)
    row = dict(zip(header, rows[0], strict=True))
    doubt = [header, [row[name] if name != "area" else "1.234" for name in header]]
    doubt[1][header.index("change")] = doubt[1][header.index("price")] = "1"
    file = save(tmp_path / "doubt.csv", doubt)
    for model, area in ((loaded, 1234), (english, 1.234)):
        (predicted,) = Predictions(model, str(file))
        frame = pd.read_csv(file).assign(area=float(area))
        assert predicted["prediction"].tolist() == model.predict(frame)["prediction"].tolist()


def test_what_init_writes_reads_each_column_as_it_was_recognised(tmp_path):
    """Where one has a decimal comma and another a point, no key would fit both."""
    rows = [["share", "area", "y"], *([f"{n},5 %", f"{7 * n % 30}.25", str(n)] for n in range(30))]
    path = save(tmp_path / "mixed.csv", rows)
    text, notes = start_config(str(path), "y")
    assert "  # decimal:" in text
    assert not any("column area is left out" in each for each in notes)
    path = save(
        tmp_path / "alike.csv", [[row[0], row[1].replace(".", ","), row[2]] for row in rows]
    )
    assert "  decimal: ','" in start_config(str(path), "y")[0]


def test_a_date_to_predict_is_told_in_its_unit(tmp_path):
    days = [f"2020-01-{n + 1:02d}" for n in range(31)]
    times = [f"{n // 60:02d}:{n % 60:02d}" for n in range(0, 31 * 40, 40)]
    rows = [["a", "day", "time"], *zip(map(str, range(31)), days, times, strict=True)]
    path = save(tmp_path / "dates.csv", rows)
    for target, since in (("day", "1970"), ("time", "midnight")):
        _, notes = start_config(str(path), target)
        assert any(each.endswith(f"predicted in seconds since {since}") for each in notes)


def test_names_of_a_frame_may_have_the_spaces_that_a_file_has(plain):
    model = plain[1]["price", False].model
    spaced = table().rename(columns=lambda name: f" {name} ")
    assert model.predict(spaced).equals(model.predict(table()))


def test_weights_from_before_notations_load(plain):
    _, runs = plain
    encoder = runs["kind", False].model.encoder
    stored = json.loads(json.dumps(encoder.to_dict()))
    assert Encoder.from_dict(stored) == encoder
    old = {
        "features": [{key: each[key] for key in each if key not in ("low", "high", "notation")}
                     for each in stored["features"]],
        "target": {key: stored["target"][key] for key in ("name", "classes")},
    }  # fmt: skip
    assert Encoder.from_dict(old).inputs == encoder.inputs
