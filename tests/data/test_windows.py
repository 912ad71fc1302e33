"""Windows of series: their numbers by hand, the step of time, the parts, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ann_cli.config.column_forms import OrderForm
from ann_cli.config.read import load
from ann_cli.config.series import check_series
from ann_cli.data.open_table import open_table
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.tables import windowed
from ann_cli.data.series.choice import errors_by_difference, with_difference
from ann_cli.data.series.history import form_of, written
from ann_cli.data.series.season import naive_error
from ann_cli.data.series.step import Step, moment_of
from ann_cli.errors import ConfigError, DataError


def moments(texts):
    return np.array([pd.to_datetime(each, utc=True).timestamp() for each in texts])


def monthly(count, values=None, start="2000-01"):
    dates = pd.period_range(start, periods=count, freq="M").astype(str)
    return pd.DataFrame({"month": dates, "sold": np.arange(count) if values is None else values})


@pytest.fixture
def table_of(tmp_path):
    """table_of(frame, keys…): the windows of a frame as a CSV, and their config."""

    def table_of(frame, timeline=None, difference="none", every=1, **data):
        frame.to_csv(tmp_path / "series.csv", index=False)
        asked = {"file": str(tmp_path / "series.csv"), "target": "sold", "time": "month"}
        asked |= {"window": 3, "horizon": 2, "validation": 0, **data}
        config = load({"data": asked, "difference": difference, "layers": []})
        table = windowed(open_table(asked["file"]), config, timeline, every)
        return table, config

    return table_of


def test_windows_by_hand(table_of):
    """Steps one after the other, the channel last; the last ones hold the known future."""
    frame = monthly(9).assign(busy=np.arange(9) * 10)
    table, _ = table_of(frame, known=["busy"])
    found = table.read(table.kinds())
    assert list(found)[:4] == ["sold -2", "busy -2", "busy 2 ahead -2", "sold -1"]
    assert found.iloc[0].tolist() == [0, 0, 20, 1, 10, 30, 2, 20, 40, 3, 4, 2]
    assert list(found)[-3:] == ["sold +1", "sold +2", "month"]
    assert len(found) == 5
    assert found["sold +2"].iloc[-1] == 8


@pytest.mark.parametrize(
    ("difference", "past", "ahead"),
    [
        # y(t) = t², a season of 4: y(t) - y(t - 4), and y(t) - y(t - 1).
        ("season", [t * t - (t - 4) ** 2 for t in (4, 5, 6)], [7**2 - 3**2, 8**2 - 4**2]),
        ("step", [t * t - (t - 1) ** 2 for t in (4, 5, 6)], [7**2 - 6**2, 8**2 - 6**2]),
    ],
)
def test_a_change_is_relative_to_what_is_known(table_of, difference, past, ahead):
    table, _ = table_of(monthly(12, np.arange(12.0) ** 2), difference=difference, season=4)
    found = table.read(table.kinds()).set_index("month").loc[6]
    assert found[["sold -2", "sold -1", "sold 0"]].tolist() == past
    assert found[["sold +1", "sold +2"]].tolist() == ahead


def test_the_season_before_is_taken_where_the_last_is_not_known_yet(table_of):
    table, _ = table_of(monthly(12, np.arange(12.0) ** 2), difference="season", season=2, horizon=3)
    found = table.read(table.kinds()).set_index("month").loc[6]
    # Of the third step ahead, 9, two seasons before is 5: the one before, 7, is to come.
    assert found[["sold +1", "sold +2", "sold +3"]].tolist() == [49 - 25, 64 - 36, 81 - 25]


def test_classical_forecasts_by_hand(table_of):
    values = [1.0, 5.0, 2.0, 7.0, 4.0, 9.0, 0.0, 0.0]
    table, _ = table_of(monthly(8, values), season=2)
    names = [name for each in ("naive", "seasonal_naive", "seasonal_drift")
             for name in table.classical(each)]  # fmt: skip
    found = table.read({**dict.fromkeys(names, "number"), "month": "number"})
    # At step 5: the last is 9, the season before 4 and 9, from 2 and 7 it has grown by 2.
    assert found.set_index("month").loc[5].tolist() == [9, 9, 4, 9, 6, 11]


@pytest.mark.parametrize(
    ("texts", "unit", "count", "name"),
    [
        (["2000-01", "2000-02", "2000-03"], "month", 1, "1 month"),
        (["2000-01-31", "2000-02-29", "2000-03-31"], "month", 1, "1 month"),
        (["2000-01-01", "2000-04-01", "2000-07-01"], "month", 3, "3 months"),
        (["2000-01-01", "2001-01-01", "2002-01-01"], "month", 12, "1 year"),
        (["2000-01-01", "2000-01-08", "2000-01-15"], "second", 604800, "1 week"),
        (["2000-01-01 00:00", "2000-01-01 00:30", "2000-01-01 01:00"], "second", 1800,
         "30 minutes"),
        # Local times of a zone that changes its hour are regular.
        (["2000-03-26 01:00+01:00", "2000-03-26 03:00+02:00"], "second", 3600, "1 hour"),
    ],
)  # fmt: skip
def test_a_step_is_recognised(texts, unit, count, name):
    found = moments(texts)
    step = Step.of([found], dates=True)
    assert (step.unit, step.count, step.name) == (unit, count, name)
    assert step.positions(found, found[0]).tolist() == list(range(len(texts)))
    for at, moment in enumerate(found):
        assert step.moment(found[0], at) == moment


@given(st.integers(-1500, 2000), st.sampled_from([1, 3, 12]))
def test_a_month_and_its_position_are_inverse(position, months):
    step, first = Step("month", months), moments(["1970-01-31"])[0]
    moment = step.moment(first, position)
    assert step.positions(np.array([moment]), first) == [position]
    assert moment_of(moment).month == (1 + position * months - 1) % 12 + 1


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2014-01-01 00:30", "%Y-%m-%d %H:%M"),
        ("2014-01", "%Y-%m"),
        ("2014-01-01T00:30:00Z", "%Y-%m-%dT%H:%M:%SZ"),
        ("2014-01-01", "%Y-%m-%d"),
    ],
)
def test_a_moment_is_written_as_the_file_has_it(text, form):
    assert form_of([text], "ISO8601") == form
    assert written(moments([text])[0], form) == text


def test_gaps_and_double_moments_are_errors_with_their_rows(table_of):
    frame = monthly(30).drop([5, 6, 20])
    table, _ = table_of(pd.concat([frame, frame.iloc[[9]]]))
    with pytest.raises(DataError) as caught:
        table.read(table.kinds())
    double, gap = caught.value.problems
    assert (
        double.message
        == "1 moment twice: 2000-12 (row 28); the step that was recognised is 1 month"
    )
    assert "3 steps missing between 2000-05 (row 5) to 2000-08 (row 6), " in gap.message
    assert "2001-08 (row 18) to 2001-10 (row 19)" in gap.message
    assert "column month" in gap.place


def test_moments_between_the_steps_are_errors(table_of):
    frame = monthly(10).assign(month=pd.date_range("2000-01-01", periods=10, freq="D"))
    frame["month"] = frame["month"].dt.strftime("%Y-%m-%d %H:%M")
    frame.loc[4, "month"] = "2000-01-05 07:00"
    table, _ = table_of(frame)
    with pytest.raises(
        DataError, match=r"1 row between the steps: 2000-01-05 07:00 \(row 5\); the"
    ):
        table.read(table.kinds())


def test_rows_are_sorted_by_time_and_that_is_told(table_of):
    frame = monthly(12, np.random.default_rng(0).normal(size=12))
    in_order, _ = table_of(frame)
    expected = in_order.read(in_order.kinds())
    shuffled, _ = table_of(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled.read(shuffled.kinds()), expected)
    assert "the rows are not in the order of month: sorted by it" in shuffled.notes()


def test_windows_with_a_missing_cell_are_left_out_and_told(table_of):
    frame = monthly(20, np.where(np.arange(20) == 10, np.nan, np.arange(20.0)))
    table, _ = table_of(frame)
    found = table.read(table.kinds())
    assert not found.isna().any(axis=None)
    assert len(found) == 16 - 5
    assert "1 cell of sold missing: 5 windows around left out" in table.notes()


def test_many_series_of_unequal_length(table_of):
    generator = np.random.default_rng(0)
    parts = [
        monthly(int(generator.integers(2, 40)), None).assign(
            shop=f"shop {at}", sold=lambda f: f.sold * 7
        )
        for at in range(100)
    ]
    table, _ = table_of(pd.concat(parts), series="shop", season=1)
    found = table.read(table.kinds())
    assert len(found) == sum(max(len(each) - 4, 0) for each in parts)
    # Each series is divided by its own naive error, the change of a step: all grow alike.
    assert np.ptp(found["sold +1"] - found["sold 0"]) < 1e-9
    short = sum(len(each) < 5 for each in parts)
    assert any(f"left out {short} of 100 series without 5 steps" in each for each in table.notes())


def test_no_window_fits(table_of):
    table, _ = table_of(monthly(4))
    with pytest.raises(DataError, match=r"3 steps back and 2 ahead are 5 .* the series has 4"):
        table.read(table.kinds())


def test_parts_are_the_latest_and_no_future_crosses_a_cut(table_of):
    table, _ = table_of(monthly(40), validation=0.2, test=0.25)
    found = table.read(table.kinds())
    sides = table.sides(found["month"].to_numpy())
    # 40 steps: 0 to 21 train, 22 to 29 validate, 30 to 39 test.
    ahead = found[["sold +1", "sold +2"]].to_numpy()
    assert ahead[sides == 0].max() == 21
    assert (ahead[sides == 1].min(), ahead[sides == 1].max()) == (22, 29)
    assert (ahead[sides == 2].min(), ahead[sides == 2].max()) == (30, 39)
    assert (sides == -1).sum() == 2
    assert table.told_parts()[2] == (
        "test: month 2002-07 to 2003-04; 9 windows, origins 2002-06 to 2003-02"
    )


def test_a_part_shorter_than_the_horizon_is_refused(table_of):
    table, _ = table_of(monthly(40), validation=0.04, horizon=3)
    with pytest.raises(DataError, match=r"data.validation: 0.04 is 2 steps .* no horizon of 3"):
        table.told_parts()


FEW_WINDOWS = {
    "none to train": ({"window": 20}, "0 windows of 20 steps back and 2 ahead in the 20 steps to"),
    "one to train": ({"window": 18}, "1 window of 18 steps back and 2 ahead in the 20"),
    "none fits": ({"window": 40}, "no window fits: 40 steps back and 2 ahead are 42"),
    "enough": ({"window": 17}, ""),
}


@pytest.mark.parametrize("case", FEW_WINDOWS)
def test_a_part_with_too_few_windows_is_told_with_their_steps(table_of, case):
    keys, told = FEW_WINDOWS[case]
    table, config = table_of(monthly(40), **{"validation": 0.25, "test": 0.25, **keys})
    if not told:
        table.check_parts()
        return
    with pytest.raises(DataError) as error:
        prepare(config, np.random.default_rng(0))
    (problem,) = error.value.problems
    assert problem.message.startswith(told)
    assert problem.place.endswith(".csv")
    assert "a shorter data.window" in problem.remedy


def test_the_scale_is_that_of_the_training_part(table_of):
    values = np.concatenate([np.tile([0.0, 1, 3, 2], 10) + np.arange(40) // 4, [1e6] * 10])
    table, _ = table_of(monthly(50, values), season=4, validation=0.2)
    assert table.file.timeline.scales == {"": 1.0}
    assert naive_error(values[:40], 4) == 1.0
    assert naive_error(np.ones(10), 4) == 1.0  # of no change at all: the size
    assert naive_error(np.zeros(10), 4) == 1.0


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_nothing_looks_ahead(table_of_once, seed):
    """Whatever comes after an origin changes: its window stays."""
    generator = np.random.default_rng(seed)
    frame = monthly(60, generator.normal(size=60).cumsum())
    difference = ["none", "season", "step"][seed % 3]
    cut = int(generator.integers(30, 48))
    other = frame.copy()
    other.loc[cut + 1 :, "sold"] = generator.normal(size=59 - cut) * 1e3
    found = []
    for each in (frame, other):
        table, _ = table_of_once(each, difference=difference, season=12, validation=0.2)
        windows = table.read(table.kinds())
        before = windows[windows["month"] <= cut]
        found.append(before[[name for name in before if "+" not in name]])
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize("difference", ["none", "season", "step"])
def test_what_is_learned_is_learned_from_the_training_part_alone(table_of, difference):
    """All numbers after it change, a hundred times as large: scales, season and encoder stay."""
    generator = np.random.default_rng(0)
    shops = [monthly(60, generator.normal(size=60).cumsum()).assign(shop=name) for name in "ab"]
    frame = pd.concat(shops, ignore_index=True).assign(busy=generator.normal(size=120))
    later = frame.index % 60 >= 48
    other = frame.assign(
        sold=frame["sold"].where(~later, 100 * frame["sold"] + 1e3),
        busy=frame["busy"].where(~later, 100 * frame["busy"]),
    )
    found = []
    for each in (frame, other):
        keys = {"series": "shop", "known": ["busy"], "validation": 0.2, "season": None}
        table, config = table_of(each, difference=difference, **keys)
        encoder = prepare(config, np.random.default_rng(0)).encoder
        found.append((table.file.timeline.scales, table.file.season, encoder))
    assert found[0] == found[1]
    assert set(found[0][0]) == {"a", "b"}


@pytest.fixture(scope="module")
def table_of_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")

    def table_of(frame, difference, **data):
        frame.to_csv(folder / "series.csv", index=False)
        asked = {"file": str(folder / "series.csv"), "target": "sold", "time": "month"}
        asked |= {"window": 3, "horizon": 2, **data}
        config = load({"data": asked, "difference": difference, "layers": []})
        return windowed(open_table(asked["file"]), config, None), config

    return table_of


SERIES = {
    # What repeats with a growing trend; what wanders; what returns to its level.
    "season": lambda t, noise: 0.5 * t + 30 * np.sin(t * np.pi / 6) + noise,
    "step": lambda t, noise: noise.cumsum() * 5,
    "none": lambda t, noise: 100 + 10 * noise,
}


@pytest.mark.parametrize("name", SERIES)
def test_a_difference_is_chosen_by_validation(table_of, name):
    t, noise = np.arange(240), np.random.default_rng(3).normal(size=240)
    frame = monthly(240, SERIES[name](t, noise), start="1980-01")
    table, config = table_of(frame, difference="auto", validation=0.2, test=0.1, horizon=6)
    chosen, notes = with_difference(config, table)
    assert chosen.data.season == 12
    assert chosen.difference == table.difference
    errors = errors_by_difference(config, table)
    assert set(errors) == {"none", "season", "step"}
    assert errors[name] <= 1.05 * min(errors.values())
    assert any(each.startswith(f"difference: {chosen.difference}, by") for each in notes)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"horizon": None}, "data.window is for a series, which needs data.horizon"),
        ({"time": None}, "data.window is for a series, which needs data.time"),
        ({"window": None}, "data.horizon is for a series, and data.window is missing"),
        ({"known": ["sold"]}, "sold is data.target already"),
        ({"features": ["busy"]}, "data.features has no use with data.window"),
        ({"target": ["sold", "busy"]}, "a series has one target"),
    ],
)
def test_keys_that_do_not_go_together(tmp_path, keys, said):
    monthly(40).assign(busy=1).to_csv(tmp_path / "series.csv", index=False)
    data = {"file": str(tmp_path / "series.csv"), "target": "sold", "time": "month"}
    data |= {"window": 3, "horizon": 2, **keys}
    data = {key: value for key, value in data.items() if value is not None}
    with pytest.raises(ConfigError) as caught:
        prepare(load({"data": data, "layers": []}), np.random.default_rng(0))
    assert any(said in each.message for each in caught.value.problems)


def test_a_text_that_is_known_ahead_is_one_number_a_value(table_of):
    """Of the training part alone: what comes later only is all 0, and told."""
    days = ["work", "rest", None, "work", "work", "rest", "work", "rest", "fair", "work"]
    table, _ = table_of(
        monthly(10).assign(day=days, busy=np.arange(10) * 10),
        known=["busy", "day"],
        validation=0.2,
        window=2,
    )
    found = table.read(table.kinds())
    own = ["busy", "day=rest", "day=work", "day=(missing)"]
    ahead = [f"{name} 2 ahead" for name in own]
    assert list(found)[:9] == [f"{name} -1" for name in ["sold", *own, *ahead]]
    # The origin is step 1 and the future steps 2 and 3: a missing cell, and work.
    assert found.iloc[0].tolist()[:9] == [0, 0, 0, 1, 0, 20, 0, 0, 1]
    assert found.iloc[0].tolist()[9:18] == [1, 10, 1, 0, 0, 30, 0, 1, 0]
    last = found.set_index("month").loc[7]
    assert last[[f"{name} 2 ahead -1" for name in own]].tolist() == [80, 0, 0, 0]  # the fair
    assert last[[f"{name} 2 ahead 0" for name in own]].tolist() == [90, 0, 1, 0]
    assert "column day: values not seen in training in 1 cell" in table.notes()


def test_what_cannot_be_known_ahead_is_refused(table_of):
    dates = [f"{at + 1:02}/02/2001" for at in range(20)]
    with pytest.raises(DataError, match="column day holds dates"):
        table_of(monthly(20).assign(day=dates), known=["day"])
    many = [f"day {at}" for at in range(101)]
    with pytest.raises(DataError, match=r"column day has 101 different values .* has 1 to 100"):
        table_of(monthly(101).assign(day=many), known=["day"], validation=0)
    _, config = table_of(monthly(40).assign(day="Monday"), known=["day"])
    config.data.types["day"] = OrderForm(order=["Monday", "Tuesday"])
    with pytest.raises(ConfigError, match=r"data\.types has an order of them"):
        check_series(config)
