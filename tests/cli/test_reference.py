"""Pages that are made of the program are as it makes them, and name all that it has."""

from pathlib import Path

import pytest

from ann_cli.cli.reference import pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name):
    assert (DOCS / name).read_text() == PAGES[name], (
        f"docs/{name} is not current: python -m ann_cli.cli.reference docs"
    )
