"""The page of a report, in a browser."""

from pathlib import Path

from browser import Watched

from ann_cli.report.page.blocks import Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.page import page as html

STRANGE = "</script><script>alert(1)</script>\u2028<b>&amp; \x1b[31m"


def test_a_report_draws_all_and_asks_for_nothing(houses: Material, page: Watched) -> None:
    shown = page.open(houses.run.path.with_name("report.html"))
    for chart in shown.query_selector_all("[data-chart]"):
        assert chart.query_selector_all("svg [role='graphics-symbol'], svg .mark-line path"), (
            chart.get_attribute("data-chart")
        )
    assert page.violations() == []
    shown.set_viewport_size({"width": 390, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") == 390


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
    assert shown.text_content("td") == STRANGE
    assert shown.query_selector("b") is None
