"""The pages of docs/ that are made of the program: `python -m ann_cli.cli.reference docs`.

Commands, keys, parts, exit statuses, Python and the article stand where the program has them; a
test holds the files to what is made here.
"""

from ann_cli.cli.reference.article import article
from ann_cli.cli.reference.commands import commands, exit_statuses
from ann_cli.cli.reference.config import keys
from ann_cli.cli.reference.parts import parts
from ann_cli.cli.reference.python import python

MADE = "<!-- Made by `python -m ann_cli.cli.reference docs`: change the program, not this page. -->"


def pages() -> dict[str, str]:
    """Return the text of each page by its path within docs/."""
    made = {
        "reference/commands.md": commands(),
        "reference/config.md": keys(),
        "reference/parts.md": parts(),
        "reference/exit-statuses.md": exit_statuses(),
        "reference/python.md": python(),
        "article.md": article(),
    }
    return {name: "\n".join([MADE, "", *lines, ""]) for name, lines in made.items()}
