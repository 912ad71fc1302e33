"""The entry point: finds the command, and turns what goes wrong into one message, one status."""

import gc
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import zip_longest
from typing import Any, NoReturn

import click

from ann_cli.cli.help import Commands, Context
from ann_cli.cli.output import colored, standard_error, standard_output
from ann_cli.cli.pandas_alone import PandasAlone
from ann_cli.cli.signals import Terminated, repeated_signals, terminate_on_signals
from ann_cli.errors import AnnError, DataError, FileError, Problem, did_you_mean

MOST_TOLD = 20
"""Errors that a person is shown, of as many as there are."""

COMMANDS = (
    "init",
    "check",
    "train",
    "predict",
    "recommend",
    "evaluate",
    "sample",
    "inspect",
    "report",
    "plot",
    "trace",
    "compare",
    "compare-activations",
    "tune",
    "playground",
    "verify",
    "schema",
    "article",
)
"""In the order in which a person meets them."""


class Listed(Commands):
    """Commands found by name, each in a module of its own that is imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"ann_cli.cli.{cmd_name.replace('-', '_')}").command
        command.context_class = Context
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            nearest = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"{error.message} {nearest}".strip(), ctx) from None


@click.group(
    cls=Listed,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGUMENTS]...",
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 80,
    },
)
@click.version_option(package_name="ann-cli", message="ann %(version)s")
@click.pass_context
def ann(context: click.Context) -> None:
    """Train neural networks from a YAML file and a CSV.

    Begin with a CSV whose first line names its columns: `init` writes a config for it, `train`
    learns from both, and `predict` uses what was learned.

    \b
    Example:
      ann init datasets/house_prices.csv --target price > houses.yaml
      ann train houses.yaml
      ann predict runs/houses/weights.npz datasets/house_prices.csv
    """
    if context.invoked_subcommand is None:
        # What is typed to learn what there is: the help, where help goes. A script that names no
        # command has made a mistake, which its status says, as git's does.
        click.echo(context.get_help())
        context.exit(click.UsageError.exit_code)


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    # What is imported stays: to look through it again and again takes 5% of a short command.
    gc.set_threshold(50_000)
    sys.meta_path.insert(0, PandasAlone)
    arguments = sys.argv[1:]
    _fill_closed_streams()
    terminate_on_signals()
    if "_ANN_COMPLETE" in os.environ:
        import_module("ann_cli.cli.completion")
        ann.main(prog_name="ann")
    status = _guarded(lambda: _invoke(arguments), arguments)
    if status:
        with suppress(OSError, AttributeError):
            sys.stdout.flush()
    else:
        # What is left in the buffer fails here, where it can still be said.
        status = _guarded(lambda: sys.stdout and sys.stdout.flush(), arguments)
    _leave(status)


def _invoke(arguments: Sequence[str]) -> None:
    # What `ann.main` does, but for its own way with a broken pipe and Ctrl-C.
    try:
        with ann.make_context("ann", list(arguments)) as context:
            ann.invoke(context)
    except click.exceptions.Exit as ended:
        standard_output()  # help or --version: click prints nothing where it cannot
        if ended.exit_code:
            raise


def _guarded(action: Callable[[], object], arguments: Sequence[str]) -> int:
    try:
        with repeated_signals():
            action()
    except Terminated as ended:
        if ended.told:
            with suppress(OSError):
                _say(ended.told)
        return 128 + ended.number
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        message = error.format_message()
        context = error.ctx if isinstance(error, click.UsageError) else None
        named = [each for each in arguments if each in COMMANDS][:1]
        remedy = f"see {context.command_path if context else ' '.join(['ann', *named])} --help"
        extra = message.partition("unexpected extra argument")[2].strip("s ()").split()
        if any(map(os.path.isfile, extra)):  # which the shell made of a pattern
            remedy = "many files are one table by their quoted pattern, such as 'sales/*.csv'"
        return _failed([Problem(message, "", remedy)], "usage", error.exit_code, arguments)
    except AnnError as error:
        return _failed(error.problems, error.kind, error.exit_status, arguments, error.reached)
    except click.Abort:
        return 130
    except BrokenPipeError:
        return 141
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        place = str(error.filename or "standard output")
        return _failed([Problem(reason, place)], FileError.kind, FileError.exit_status, arguments)
    except MemoryError as error:
        return _failed([_too_large(error)], DataError.kind, DataError.exit_status, arguments)
    except Exception as error:
        defect = Problem(
            f"a defect in ann: {type(error).__name__}: {error}",
            remedy="run it again with --debug, and report what it prints",
        )
        return _failed([defect], AnnError.kind, AnnError.exit_status, arguments)
    return 0


def _too_large(error: MemoryError) -> Problem:
    return Problem(
        f"more memory is needed than there is: {error}".removesuffix(": "),
        remedy="use fewer rows, columns, categories or units, or a smaller batch_size",
    )


def _failed(
    problems: Sequence[Problem],
    kind: str,
    status: int,
    arguments: Sequence[str],
    reached: Mapping[str, Any] = {},
) -> int:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    with suppress(OSError):
        if "--debug" in options:
            _say(traceback.format_exc().rstrip("\n"))
        _report(problems, colored("--no-color" not in options))
    if "--json" in options:
        error = {
            "kind": kind,
            "exit_status": status,
            "problems": [vars(problem) for problem in problems],
        }
        with suppress(OSError, AttributeError):
            print(json.dumps({"error": error, **reached}, indent=2), flush=True)
    return status


def _report(problems: Sequence[Problem], color: bool) -> None:
    for problem, after in zip_longest(problems[:MOST_TOLD], problems[1:MOST_TOLD]):
        head, *remedy = str(problem).split("\n")
        _say(head, "error: ", color)
        if after is None or problem.remedy != after.remedy:  # one for all that it is good for
            for line in remedy:
                _say(line, color=color, dim=True)
    if len(problems) > MOST_TOLD:
        _say(f"and {len(problems) - MOST_TOLD:,} more such errors, all in --json", "error: ", color)


def _say(text: str, label: str = "", color: bool = False, dim: bool = False) -> None:
    """Write to standard error: on a terminal in lines of whole words, and no control characters."""
    # Without rich: an error is told before anything that takes time is imported.
    from ann_cli.report.layout import printable, wrapped

    stream = standard_error()
    for line in printable(text).split("\n"):
        lines = [f"{label}{line}"]
        if stream.isatty():
            lines = wrapped(lines[0], shutil.get_terminal_size().columns, "  ")
        lines[0] = lines[0].removeprefix(label)
        styled = click.style("\n".join(lines), dim=True) if dim else "\n".join(lines)
        if label:
            styled = f"{click.style(label.strip(), fg='red', bold=True)} {styled}"
        click.echo(styled, file=stream, color=None if color else False)


def _fill_closed_streams() -> None:
    """Keep the numbers of closed streams, lest a library write its warnings into a file of ours."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


def _leave(status: int) -> NoReturn:
    with suppress(OSError, AttributeError):
        sys.stderr.flush()
    # The interpreter would flush standard output once more, and complain of what is already said.
    os._exit(status)
