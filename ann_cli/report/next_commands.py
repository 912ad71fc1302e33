"""What a person would run next, once a training has ended."""

import shlex
from os.path import normpath, realpath
from typing import TYPE_CHECKING

from ann_cli.config.locations import is_database, without_secrets
from ann_cli.data.rows.split import judging

if TYPE_CHECKING:
    from ann_cli.run import Run


def next_commands(run: "Run") -> list[str]:
    """Return two commands as a shell takes them: what predicts, and what tells more of the run."""
    config = run.model.config
    # Rows of a file of their own were not trained on; others lie in the data's file.
    own = getattr(config.data, judging(run.metrics), None)
    data = own if isinstance(own, str) else config.data.file
    return [
        shlex.join(["ann", "predict", str(run.path), _short(config.resolve(data))]),
        shlex.join(["ann", "report", str(run.path.parent)]),
    ]


def _short(path: str) -> str:
    """Return a path without steps down and up again, where it stays one to the same file."""
    if is_database(path):
        return without_secrets(path)
    short = normpath(path)
    return short if realpath(short) == realpath(path) else path
