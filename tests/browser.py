"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests of a process."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        # Who has no browser can run all other tests; where all have to hold, it must be there.
        assert not os.environ.get("CI"), "no Chromium: apt-get install chromium"
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


class Watched:
    """A page, and what went wrong or left the machine while it was shown."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda said: said.type in ("error", "warning") and self.errors.append(said.text),
        )
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> Any:
        """Open a file, and wait until all of it is drawn. Nothing else may have been asked for."""
        self.page.goto(path.resolve().as_uri())
        self.page.wait_for_function(
            "[...document.querySelectorAll('[data-chart], [data-drawing]')]"
            ".every(each => each.dataset.drawn)",
            timeout=120_000,  # milliseconds: others may be at work
        )
        assert self.errors == []
        assert [each for each in self.requests if not each.startswith("data:")] == [
            path.resolve().as_uri()
        ]
        return self.page

    def blank(self) -> list[str]:
        """Return each layer of a chart in which nothing is drawn, and the charts without any.

        Lines and letters of the axes are none of its marks.
        """
        return self.page.evaluate(
            """() => [...document.querySelectorAll("[data-chart]")].flatMap(chart => {
              const seen = each => {
                const box = each.getBBox();
                return box.width + box.height > 0;
              };
              const layers = [...chart.querySelectorAll("g.role-mark")];
              const none = layers.filter(layer =>
                ![...layer.querySelectorAll("path, line, text, image")].some(seen));
              const named = none.map(each => `${chart.dataset.chart}: ${each.classList}`);
              return layers.length ? named : [chart.dataset.chart];
            })"""
        )

    def violations(self, options: Mapping[str, Any] | None = None) -> list[str]:
        """Return what axe-core finds of what a person with a screen reader could not use.

        `options` are axe-core's, such as the rules to look for.
        """
        from axe_playwright_python.sync_playwright import Axe

        # Of what passes, axe-core would return each element's text and its selector.
        asked = {"resultTypes": ["violations"], **(options or {})}
        found = Axe().run(self.page, options=asked).response["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
"""The rules but one, which takes two seconds a page."""

CONTRAST = {"runOnly": ["color-contrast"]}


@pytest.fixture
def page(browser: Any) -> Iterator[Watched]:
    """A fresh page, in light colours."""
    context = browser.new_context(color_scheme="light", viewport={"width": 1100, "height": 900})
    yield Watched(context.new_page())
    context.close()
