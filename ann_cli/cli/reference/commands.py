"""The page of the commands, in the words of --help, and that of the exit statuses."""

import inspect

import click

from ann_cli import errors
from ann_cli.cli.help import STATUSES, described
from ann_cli.cli.main import COMMANDS, ann
from ann_cli.cli.reference.markdown import code, paragraphs, table

FAILED = """\
{
  "error": {
    "kind": "config",
    "exit_status": 2,
    "problems": [
      {"message": "…", "place": "houses.yaml:3: data.target", "remedy": "did you mean price?"}
    ]
  }
}"""


def commands() -> list[str]:
    """Return the page of the commands, with their options and examples."""
    top = click.Context(ann, None, "ann", **ann.context_settings)
    lines = ["# Commands", "", *paragraphs(ann.help)]
    lines += table(
        ("command", "what it does"),
        [(f"[`ann {name}`](#ann-{name})", text) for name, text in described(ann, top)],
    )
    for name in COMMANDS:
        command = ann.get_command(top, name)
        assert command
        context = click.Context(command, top, name, **command.context_settings)
        usage = " ".join(["ann", name, *command.collect_usage_pieces(context)])
        lines += ["", f"## ann {name}", "", *code("text", [usage]), *paragraphs(command.help)]
        lines += paragraphs(command.epilog)
        options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
        records = [record for each in options if (record := each.get_help_record(context))]
        lines += table(("option", "meaning"), [(f"`{name}`", told) for name, told in records])
    return lines


def exit_statuses() -> list[str]:
    """Return the page of the exit statuses, with the kinds of errors that `--json` tells."""
    kinds = {
        str(each.exit_status): f"`{each.kind}`"
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, errors.AnnError)
    }
    rows = [(status, meaning, kinds.get(status, "")) for status, meaning in STATUSES.items()]
    return [
        "# Exit statuses",
        "",
        "Every command ends with one of these. A script can decide by the number alone.",
        "",
        *table(("status", "meaning", "`kind` in JSON"), rows),
        "",
        "A mistake on the command line itself has the kind `usage` and the status 2. Statuses",
        "above 128 are those of a shell for a signal: 128 and the signal's number.",
        "",
        "With `--json` a failure, too, is one JSON document on standard output. Errors are told in",
        "words on standard error all the same.",
        "",
        *code("json", FAILED.splitlines())[:-1],
    ]
