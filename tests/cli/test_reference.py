"""Pages that are made of the program are as it makes them, and name all that it has."""

from pathlib import Path

from ann_cli.cli.reference import MADE, pages

DOCS = Path(__file__).parents[2] / "docs"


def test_pages_that_are_made_are_current():
    made = pages()
    old = {name for name, text in made.items() if (DOCS / name).read_text() != text}
    assert not old, "run python -m ann_cli.cli.reference docs"
    every = {each.relative_to(DOCS).as_posix() for each in DOCS.glob("**/*.md")}
    assert {each for each in every if MADE in (DOCS / each).read_text()} == set(made)
