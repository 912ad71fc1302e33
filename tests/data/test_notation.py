"""How cells are written: the same values in other spellings are the same numbers and dates."""

import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ann_cli.data.cells.notation import MARKERS
from ann_cli.data.cells.numerals import CONVENTIONS, convention, is_known, parts_of, unit_of
from ann_cli.data.cells.values import codes
from ann_cli.data.cells.writing import Written
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.opening import Opening

VALUES = (2103.0, -1618.25, 0.5, 1234567.0, 12.0, 999.75, -3.0, 45000.5)


def grouped(value: float, decimal: str, thousands: str) -> str:
    return f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)


SPELLINGS = {
    "plain": lambda value: f"{value:.2f}",
    "exponent": lambda value: f"{value:.9e}",
    "plus": lambda value: f"{value:+.2f}",
    "spaces around": lambda value: f"  {value:.2f} ",
    "comma thousands": lambda value: grouped(value, ".", ","),
    "decimal comma": lambda value: f"{value:.2f}".replace(".", ","),
    "point thousands": lambda value: grouped(value, ",", "."),
    "space thousands": lambda value: grouped(value, ",", " "),
    "no-break space": lambda value: grouped(value, ",", "\u00a0"),
    "thin space": lambda value: grouped(value, ".", "\u2009"),
    "narrow space": lambda value: grouped(value, ",", "\u202f"),
    "apostrophe": lambda value: grouped(value, ".", "'"),
    "curly apostrophe": lambda value: grouped(value, ".", "’"),
    "true minus": lambda value: f"{value:.2f}".replace("-", "−"),
    "minus behind": lambda value: f"{abs(value):.2f}" + "-" * (value < 0),
    "brackets": lambda value: f"({-value:,.2f})" if value < 0 else f"{value:,.2f}",
    "dollar": lambda value: f"{'-' * (value < 0)}${abs(value):,.2f}",
    "dollar minus": lambda value: f"${value:,.2f}",
    "dollar in brackets": lambda value: f"(${-value:,.2f})" if value < 0 else f"${value:,.2f}",
    "euro behind": lambda value: grouped(value, ",", ".") + " €",
    "code before": lambda value: f"EUR {value:,.2f}",
    "code behind": lambda value: f"{value:,.2f} CHF",
    "kroner": lambda value: f"kr {value:.2f}",
    "percent": lambda value: f"{value:.2f} %",
    "percent close": lambda value: f"{value:.2f}%",
    "measure": lambda value: f"{value:.2f}km",
    "area": lambda value: f"{value:.2f} m²",
    "word": lambda value: f"{value:.2f} parsecs",
    "millions": lambda value: f"${value / 1e6:.8f}M",
    "thousands with k": lambda value: f"{value / 1e3:.5f}k",
    "million as a word": lambda value: f"{value / 1e6:.8f} million",
    "Mio. and a unit": lambda value: f"{value / 1e6:.8f} Mio. €".replace(".", ",", 1),
    "rupees": lambda value: f"Rs {value:,.2f}/-",
    "dollar before brackets": lambda value: f"$({-value:,.2f})" if value < 0 else f"${value:,.2f}",
    "a month": lambda value: f"£{value:,.2f} pcm",
    "a currency and what it is for": lambda value: f"${value:,.2f}/month",
    "apostrophe first": lambda value: f"'{value:.2f}",
    "formula": lambda value: f'="{value:.2f}"',
    "full width": lambda value: "".join(
        chr(ord(each) + 0xFEE0) if each in "0123456789" else each for each in f"{value:.2f}"
    ),
    "unseen marks": lambda value: f"\u202a{value:.2f}\u202c\u200b",
    "hyphen": lambda value: f"{value:.2f}".replace("-", "\u2010"),
}
NO_NOTE = ("plain", "exponent", "plus", "spaces around", "true minus", "minus behind",
           "apostrophe first", "formula", "full width", "unseen marks", "hyphen")  # fmt: skip


def written(path: Path, cells: list[str], separator: str = ",", name: str = "x") -> Path:
    quoted = (f'"{cell}"' if separator in cell else cell for cell in cells)
    rows = [f"{cell}{separator}{place}" for place, cell in enumerate(quoted)]
    path.write_text("\n".join([f"{name}{separator}n", *rows, ""]), encoding="utf-8")
    return path


def column(path: Path, **known) -> tuple[str, np.ndarray, list[str]]:
    table = CsvTable(path, Opening(written=Written(**known)))
    kinds = table.recognise()
    return kinds["x"], table.read(kinds)["x"].to_numpy(), table.notes()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_one_number_in_any_spelling(tmp_path, name, separator):
    cells = list(map(SPELLINGS[name], VALUES))
    kind, values, notes = column(written(tmp_path / "x.csv", [*cells, ""], separator))
    assert kind == "number"
    assert values[:-1].tolist() == list(VALUES)
    assert math.isnan(values[-1])
    assert (name in NO_NOTE) == (not notes)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=3, max_size=9),
    st.sampled_from(sorted(SPELLINGS)),
)
def test_any_numbers_are_read_as_in_the_plain_spelling(values, name):
    """Where the cells leave a doubt (all are like 1.234) the plain spelling has it, too."""
    cells = {SPELLINGS[name](value): 1 for value in [*values, 0.25, 1234567.25]}
    _, scaled = unit_of(cells)
    decimal, thousands, doubtful = convention(cells)
    assert not doubtful
    read = [parts_of(cell).plain(decimal, thousands) for cell in cells]
    assert [float(each) for each in read] == [*dict.fromkeys([*values, 0.25, 1234567.25])] or scaled


@pytest.mark.parametrize(
    "cell",
    ["", "-", "x", "3+", "1-2", "Q1", "v2", "12:30", "2020-01-01", "1.2.3.4", "Room 12", "1 2 3 x",
     "(5", "--5", "+-5", "5 5e", "$", "1e", "0x1f", "1_000", "٣", "$5€"],
)  # fmt: skip
def test_what_is_no_number(cell):
    parts = parts_of(cell)
    strange = parts is not None and parts.unit and not is_known(parts.unit) and not parts.spaced
    assert parts is None or strange or not any(parts.plain(*each) for each in CONVENTIONS)


IN_FULL = {
    "Swiss, no cents": (["1'660.–", "12.–", "99.50"], [1660, 12, 99.5]),
    "German, no cents": (["1.660,-", "12.345,-"], [1660, 12345]),
    "dashes and a unit": (["1.660,-- €", "12,50 €"], [1660, 12.5]),
    "accounts have a dash for 0": ([" $ 1,234.50 ", " $ -   ", " $ (2.00)"], [1234.5, 0, -2]),
    "an exponent with a comma": (["1,660E+03", "2,125E-01"], [1660, 0.2125]),
    "multiples": (["1.5x", "20x"], [1.5, 20]),
    "yen": (["1,660円", "20円"], [1660, 20]),
    "hours and minutes": (["2h 50m", "19h", "45m"], [10200, 68400, 2700]),
    "longer than a day": (["182:02:05", "1:00:00.5"], [655325, 3600.5]),
    "minutes and seconds": (["3:45", "61:02"], [225, 3662]),
    "days": (["1 days 02:03:04", "-1 days +23:59:59"], [93784, -1]),
    "ISO 8601 durations": (["PT2H50M", "P1DT0.5S"], [10200, 86400.5]),
}


@pytest.mark.parametrize("case", IN_FULL)
def test_numbers_that_are_written_out(tmp_path, case):
    cells, expected = IN_FULL[case]
    kind, values, notes = column(written(tmp_path / "x.csv", [*cells, ""], "|"))
    assert kind == "number"
    assert values[:-1].tolist() == expected
    assert "is read as" in notes[0]
    assert ('" $ -   " as 0' in notes[0]) == (case == "accounts have a dash for 0")


def test_a_file_to_predict_has_durations_where_the_one_that_trained_had(tmp_path):
    trained = CsvTable(written(tmp_path / "x.csv", ["182:02:05", "1:00:00"]))
    trained.recognise()
    usual = trained.notations
    kind, values, _ = column(written(tmp_path / "y.csv", ["2:00:00", "7"]), usual=usual)
    assert (kind, values.tolist()) == ("number", [7200, 7])


OTHERWISE = {
    "as it trained": (["$1,200", "$7.5"], ["$1,300", "$8.5"], ""),
    "without the unit": (["$1,200", "$7.5"], ["1,300", "8.5"], ""),
    "a doubt that training decides": (["$1,200", "$7.5"], ["$1,300", "$2,800"], ""),
    "plain": (["$1,200", "$7.5"], ["1300", "8.5"], ""),
    "another sign": (
        ["$1,200", "$7.5"],
        ["$1.300", "$8,5"],
        '"$1.300" is read as 1300 (a point be',
    ),
    "one cell decides": (
        ["$1,200", "$7.5"],
        ["1.200,50", "$1,200"],
        "a comma as decimal sign, the unit $",
    ),
    "and no unit": (
        ["1,200", "7.5"],
        ["1,5", "2,25"],
        '"2,25" is read as 2.25 (a comma as decimal',
    ),
    "the other way": (["1.200,5", "7,5"], ["1,200.5", "7.5"], "is read as 1200.5 (a comma between"),
}


@pytest.mark.parametrize("case", OTHERWISE)
def test_a_file_with_another_decimal_sign_than_the_one_that_trained_is_told(tmp_path, case):
    before, cells, told = OTHERWISE[case]
    trained = CsvTable(written(tmp_path / "x.csv", before, "|"))
    trained.recognise()
    *_, notes = column(written(tmp_path / "y.csv", cells, "|"), usual=trained.notations)
    assert [told in note for note in notes] == [True] * bool(told)
    assert "cells lack" not in "".join(notes) or "$" in "".join(cells)


def test_cells_without_the_unit_of_the_others_are_told(tmp_path):
    _, _, (note,) = column(written(tmp_path / "x.csv", ["40.2%", "0.5", "29.5%", "12%"]))
    assert "(the unit %, which 1 of the first 4 cells lack)" in note


DOUBTS = {
    "nothing decides: a point is decimal": (["1.234", "5.678"], {}, 1.234),
    "nothing decides: a comma groups": (["1,234", "5,678"], {}, 1234),
    "another cell": (["1.234", "5.678.000"], {}, 1234),
    "a cell with both": (["1.234", "5.678,5"], {}, 1234),
    "a leading zero": (["1,234", "0,678"], {}, 1.234),
    "another column": (["1.234", "5.678"], {"other": "2,5"}, 1234),
    "another column with points": (["1,234", "5,678"], {"other": "2.5"}, 1234),
    "a file with semicolons": (["1.234", "5.678"], {"separator": ";"}, 1234),
    "semicolons, points elsewhere": (["1.234", "5.678"], {"separator": ";", "other": "2.5"}, 1.234),
    "told": (["1.234", "5.678"], {"decimal": ","}, 1234),
    "told by thousands": (["1.234", "5.678"], {"thousands": "."}, 1234),
    "told, a comma": (["1,234", "5,678"], {"decimal": ","}, 1.234),
    "told, none": (["1,234", "5,678"], {"decimal": ",", "thousands": ""}, 1.234),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_where_a_number_fits_two_ways(tmp_path, case):
    cells, given, expected = DOUBTS[case]
    other, separator = given.get("other", "1"), given.get("separator", ",")
    rows = [f'"{cell}"{separator}"{other}"' for cell in cells]
    path = tmp_path / "x.csv"
    path.write_text("\n".join([f"x{separator}n", *rows, ""]))
    known = {key: value for key, value in given.items() if key in ("decimal", "thousands")}
    kind, values, notes = column(path, **known)
    assert (kind, values[0]) == ("number", expected)
    sure = case in ("another cell", "a cell with both", "a leading zero")
    assert bool(known) == (not notes)
    assert sure or known or "data.decimal" in notes[0]


def test_units_that_differ_are_odd(tmp_path):
    cells = ["5 kg"] * 9 + ["300 g", "1.5 kg", "2.5 kg"]
    kind, values, notes = column(written(tmp_path / "x.csv", cells))
    assert kind == "number"
    assert np.isnan(values).tolist() == [cell == "300 g" for cell in cells]
    assert '"300 g" (line 11; 1 cell)' in notes[-1]


MIXED = {
    "one text among many numbers": (["rotary", *map(str, range(100))], "number"),
    "plus signs": ([*(f"{n}.5" for n in range(30)), "3+", "136A"], "number"),
    "one text, often": ([*map(str, range(60))] + ["sold out"] * 50, "number"),
    "a few different numbers": (["4", "6", "8"] * 30 + ["rotary"], "category"),
    "mostly texts": ([*map(str, range(40))] + ["car"] * 60, "category"),
    "many different texts": ([*map(str, range(60))] + [f"n{n}" for n in range(40)], "category"),
}


@pytest.mark.parametrize("case", MIXED)
def test_texts_among_numbers(tmp_path, case):
    cells, expected = MIXED[case]
    kind, values, notes = column(written(tmp_path / "x.csv", cells))
    assert kind == expected
    texts = [cell for cell in cells if not parts_of(cell) or parts_of(cell).unit]
    if kind == "number":
        assert np.isnan(values).sum() == len(texts)
        assert "column x: " in notes[-1]
        assert texts[0] in notes[-1]
    else:
        # Most cells are numbers, and this is told; else nothing is.
        assert bool(notes) == (2 * len(texts) < len(cells))


@pytest.mark.parametrize("marker", sorted(MARKERS - {""}))
def test_markers_are_missing_among_numbers_and_values_among_texts(tmp_path, marker):
    if marker == "":
        return
    for text in {marker, marker.upper(), marker.title()}:
        numbers = written(tmp_path / "n.csv", ["1", text, "2.5", text])
        kind, values, notes = column(numbers)
        assert kind == "number"
        assert np.isnan(values).tolist() == [False, True, False, True]
        assert notes == [f"column x: {text} (2 cells) counted as missing"]
        texts = written(tmp_path / "t.csv", ["a", text, "b", ""])
        assert column(texts)[1][:3].tolist() == ["a", text, "b"]
        assert pd.isna(column(texts)[1][3])
        assert pd.isna(column(texts, missing=(text,))[1]).tolist() == [False, True, False, True]


def test_the_missing_that_are_listed(tmp_path):
    path = written(tmp_path / "x.csv", ["1", "-1", "2.5", "gone"])
    kind, values, _ = column(path, missing=("-1", "gone"))
    assert kind == "number"
    assert np.isnan(values).tolist() == [False, True, False, True]


NO_DATA = {
    "a raster's": ([1.5, 2.5, 7.0, -3.4028234663852886e38], 1),
    "far below": ([1.5, 2.5, 7.0, -9999, -9999], 2),
    "a large range": ([-12000.0, 9000.0, 0.5, -9999], 0),
    "below 0, as others": ([-150.0, -20.0, 0.5, -99], 0),
    "1e30": ([1.5, 2.5, 1e30], 1),
    "all immense": ([1e25, 2e25, 3e30], 0),
    "alone below 0, in a wide range": ([0.0, 8.0, 90000.0, -999], 1),
    "nothing special": ([1.5, 2.5, -8888.0], 0),
}


@pytest.mark.parametrize("case", NO_DATA)
def test_numbers_that_stand_for_no_value(tmp_path, case):
    values, missing = NO_DATA[case]
    path = written(tmp_path / "x.csv", list(map(repr, values)))
    kind, read, notes = column(path)
    assert kind == "number"
    assert np.isnan(read).sum() == missing
    assert bool(notes) == bool(missing)
    table = CsvTable(path)
    assert np.isfinite(table.read(table.recognise({"x": "number"}))["x"]).all()


MOMENTS = [datetime(2019, 12, 31, 23, 59, 58) + timedelta(days=37 * n, hours=n) for n in range(40)]
DATES = {
    "ISO": "%Y-%m-%d",
    "ISO and a time": "%Y-%m-%dT%H:%M:%S",
    "ISO and a space": "%Y-%m-%d %H:%M:%S",
    "UTC": "%Y-%m-%dT%H:%M:%SZ",
    "day first": "%d/%m/%Y",
    "month first": "%m/%d/%Y",
    "points": "%d.%m.%Y",
    "points and a time": "%d.%m.%Y %H:%M",
    "dashes": "%d-%m-%Y",
    "slashes, year first": "%Y/%m/%d",
    "short years": "%m/%d/%y",
    "names of months": "%d %b %Y",
    "long names": "%B %d, %Y",
    "twelve hours": "%m/%d/%Y %I:%M %p",
    "eight digits": "%Y%m%d",
    "months": "%b %Y",
    "a time of day": "%H:%M:%S",
    "six digits": "%Y%m",
    "fourteen digits": "%Y%m%d%H%M%S",
    "close to am": "%m/%d/%Y %I:%M%p",
    "no separator": "%d%b%Y",
    "a log": "%d/%b/%Y:%H:%M:%S",
    "weeks and days": "%G-W%V-%u",
    "Chinese": "%Y年%m月%d日",
}
WORDY = {
    "5th January 2018": "2018-01-05",
    "Jan. 5, 2018": "2018-01-05",
    "Sept 5, 2018": "2018-09-05",
    "5. Januar 2018": "2018-01-05",
    "1 août 2018": "2018-08-01",
    "5 de enero de 2018": "2018-01-05",
    "2018-1-5": "2018-01-05",
    "2018-W02": "2018-01-08",
    "2018Q2": "2018-04-01",
    "2018-Q4": "2018-10-01",
    "Q3 2018": "2018-07-01",
    "Fri, 05 Jan 2018 09:30:15 GMT": "2018-01-05T09:30:15",
    "2018-01-05 09:30:15,5": "2018-01-05T09:30:15.5",
    "05-JAN-18 09.30.15.000000 PM": "2018-01-05T21:30:15",
    "1/5/2018 9:30 p.m.": "2018-01-05T21:30:00",
}


@pytest.mark.parametrize("name", DATES)
def test_one_moment_in_any_spelling(tmp_path, name):
    form = DATES[name]
    cells = [moment.strftime(form) for moment in MOMENTS]
    kind, values, notes = column(written(tmp_path / "x.csv", [*cells, "", "NA"]))
    expected = [datetime.strptime(cell, form) for cell in cells]
    start = datetime(1900, 1, 1) if name == "a time of day" else datetime(1970, 1, 1)
    assert kind == "date"
    assert values[:-2].tolist() == [(each - start).total_seconds() for each in expected]
    assert np.isnan(values[-2:]).all()
    assert notes == ["column x: NA (1 cell) counted as missing"]


@pytest.mark.parametrize("cell", WORDY)
def test_a_date_as_people_write_it(tmp_path, cell):
    kind, values, _ = column(written(tmp_path / "x.csv", [cell, cell, "0000-00-00"], "|"))
    assert kind == "date"
    expected = (np.datetime64(WORDY[cell]) - np.datetime64(0, "s")) / np.timedelta64(1, "s")
    assert values[0] == expected or ("1/5" in cell and values[0] == expected + 116 * 86400)
    assert math.isnan(values[2])


@pytest.mark.parametrize("day", ["9999-12-31", "1900-01-01 00:00:00", "0001-01-01"])
def test_days_that_stand_for_none(tmp_path, day):
    cells = [f"2018-03-{n + 1:02d}" for n in range(20)]
    path = written(tmp_path / "x.csv", [*cells, day])
    kind, values, notes = column(path)
    assert kind == "date"
    assert np.isnan(values).tolist() == [False] * 20 + [True]
    assert f"{day[:10]} is taken for no value" in notes[0]
    table = CsvTable(path)
    assert not table.read(table.recognise({"x": "date"}))["x"].isna().any()
    born = written(tmp_path / "y.csv", [f"{1900 + n}-01-01" for n in range(100)])
    assert not np.isnan(column(born)[1]).any()


def test_texts_among_dates(tmp_path):
    days = [f"2018-03-{n + 1:02d}" for n in range(20)]
    kind, values, notes = column(written(tmp_path / "x.csv", [*days, "present", "present"]))
    assert (kind, np.isnan(values).sum()) == ("date", 2)
    assert '"present" (line 22; 2 cells)' in notes[0]
    kind, _, (note,) = column(written(tmp_path / "y.csv", [*days, *["03/01/2018"] * 9]))
    assert kind == "category"
    assert '"03/01/2018" is none, as 9 cells of the first rows' in note


def test_zones_are_moments_of_one_clock(tmp_path):
    cells = ["2020-01-01T12:00:00+02:00", "2020-01-01T10:00:00Z", "2020-01-01 05:00:00-05:00"]
    _, values, _ = column(written(tmp_path / "x.csv", cells))
    assert len(set(values)) == 1


def test_day_and_month_that_could_change_places_are_told(tmp_path):
    path = written(tmp_path / "x.csv", ["01/02/2020", "03/04/2020"])
    kind, values, (note,) = column(path)
    assert kind == "date"
    assert values[0] == datetime(2020, 2, 1).timestamp() - datetime(1970, 1, 1).timestamp()
    assert 'data.types: {x: {date: "%m/%d/%Y"}}' in note
    _, other, notes = column(path, dates={"x": "%m/%d/%Y"})
    assert other[0] == datetime(2020, 1, 2).timestamp() - datetime(1970, 1, 1).timestamp()
    assert notes == []


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5", "2.5"],
        ["555-1234", "555-9999"],
        ["10.0.0.1", "10.0.0.2"],
        ["1/2", "3/4"],
        ["v1.2.3", "v1.2.4"],
        ["12345678", "87654321"],
        ["a-1", "b-2"],
        ["May", "June"],
    ],
)
def test_what_is_no_date(tmp_path, cells):
    assert column(written(tmp_path / "x.csv", cells * 3))[0] != "date"


ONE_VALUE = {
    "numbers": (("1", "2", "10"), [("1", 0), ("1.0", 0), ("01", 0), (" 2 ", 1), (1, 0), (2.0, 1),
                                   (10, 2), ("3", -1), (np.int8(2), 1), ("NA", -2)]),
    "yes and no": (("no", "yes"), [("yes", 1), ("YES", 1), ("True", 1), (True, 1), (False, 0),
                                   (1, 1), (0.0, 0), ("x", -1), ("?", -2), (np.bool_(True), 1)]),
    "0 and 1": (("0", "1"), [("0", 0), (0, 0), (0.0, 0), (False, 0), ("true", 1), ("1.0", 1)]),
    "codes": (("01234", "10115"), [("01234", 0), ("1234", 0), (1234, 0), (1234.0, 0)]),
    "two of one value": (("007", "07", "x"), [("007", 0), (7, -1), (7.0, -1), ("7", -1)]),
    "ids": (("9007199254740992", "9007199254740993"), [(9007199254740993, 1),
                                                       ("9007199254740993", 1)]),
    "ids as floats": (("9007199254740993", "9007199254740995"), [(9007199254740996.0, 1)]),
    "texts": (("a", "A", "None"), [("a", 0), ("A", 1), ("None", 2), (" a", -1), (None, -2),
                                   (float("nan"), -2), (pd.NA, -2)]),
    "fractions": (("0.1", "0.5"), [(0.1, 0), (np.float32(0.1), 0), (".5", 1)]),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_VALUE)
def test_a_cell_stands_for_the_category_of_its_value(case):
    categories, cells = ONE_VALUE[case]
    for cell, place in cells:
        assert codes(np.array([cell], dtype=object), categories).tolist() == [place], cell
