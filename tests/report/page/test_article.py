"""The page of the article, in a browser; its trainings are shortened."""

import re
from pathlib import Path

from browser import Watched

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.experiments.claims import claims
from ann_cli.report.page.article import article_page
from ann_cli.report.page.article_pictures import PICTURES

ROOT = Path(__file__).parents[3]


def test_the_page_shows_every_claim_and_its_picture(page: Watched, tmp_path: Path) -> None:
    def short(name: str) -> str:
        text = (ROOT / name).read_text()
        text = text.replace("../../datasets", str(ROOT / "datasets"))
        if "xor" not in name:
            text = re.sub("epochs: .*", "epochs: 3", text)
            text = text.replace("file: local", f"file: {ROOT}/configs/article/local")
        else:
            text = text.replace("file: xor", f"file: {ROOT}/configs/article/xor")
        path = tmp_path / Path(name).name
        path.write_text(text.replace("points: 61", "points: 16"))
        return str(path)

    known = claims()
    path = tmp_path / "page.html"
    path.write_text(article_page(list(known.values()), short))
    shown = page.open(path)
    assert PICTURES.keys() <= known.keys()
    for name, claim in known.items():
        text = " ".join(shown.text_content(f"section#{name}").split())
        for each in (claim.claim, claim.look, claim.measured, claim.holds):
            assert each in text
        typed = text.replace(" \\ ", " ")
        for command in claim.commands:
            assert " ".join(command.split()) in typed
    names = {each.get_attribute("data-chart") for each in shown.query_selector_all("[data-chart]")}
    drawn = {f"activation-{name}" for name in ACTIVATIONS}
    drawn |= {"map-of-two-weights", "descent", "xor", "xor_hidden_layer", "dead-units"}
    assert drawn <= names
    for chart in shown.query_selector_all("[data-chart]"):
        marks = "svg [role='graphics-symbol'], svg .mark-line path, svg .mark-rect path"
        assert chart.query_selector(marks), chart.get_attribute("data-chart")
    assert "3 of 4 rows are right" in shown.text_content("#figure-xor")
    assert "4 of 4 rows are right" in shown.text_content("#figure-xor_hidden_layer")
    assert page.violations() == []
    shown.set_viewport_size({"width": 390, "height": 800})
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
