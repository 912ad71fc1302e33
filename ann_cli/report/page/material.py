"""What a report is made from: a run, and the rows that it is looked at with."""

from dataclasses import dataclass

from ann_cli.errors import AnnError
from ann_cli.run.result import Run
from ann_cli.run.seen_rows import SeenRows, seen_rows


@dataclass(frozen=True)
class Material:
    """A run, and its rows where these are there."""

    run: Run
    seen: SeenRows | None
    """None where the data are not there any more."""
    missing: str
    """Why, as a sentence; "" where they are there."""


def material(run: Run, data: str | None = None) -> Material:
    """Return a run with its own rows, or with those of a CSV. Raises DataError for that CSV."""
    try:
        return Material(run, seen_rows(run.model, run.path, data), "")
    except AnnError as error:
        if data is not None:
            raise
        first = error.problems[0]
        return Material(run, None, f"{first.place}: {first.message}".removeprefix(": "))
