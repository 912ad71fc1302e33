"""docs/article.md is what tests/benchmarks/article.py writes, with commands that can be run."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from ann_cli.cli.main import ann
from ann_cli.config.read import read
from ann_cli.experiments.variations import variations

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def article():
    """The script, as a module."""
    path = CHECKOUT / "tests" / "benchmarks" / "article.py"
    spec = importlib.util.spec_from_file_location("article", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(article):
    """The page's rows: claim, commands, measured, holds."""
    assert article.PAGE == CHECKOUT / "docs" / "article.md"
    page = article.PAGE.read_text()
    assert page.startswith(article.HEAD)
    found = [line.strip("| ").split(" | ") for line in page[len(article.HEAD) :].splitlines()]
    assert all(len(cells) == 4 for cells in found)
    return found


def test_the_page_has_the_claims_and_the_commands_of_the_script(article, rows):
    told = [(claim, re.findall(r"`([^`]+)`", commands)) for claim, commands, *_ in rows]
    assert told == [(each.claim, list(each.commands)) for each in article.CLAIMS]


def test_every_row_says_what_was_measured_and_whether_it_holds(rows):
    for _, _, measured, holds in rows:
        assert re.search(r"\d", measured)
        assert re.match(r"yes|in part|no\b", holds)


def test_every_command_of_the_page_is_one(article, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    for line in (command for claim in article.CLAIMS for command in claim.commands):
        if not line.startswith("ann "):
            continue
        name, *arguments = shlex.split(line)[1:]
        command = ann.get_command(None, name)
        with command.make_context(name, arguments) as context:
            given = context.params
        draft = read(given["config"])
        draft.config(given["overrides"])
        for each in given.get("vary", ()):
            assert len(variations([each])) > 1


def test_every_config_of_the_article_is_on_the_page(rows):
    told = " ".join(commands for _, commands, *_ in rows)
    for path in (CHECKOUT / "configs" / "article").glob("*.yaml"):
        assert f"configs/article/{path.name}" in told
