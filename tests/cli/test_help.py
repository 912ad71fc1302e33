"""Help: what it says first and last, and that no word breaks at any width."""

import re

import click
import pytest

from ann_cli.cli.help import STATUSES
from ann_cli.cli.main import COMMANDS, ann

WIDTHS = (50, 60, 80, 140)


def context(name=None, width=80):
    top = ann.make_context("ann", [name or "schema"], resilient_parsing=True)
    top.max_content_width, top.terminal_width = 80, min(width, 80) - 2
    if name is None:
        return top
    command = ann.get_command(top, name)
    return command.make_context(name, [], parent=top, resilient_parsing=True)


def words(text):
    return re.sub(r"\\\n", "", text).split()


def test_the_group_opens_with_what_to_type_and_ends_with_exit_statuses():
    text = context().get_help()
    parts = [
        "Train neural networks from a YAML file and a CSV.",
        "ann init datasets/house_prices.csv --target price > houses.yaml",
        "ann train houses.yaml",
        "ann predict runs/houses/weights.npz",
        "Commands:",
        *(f"  {name} " for name in COMMANDS),
        "Options:",
        "Exit status:",
        *(f"  {status} " for status in STATUSES),
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.endswith("SIGTERM")


def test_a_command_is_described_by_its_whole_first_sentence():
    text = " ".join(context().get_help().split())
    for name in COMMANDS:
        command = ann.get_command(context(), name)
        sentence = " ".join(command.help.split("\n\n")[0].split())
        assert sentence.endswith(".")
        assert f"{name} {sentence}" in text
    assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_has_a_short_name(name):
    assert context(name).command.get_help_option(context(name)).opts == ["-h", "--help"]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_has_the_same_names_in_every_command(name):
    known = {"--output": ["-o", "--output"], "--quiet": ["-q", "--quiet"]}
    for option in context(name).command.params:
        for opt in option.opts:
            assert option.opts == known.get(opt, option.opts)


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_no_word_breaks_at_any_width(name):
    expected = words(context(name, 80).get_help())
    for width in WIDTHS:
        text = context(name, width).get_help()
        assert words(text) == expected, width
        assert max(map(len, text.splitlines())) <= min(width, 80)


def test_a_long_command_of_an_example_goes_on_in_the_next_line():
    text = context("evaluate", 60).get_help()
    assert "datasets/house_prices.csv" in text
    assert " \\\n" in text
    shell = text.partition("Example:\n")[2].replace(" \\\n", " ")
    assert len(shell.strip().splitlines()) == 2


def test_an_option_longer_than_its_column_has_a_line_of_its_own():
    @click.command()
    @click.option("--a-name-that-is-longer-than-what-a-column-takes", is_flag=True, help="Help.")
    def command():
        """Do it."""

    command.context_class = type(context("train"))
    text = command.get_help(command.make_context("x", [], resilient_parsing=True))
    assert "  --a-name-that-is-longer-than-what-a-column-takes\n" in text
