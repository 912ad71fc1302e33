"""Help as it is printed: commands first, exit statuses last, and no word broken at any width."""

from collections.abc import Iterable, Iterator
from inspect import cleandoc

import click

from ann_cli.report.layout import cells, wrapped

FIRST_COLUMN = 28
"""Cells that a name takes at most beside its description; a longer one has a line of its own."""

GAP = 2

STATUSES = {
    "0": "done",
    "1": "a defect in ann",
    "2": "usage or config",
    "3": "data",
    "4": "a weights file that cannot be used",
    "5": "reading or writing failed",
    "6": "training diverged",
    "11": "the run folder is in use",
    "129": "SIGHUP",
    "130": "Ctrl-C",
    "141": "the reader of the pipe went away",
    "143": "SIGTERM",
}
"""Exit statuses, and what they tell a script."""


class Formatter(click.HelpFormatter):
    """Breaks lines at spaces only: an option's name has hyphens, and is to be found whole."""

    def write_text(self, text: str) -> None:
        """Write paragraphs; in one that begins with \\b the lines stay, but for long commands."""
        room = self.width - self.current_indent
        for number, paragraph in enumerate(cleandoc(text).split("\n\n")):
            if number:
                self.write_paragraph()
            kept = paragraph.startswith("\b\n")
            lines = paragraph.removeprefix("\b\n").splitlines() if kept else [_joined(paragraph)]
            for line in lines:
                broken = _command(line, room) if kept else wrapped(line, room)
                self.write("".join(f"{' ' * self.current_indent}{each}\n" for each in broken))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = FIRST_COLUMN, col_spacing: int = GAP
    ) -> None:
        """Write names and, beside them, what they mean."""
        rows = list(rows)
        widest, col_max = max(cells(name) for name, _ in rows), min(col_max, self.width // 3)
        start = self.current_indent + min(widest, col_max) + col_spacing
        for name, meaning in rows:
            first = f"{' ' * self.current_indent}{name}"
            lines = wrapped(_joined(meaning), max(self.width - start, 10))
            if cells(name) <= col_max and lines:
                first += " " * (start - cells(first)) + lines.pop(0)
            self.write("".join(f"{line}\n" for line in (first, *(" " * start + x for x in lines))))


class Context(click.Context):
    """A command's context, whose help is written so."""

    formatter_class = Formatter


class Commands(click.Group):
    """A group whose help goes from what it is and what to type to what a script has to know."""

    context_class = Context

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the whole first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(described(self, ctx)))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the exit statuses mean, which comes last."""
        with formatter.section("Exit status"):
            formatter.write_dl(list(STATUSES.items()))


def described(group: click.Group, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield each command and the first paragraph of its help, which is one sentence."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield name, _joined(cleandoc(command.help or "").split("\n\n")[0])


def _joined(paragraph: str) -> str:
    return " ".join(paragraph.split())


def _command(line: str, room: int) -> list[str]:
    """Return a line, or the lines of a command that has no room in one, as a shell takes them."""
    if cells(line) <= room:
        return [line]
    *parts, last = wrapped(line, room - GAP, "    ")
    return [*(f"{part} \\" for part in parts), last]
