"""The man page, in the words of --help: `python -m ann_cli.cli.manual > docs/ann.1`."""

from collections.abc import Iterator
from importlib.metadata import version
from inspect import cleandoc

import click

from ann_cli.cli.help import STATUSES
from ann_cli.cli.main import COMMANDS, ann

ENVIRONMENT = {
    "NO_COLOR": "Where it is set, nothing is coloured.",
    "TERM": "On a dumb terminal nothing is drawn or coloured.",
}
"""Variables that are no option's."""


def manual() -> str:
    """Return the page as roff: the commands, their options, exit statuses and variables."""
    top = _context(ann, "ann", None)
    lines = [f'.TH ANN 1 "" "ann {version("ann-cli")}" "User Commands"', ".SH NAME"]
    lines += [f"ann \\- {_escaped(ann.get_short_help_str(80))}", ".SH SYNOPSIS", ".B ann"]
    lines += ["COMMAND [ARGUMENTS] [OPTIONS]", ".SH DESCRIPTION", *_text(ann.help)]
    lines += [*_options(top), ".SH COMMANDS"]
    variables = dict(ENVIRONMENT)
    for name in COMMANDS:
        command = ann.get_command(top, name)
        assert command
        context = _context(command, name, top)
        usage = " ".join(["ann", name, *command.collect_usage_pieces(context)])
        lines.append(f".SS {_escaped(usage)}")
        lines += [*_text(command.help), *_options(context), *_text(command.epilog)]
        for option in command.params:
            if isinstance(option, click.Option) and isinstance(option.envvar, str):
                variables[option.envvar] = f"Stands for {option.opts[0]}, which goes before it."
    lines.append(".SH EXIT STATUS")
    for status, meaning in STATUSES.items():
        lines += [".TP", f".B {status}", _escaped(meaning)]
    lines.append(".SH ENVIRONMENT")
    for variable, meaning in sorted(variables.items()):
        lines += [".TP", f".B {variable}", _escaped(meaning)]
    return "\n".join([*lines, ""])


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(command, parent, name, **command.context_settings)


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record and isinstance(parameter, click.Option):
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(record[1]))


def _text(text: str | None) -> Iterator[str]:
    """Yield a help text's paragraphs; one that begins with \\b keeps its lines."""
    for paragraph in cleandoc(text or "").split("\n\n"):
        lines = [_escaped(line) for line in paragraph.splitlines() if line != "\b"]
        yield ".PP"
        yield from [".nf", *lines, ".fi"] if paragraph.startswith("\b") else lines


def _escaped(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    click.echo(manual(), nl=False)
