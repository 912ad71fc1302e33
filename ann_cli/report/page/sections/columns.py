"""What the columns hold: their kinds, ranges and gaps, the sides of the data beside each other."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ann_cli.data.columns.description import describe
from ann_cli.errors import counted
from ann_cli.report.numbers import cut
from ann_cli.report.page.blocks import Block, Facts
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.wording import short
from ann_cli.run.seen_rows import Sample

MOST = 100
"""Columns that are told, at most."""

FREQUENT = 3
"""Values of a category that are named, the most frequent first."""


def columns(material: Material) -> Iterator[Block]:
    """Yield a table of the columns, with what each side of the data has in them."""
    seen, encoder = material.seen, material.run.model.encoder
    if seen is None:
        return
    # Where folds judge, the validation rows are those that were trained on.
    folds = material.run.model.config.folds > 1
    sides = {
        name: side for name, side in seen.sides.items() if not (folds and name == "validation")
    }
    kinds: dict[str, Any] = {**encoder.target_kinds, **encoder.input_columns}
    heads = [f"{name}: {_rows(side)}" for name, side in sides.items()]
    rows = (
        (
            f"{short(name)}{' (target)' * (name in encoder.target_kinds)}",
            kind,
            *(_holds(side.frame[name], kind) for side in sides.values()),
        )
        for name, kind in kinds.items()
    )
    told = cut(rows, MOST, "columns", len(kinds))
    width = len(heads) + 2
    yield Facts(
        "The data, as the network reads them",
        ["column", "kind", *heads],
        [[*each, *[""] * (width - len(each))] for each in told],
        folded=len(told) > MOST // 4,
        texts=True,
    )


def _rows(side: Sample) -> str:
    rows = counted(side.count, "row")
    return rows if side.whole else f"{len(side.frame):,} drawn of {rows}"


def _holds(column: pd.Series, kind: Any) -> str:
    """Return the range of a column or its most frequent values, and how many cells are missing."""
    known = column.dropna()
    if kind != "category" or known.empty:
        return describe(column, kind)
    shares = known.astype(str).value_counts(normalize=True)
    named = ", ".join(f"{short(name)} {part:.0%}" for name, part in shares[:FREQUENT].items())
    more = ", …" if len(shares) > FREQUENT else ""
    text = f"{counted(len(shares), 'value')}: {named}{more}"
    missing = len(column) - len(known)
    return f"{text}; {missing:,} missing" if missing else text
