"""The network drawn and run in a page, as a person uses it: with a pointer, a keyboard, a menu."""

from copy import deepcopy
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from browser import Watched
from PIL import Image

import ann_cli
from ann_cli.report.page import model_document
from ann_cli.report.page.blocks import Drawing, Words
from ann_cli.report.page.material import Material, material
from ann_cli.report.page.network_drawing import MOST_UNITS, network_drawing
from ann_cli.report.page.page import page as html
from ann_cli.report.page.sections import network, what_if

STRANGE = "</script><b>a & b</b>\u2028$&`'\""


@pytest.fixture(scope="session")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Classes, of columns and cells that look like markup, some of them missing."""
    folder, generator = tmp_path_factory.mktemp("strange"), np.random.default_rng(0)
    size, kind = generator.normal(size=120), generator.choice([STRANGE, "<i>", "no"], 120)
    frame = pd.DataFrame({STRANGE: size, "kind": kind, "constructor": generator.normal(size=120)})
    frame["when"] = pd.date_range("2020-01-01", periods=120).strftime("%d/%m/%Y")
    frame["target"] = np.where(size + (kind == "no") > 0.3, STRANGE, "<u>b</u>")
    frame["kind"] = frame["kind"].where(generator.random(120) > 0.1)
    frame.to_csv(folder / "data.csv", index=False)
    config = {
        "data": {"file": str(folder / "data.csv"), "target": "target"},
        "layers": [{"skip": [{"units": MOST_UNITS + 3, "activation": "tanh"}]}],
        "epochs": 30,
        "save_to": str(folder / "run"),
    }
    return material(ann_cli.train(config))


@pytest.fixture(scope="module")
def page(browser, houses, strange, tmp_path_factory):
    """page(seen): a page of the two sections, which stays as the last test left it."""
    pages, folder = {}, tmp_path_factory.mktemp("pages")
    context = browser.new_context(color_scheme="dark", viewport={"width": 1100, "height": 900})

    def opened(seen: Material) -> Watched:
        name = seen.run.path.parent.name + seen.missing
        if name not in pages:
            sections = [
                (
                    each.name,
                    each.title,
                    [own for own in each.blocks(seen) if isinstance(own, Drawing)],
                )
                for each in (network.SECTION, what_if.SECTION)
            ]
            path = folder / f"{name}.html"
            path.write_text(html("A run", "", sections))
            pages[name] = Watched(context.new_page())
            pages[name].open(path)
        pages[name].page.get_by_role("button", name="Back to").click()
        return pages[name]

    yield opened
    context.close()


def rows_of(opened) -> pd.DataFrame:
    """The rows that a page holds."""
    return pd.DataFrame(
        opened.evaluate("dataOf(document.querySelector('#figure-what-if')).rows.cells")
    )


def said(page) -> str:
    return page.text_content(".prediction")


def test_the_page_answers_as_predict_does(houses, page):
    model = houses.run.model
    opened = page(houses).page
    opened.get_by_label("area, slider").fill("2500")
    row = opened.evaluate(f"{WHAT_IF}.state.row")
    assert row["area"] == 2500
    for change in ({}, {"bedrooms": None}, {"area": None, "age": None}):
        for name in change:
            opened.get_by_role("group", name=name, exact=True).get_by_label("missing").check()
        row |= change
        expected = model.predict(pd.DataFrame([row]).astype(float), interval=0.9).iloc[0]
        ends = opened.text_content(".interval").split(" is an interval")[0].split(" to ")
        told = [number(said(opened)), *map(number, ends)]
        assert told == pytest.approx(expected.tolist(), rel=1e-5)
        glow = opened.eval_on_selector_all(
            "[data-drawing=what_if] .glow",
            "(all) => all.map((each) => Number(each.getAttribute('fill-opacity')))",
        )
        assert 0 < sum(glow) < len(glow)
    assert page(houses).violations() == []
    opened.set_viewport_size({"width": 390, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_pushes_are_the_shapley_values(houses, page):
    """By the definition, over all coalitions of four columns and the rows in the page."""
    model, opened = houses.run.model, page(houses).page
    opened.wait_for_selector(".panel:not(.stale) .pushes tbody tr")
    cells = opened.eval_on_selector_all(".pushes tbody tr", "(all) => all.map((row) =>"
        "[...row.children].map((cell) => cell.textContent))")  # fmt: skip
    own = pd.Series(opened.evaluate(f"{WHAT_IF}.state.row"))
    rows = pd.DataFrame(
        opened.evaluate("dataOf(document.querySelector('#figure-what-if')).rows.cells")
    )
    names = [*own.index]
    values = {}
    for size in range(5):
        for joined in combinations(names, size):
            values[frozenset(joined)] = model.predict(rows.assign(**own[[*joined]]))[
                "prediction"
            ].mean()
    for name, _, push, error, _ in cells:
        others = [each for each in names if each != name]
        exact = sum(
            (values[frozenset(joined) | {name}] - values[frozenset(joined)])
            * factorial(size) * factorial(3 - size) / factorial(4)
            for size in range(4)
            for joined in combinations(others, size)
        )  # fmt: skip
        assert number(push) == pytest.approx(exact, abs=4 * number(error) + 1)
        assert number(error) < 0.1 * max(abs(number(each[2])) for each in cells)


def test_the_nearest_row_that_is_decided_otherwise(strange, page):
    model, opened = strange.run.model, page(strange).page
    rows = pd.DataFrame(
        opened.evaluate("dataOf(document.querySelector('#figure-what-if')).rows.cells")
    )
    x, labels = model.encoder.transform(rows), model.predict(rows)["prediction"]
    away = np.linalg.norm(x - x[0], axis=1) + np.where(labels == labels[0], np.inf, 0)
    assert said(opened) == labels[0]
    opened.get_by_role("button", name="Put these cells in").click()
    assert said(opened) == labels[away.argmin()] != labels[0]
    assert opened.evaluate(f"{WHAT_IF}.state.row") == rows.loc[away.argmin()].to_dict()


def test_texts_of_columns_cells_and_classes_are_no_markup(strange, page):
    model, opened = strange.run.model, page(strange).page
    row = opened.evaluate(f"{WHAT_IF}.state.row")
    menu = opened.get_by_role("group", name="kind", exact=True).get_by_role("combobox")
    for chosen, cell in (
        ("<i>", "<i>"),
        ("missing", None),
        ("a value not seen in training", "?"),
    ):
        menu.select_option(label=chosen)
        frame = pd.DataFrame([row | {"kind": cell}])
        expected = model.predict(frame, probabilities=True).iloc[0]
        shares = opened.eval_on_selector_all(".classes td:nth-child(2)", TEXTS)
        assert said(opened) == expected["prediction"]
        assert [*map(float, shares)] == pytest.approx(expected.iloc[1:].tolist(), abs=6e-5)
    opened.wait_for_selector(".panel:not(.stale) .pushes tbody tr")
    assert STRANGE in opened.eval_on_selector_all(".cell .name", TEXTS)
    assert STRANGE in opened.eval_on_selector_all(".classes th", TEXTS)
    assert STRANGE in opened.eval_on_selector_all(".pushes tbody th", TEXTS)
    assert opened.query_selector("main b, main i, main u") is None
    assert page(strange).violations() == page(strange).errors == []


def test_a_keyboard_moves_over_units_and_synapses(strange, page):
    opened = page(strange).page
    data = network_drawing(strange.run.model)
    drawing = opened.locator("[data-drawing=network]")
    assert drawing.locator(".network .synapse").count() == len(data["synapses"])
    assert drawing.locator(".unit").count() == sum(len(each["units"]) for each in data["layers"])
    assert drawing.locator(".unit[tabindex='0']").count() == 1
    drawing.locator(".unit[tabindex='0']").focus()
    told = drawing.locator(".told")
    for key in ("ArrowRight", "ArrowDown", "Home"):
        opened.keyboard.press(key)
    assert told.inner_text().startswith(f"{data['layers'][1]['units'][0]} of layer 1.1")
    own = [each for each in data["synapses"] if each[:2] == [1, 0] or each[2:4] == [1, 0]]
    strongest = max(own, key=lambda each: abs(each[4]))[4]
    opened.keyboard.press("PageDown")
    assert number(told.inner_text().split("weight ")[1][:-1]) == pytest.approx(strongest, rel=1e-4)
    opened.keyboard.press("Enter")
    opened.get_by_label("next row").focus()
    assert drawing.locator(".unit[aria-pressed='true']").count() == 1
    assert drawing.locator(".synapse.on").count() == len(own)


def test_a_picture_is_painted_on(page, tmp_path):
    """Of columns of pixels, and of a column of files: the same cells, and the same answers."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 4, 5))
    pixels[:, 3, 3:] = 0, 255  # how dark and how light a brush is
    frame = pd.DataFrame(pixels.reshape(40, 20)).add_prefix("p")
    names = [tmp_path / f"{at}.png" for at in range(40)]
    for name, own in zip(names, pixels, strict=True):
        Image.fromarray(own.astype(np.uint8)).save(name)
    bright = np.where(pixels[:, 1].mean(axis=1) > 120, "bright", "dark")
    frame.assign(target=bright).to_csv(tmp_path / "columns.csv", index=False)
    files = pd.DataFrame({"file": [*map(str, names)], "target": bright})
    files.to_csv(tmp_path / "files.csv", index=False)
    for kind, image in (("columns", {}), ("files", {"column": "file"})):
        config = {
            "data": {
                "file": str(tmp_path / f"{kind}.csv"),
                "target": "target",
                "image": {"height": 4, "width": 5, **image},
            },
            "layers": [{"conv": 3, "kernel": 3}, {"pool": 2}, {"units": 4}],
            "epochs": 4,
            "save_to": str(tmp_path / kind),
        }
        seen = material(ann_cli.train(config))
        opened = page(seen).page
        first = opened.evaluate(f"Object.values({WHAT_IF}.state.row).flat()")
        opened.locator(".what-if canvas").click(position={"x": 70, "y": 70})  # of 60 a pixel
        opened.locator(".what-if canvas").focus()
        for key in ("ArrowDown", "ArrowDown", "Delete"):
            opened.keyboard.press(key)
        first[6], first[10] = 255, 0
        row = opened.evaluate(f"Object.values({WHAT_IF}.state.row).flat()")
        assert row == first
        Image.fromarray(np.array(row, dtype=np.uint8).reshape(4, 5)).save(tmp_path / "new.png")
        new = pd.DataFrame([row], columns=frame.columns).astype(float)
        new = new.assign(file=str(tmp_path / "new.png"))
        expected = seen.run.model.predict(new, probabilities=True).iloc[0]
        shares = opened.eval_on_selector_all(".classes td:nth-child(2)", TEXTS)
        assert said(opened) == expected["prediction"]
        assert [*map(float, shares)] == pytest.approx(expected.iloc[1:].tolist(), abs=6e-5)
        assert page(seen).violations() == page(seen).errors == []


def test_weights_of_0_are_left_out_and_wide_layers_thinned(houses):
    model = deepcopy(houses.run.model)
    weights = model.network.layers[0].weights
    weights[1] = 0
    data = network_drawing(model)
    sources = {unit for layer, unit, *_ in data["synapses"] if layer == 0}
    assert sources == {0, 2, 3}
    values = {tuple(each[:4]): each[4] for each in data["synapses"]}
    assert values[0, 2, 1, 5] == pytest.approx(float(weights[2, 5]), rel=1e-4)


def test_without_rows_it_begins_with_the_median(houses, page):
    opened = page(Material(houses.run, None, "gone")).page
    model = houses.run.model
    median = {each.name: each.fill for each in model.encoder.features}
    expected = model.predict(pd.DataFrame([median]))["prediction"].iloc[0]
    assert number(said(opened)) == pytest.approx(expected, rel=1e-5)
    assert opened.locator(".panel").count() == 0


def test_a_model_that_is_too_large_says_so(houses, monkeypatch):
    monkeypatch.setattr(model_document, "MOST_BYTES", 40)
    (told,) = what_if.SECTION.blocks(houses)
    assert isinstance(told, Words)
    assert "0.0 MB" in told.text


WHAT_IF = "document.querySelector('[data-drawing=what_if]').whatIf"
TEXTS = "(all) => all.map((each) => each.textContent)"


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))
