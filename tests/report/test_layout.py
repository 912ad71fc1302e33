"""Tables at any width: no name, no number and no word is cut."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ann_cli.report.layout import cells, table, wrapped
from ann_cli.report.terminal import Terminal

WIDTHS = (40, 60, 80, 140)


def laid_out(title, headings, rows, width):
    return [line for line, _ in table(title, headings, rows, width)]


def numbers_of(lines):
    return [word for line in lines for word in line.split()]


names = st.one_of(
    st.text("abcdefg_=", min_size=1, max_size=60),
    st.text("体重ßéあ", min_size=1, max_size=30),
    st.lists(st.text("abcdefgh", min_size=1, max_size=20), min_size=1, max_size=8).map(" ".join),
)
figures = st.one_of(
    st.floats(-1e15, 1e15).map(lambda value: f"{value:,.4f}"),
    st.floats(-1, 1).map(lambda value: f"{value:.4g}"),
    st.tuples(st.floats(-9, 9), st.floats(0, 1)).map(lambda pair: f"{pair[0]:.3f}±{pair[1]:.3f}"),
)


@given(st.data(), st.integers(40, 140), st.integers(1, 50), st.integers(1, 6))
def test_every_name_and_number_is_whole(data, width, count, depth):
    headings = data.draw(st.lists(names, min_size=count, max_size=count))
    rows = [(data.draw(names), *(data.draw(figures) for _ in headings)) for _ in range(depth)]
    lines = laid_out("on 1,234 validation rows", headings, rows, width)
    words = numbers_of(lines)
    for _, *numbers in rows:
        assert all(words.count(each) for each in numbers)
    for name in [row[0] for row in rows] + headings:
        assert set(name.split()) <= set(words)
    for line in lines:
        longest = max(map(cells, line.split()), default=0)
        assert cells(line) <= width or cells(line.strip()) == longest or longest > width // 3


@given(st.text("ab é体", max_size=200), st.integers(1, 60))
def test_words_stay_whole_and_in_order(text, width):
    lines = wrapped(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(cells(line) <= width or " " not in line.strip() for line in lines)


SCORES = [
    ("network", "0.8123", "12,345", "1,234,567", "-0.1234", "0.9000", "0.8000"),
    ("linear", "0.7000", "23,456", "2,345,678", "-12.3456", "0.7000", "0.6000"),
]
METRICS = ["R²", "RMSE", "MAE", "balanced accuracy", "F1 macro", "log loss"]

SNAPSHOTS = {
    140: """
 on 69 validation rows      R²    RMSE        MAE  balanced accuracy  F1 macro  log loss
 ───────────────────────────────────────────────────────────────────────────────────────
 network                0.8123  12,345  1,234,567            -0.1234    0.9000    0.8000
 linear                 0.7000  23,456  2,345,678           -12.3456    0.7000    0.6000
""",
    80: """
 on 69 validation rows                                 balanced      F1     log
                            R²    RMSE        MAE      accuracy   macro    loss
 ──────────────────────────────────────────────────────────────────────────────
 network                0.8123  12,345  1,234,567       -0.1234  0.9000  0.8000
 linear                 0.7000  23,456  2,345,678      -12.3456  0.7000  0.6000
""",
    60: """
 on 69
 validation                                balanced      F1
 rows               R²    RMSE        MAE  accuracy   macro
 ──────────────────────────────────────────────────────────
 network        0.8123  12,345  1,234,567   -0.1234  0.9000
 linear         0.7000  23,456  2,345,678  -12.3456  0.7000

 on 69
 validation
 rows           log loss
 ───────────────────────
 network          0.8000
 linear           0.6000
""",
}


@pytest.mark.parametrize("width", SNAPSHOTS)
def test_scores_at_three_widths(width):
    lines = laid_out("on 69 validation rows", METRICS, SCORES, width)
    assert lines == SNAPSHOTS[width].strip("\n").splitlines()


FORMS = [
    ("1: scale 1.0 → skip (64 relu → 64 relu)", "0.008", "0%", "2", "0.1965"),
    (
        "2: take values → scale 1.0 → dropout 0.1 → skip (128 relu → 128 relu)",
        *("0.008", "45%", "2", "0.1506"),
    ),
    ("3: linear (take values)", "0.03", "55%", "2", "0.3682"),
]

LONG_NAMES = {
    100: """
 variation                                                               rate  share  epoch    loss
 ──────────────────────────────────────────────────────────────────────────────────────────────────
 1: scale 1.0 → skip (64 relu → 64 relu)                                0.008     0%      2  0.1965
 2: take values → scale 1.0 → dropout 0.1 → skip (128 relu → 128 relu)  0.008    45%      2  0.1506
 3: linear (take values)                                                 0.03    55%      2  0.3682
""",
    80: """
 variation                                         rate  share  epoch    loss
 ────────────────────────────────────────────────────────────────────────────
 1: scale 1.0 → skip (64 relu → 64 relu)          0.008     0%      2  0.1965
 2: take values → scale 1.0 → dropout 0.1 → skip  0.008    45%      2  0.1506
   (128 relu → 128 relu)
 3: linear (take values)                           0.03    55%      2  0.3682
""",
    40: """
 variation             rate  share
 ─────────────────────────────────
 1: scale 1.0 → skip  0.008     0%
   (64 relu → 64
   relu)
 2: take values →     0.008    45%
   scale 1.0 →
   dropout 0.1 →
   skip (128 relu →
   128 relu)
 3: linear (take       0.03    55%
   values)

 variation            epoch    loss
 ──────────────────────────────────
 1: scale 1.0 → skip      2  0.1965
   (64 relu → 64
   relu)
 2: take values →         2  0.1506
   scale 1.0 →
   dropout 0.1 →
   skip (128 relu →
   128 relu)
 3: linear (take          2  0.3682
   values)
""",
}


@pytest.mark.parametrize("width", LONG_NAMES)
def test_long_names_are_broken_in_the_room_that_numbers_leave(width):
    lines = laid_out("variation", ["rate", "share", "epoch", "loss"], FORMS, width)
    assert lines == LONG_NAMES[width].strip("\n").splitlines()


def test_a_name_of_one_long_word_and_one_without_numbers_have_lines_of_their_own():
    rows = [("a" * 40, "1.5"), ("b", "2.5")]
    head = [" columns   R²", " ────────────", f" {'a' * 40}", "          1.5", " b        2.5"]
    assert laid_out("columns", ["R²"], rows, 40) == head
    more = laid_out("columns", ["R²"], [*rows, ("… 8 more columns, as long as these are too",)], 40)
    assert more[-2:] == [" … 8 more columns, as long as these are", " too"]
    assert laid_out("columns", ["R²"], [], 8)[0] == " columns  R²"


def test_columns_without_room_stand_below_with_the_names_again():
    lines = laid_out("on 69 validation rows", METRICS, SCORES, 60)
    assert sum(line.startswith(" network") for line in lines) == 2
    assert sum("─" in line for line in lines) == 2
    assert max(map(len, lines)) <= 60


def test_wide_characters_take_two_cells():
    assert [cells(each) for each in ("体重", "é", "e\u0301", "ａ", "abc")] == [4, 1, 1, 2, 3]
    first, _, *rows = laid_out("x", ["1"], [("体重", "1"), ("abcd", "2")], 60)
    assert {cells(row) for row in rows} == {cells(first)} == {len(" abcd  2")}


def test_long_texts_are_broken_at_spaces():
    text = "bill_length_mm 31%, flipper_length_mm 22%, body_mass_g was missing 18%"
    lines = laid_out("layer 1", ["inputs", "of"], [("unit 1", text, "3 of 12")], 50)
    assert " ".join(numbers_of(lines)).count("31%,") == 1
    assert max(map(len, lines)) <= 50
    assert sum(line.startswith(" unit 1") for line in lines) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_sentences_break_between_words(width):
    terminal = Terminal(io.StringIO(), width=width)
    text = "note that back-propagation and --set optimizer.learning_rate=0.01 stay whole " * 3
    terminal.say(text.strip())
    lines = terminal.stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert re.sub(r"\s+", " ", " ".join(lines)) == text.strip()
