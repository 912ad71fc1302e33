"""Markdown: tables, blocks of code, the paragraphs of a help text."""

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; none where it has no rows."""
    listed = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(map(_cell, row)) + " |" for row in listed] if rows else []


def _cell(text: str) -> str:
    words = " ".join(text.split()).replace("|", r"\|").split("`")
    words[::2] = [re.sub("<(?!br>)", "&lt;", each) for each in words[::2]]
    return "`".join(words)


def code(language: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of a block of code, with an empty one behind it."""
    return [f"```{language}", *lines, "```", ""]


def paragraphs(text: str | None) -> Iterator[str]:
    """Yield the lines of a help text; a paragraph that begins with \\b is what a person types."""
    for paragraph in cleandoc(text or "").split("\n\n"):
        first, *lines = paragraph.splitlines() or [""]
        if first == "\b":
            yield from code("sh", [each.strip() for each in lines if each.startswith(" ")])
        elif first:
            yield from (first, *lines, "")


def anchor(heading: str) -> str:
    """Return a heading's place on its page, as Markdown's tables of contents name it."""
    kept = re.sub(r"[^\w\s-]", "", heading).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)
