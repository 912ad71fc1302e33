"""The page of a report, in a browser."""

import sys
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CONTRAST, NO_CONTRAST, Watched

from ann_cli.report.layout import printable
from ann_cli.report.page import charts
from ann_cli.report.page.blocks import Facts, Figure, Words
from ann_cli.report.page.charts import of_rows, on_page, svg
from ann_cli.report.page.page import page as html


def test_a_report_draws_all_in_light_and_dark_and_on_a_phone(reported: Path, page: Watched) -> None:
    shown = page.open(reported)
    assert page.blank() == []
    drawn = shown.query_selector_all("[data-chart]")
    assert not [each.get_attribute("data-chart") for each in drawn if "NaN" in each.inner_html()]
    assert page.violations(NO_CONTRAST) == []
    if "rare" in str(reported):  # of the sections it has most
        assert page.violations(CONTRAST) == []
        shown.emulate_media(color_scheme="dark")
        assert page.violations(CONTRAST) == []
    shown.set_viewport_size({"width": 390, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    # Nothing of a name or a cell is markup.
    assert shown.query_selector("main b, main i, main script:not([data-of])") is None
    sections = [each.get_attribute("id") for each in shown.query_selector_all("main section")]
    assert (sections[0], sections[-1]) == ("result", "again")


def test_a_layer_that_draws_nothing_is_found(page: Watched, tmp_path: Path) -> None:
    def chart() -> Any:
        drawn = of_rows([{"x": 0.0, "y": 1.0}, {"x": np.float32(1.0), "y": np.int64(2)}])
        rows = [{"x": 0.5, "y": 1.5}, {"x": 1.0, "y": nan}, {"x": 1.0, "y": inf}]
        nothing = of_rows(rows).mark_text(text="").encode(x="x:Q", y="y:Q")
        return drawn.mark_line().encode(x="x:Q", y="y:Q") + nothing

    path = tmp_path / "page.html"
    path.write_text(html("a", "b", [("one", "c", [Figure("line", "d", "e", chart)])]))
    page.open(path)
    assert page.blank() == ["line: mark-text role-mark layer_1_marks"]


def test_a_title_is_never_code_of_an_expression() -> None:
    """Vega-Lite puts a tooltip's title between quotes, and does not escape a backslash in it."""
    import altair as alt

    strange = 'a\\" + datum.secret + "'
    chart = of_rows([{"x": 1}]).mark_point().encode(tooltip=alt.Tooltip("x:Q", title=strange))
    assert "\\" not in on_page(chart)["encoding"]["tooltip"]["title"]
    assert "<svg" in svg(chart)


@pytest.mark.skipif(sys.platform != "linux", reason="where the cache lies")
def test_the_script_of_charts_is_made_once_by_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    charts.begin_runtime.cache_clear()
    maker = charts.begin_runtime()
    assert maker is charts.begin_runtime() is not None
    monkeypatch.setattr("vl_convert.javascript_bundle", None)  # it is not made here, too
    assert "window.vegaEmbed" in charts.runtime()
    charts.begin_runtime.cache_clear()
    assert charts.begin_runtime() is None
    charts.begin_runtime.cache_clear()


STRANGE = "</script><script>alert(1)</script>\u2028<b>&amp; \x1b[31m"


def test_texts_of_the_data_are_no_markup(page: Watched, tmp_path: Path) -> None:
    def chart() -> object:
        rows = [{"x": STRANGE, "y": 1}, {"x": "b", "y": 2}]
        return of_rows(rows).mark_bar().encode(x="x:N", y="y:Q", color="x:N")

    blocks = [
        Words(STRANGE),
        Facts(STRANGE, [STRANGE, "b"], [[STRANGE, STRANGE]]),
        Figure("bars", STRANGE, STRANGE, chart),
    ]
    path = tmp_path / "page.html"
    path.write_text(html(STRANGE, STRANGE, [("one", STRANGE, blocks)]))
    shown = page.open(path)
    assert shown.text_content("td") == printable(STRANGE)
    assert shown.query_selector("b") is None
