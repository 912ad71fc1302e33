"""The entry point: finds the command, and turns what goes wrong into one message, one status."""

import functools
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from ann_cli.cli.output import colored, standard_error, standard_output
from ann_cli.cli.signals import Terminated, insisting, terminate_on_signals
from ann_cli.errors import AnnError, DataError, FileError, Problem, did_you_mean

COMMANDS = (
    "train",
    "predict",
    "evaluate",
    "compare-activations",
    "compare",
    "inspect",
    "verify",
    "trace",
    "init",
    "check",
    "schema",
)


class Commands(click.Group):
    """Commands found by name, each in a module of its own that is imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"ann_cli.cli.{cmd_name.replace('-', '_')}").command
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
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 80,
    },
    epilog="\b\nExample:\n  ann init datasets/house_prices.csv --target price > houses.yaml\n"
    "  ann train houses.yaml",
)
@click.version_option(package_name="ann-cli", message="ann %(version)s")
def ann() -> None:
    """Train neural networks from a YAML file and a CSV.

    \b
    Exit status: 0 done, 1 a defect in ann, 2 usage or config, 3 data,
    4 weights file, 5 reading or writing, 6 training diverged,
    11 the run folder is in use, 129 SIGHUP, 130 Ctrl-C, 143 SIGTERM,
    141 the reader of the pipe went away.
    """


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    # What is imported stays: to look through it again and again takes 5% of a short command.
    gc.set_threshold(50_000)
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
        standard_output()  # --help or --version: click prints nothing where it cannot
        if ended.exit_code:
            raise


def _guarded(action: Callable[[], object], arguments: Sequence[str]) -> int:
    try:
        with insisting():
            action()
    except Terminated as ended:
        if ended.told:
            from ann_cli.report.terminal import printable

            with suppress(OSError):
                click.echo(printable(ended.told), file=standard_error())
        return 128 + ended.number
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        message = error.format_message()
        place = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        remedy = f"see {place or 'ann'} --help"
        return _failed([Problem(message, "", remedy)], "usage", error.exit_code, arguments)
    except AnnError as error:
        return _failed(error.problems, error.kind, error.exit_status, arguments)
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


def _failed(problems: Sequence[Problem], kind: str, status: int, arguments: Sequence[str]) -> int:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    with suppress(OSError):
        if "--debug" in options:
            traceback.print_exc(file=standard_error())
        _report(problems, colored("--no-color" not in options))
    if "--json" in options:
        error = {
            "kind": kind,
            "exit_status": status,
            "problems": [vars(problem) for problem in problems],
        }
        with suppress(OSError, AttributeError):
            print(json.dumps({"error": error}, indent=2), flush=True)
    return status


def _report(problems: Sequence[Problem], color: bool) -> None:
    # Without rich: an error is told before anything that takes time is imported.
    from ann_cli.report.terminal import printable

    say = functools.partial(click.echo, file=standard_error(), color=None if color else False)
    for problem in problems:
        head, *remedy = printable(str(problem)).split("\n")
        say(f"{click.style('error:', fg='red', bold=True)} {head}")
        for line in remedy:
            say(click.style(line, dim=True))


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
