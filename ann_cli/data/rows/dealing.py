"""Dealing rows to folds at random: each class, or each group, has its part in all of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import Array
from ann_cli.data.rows.copies import together


def cells_of(parts: Sequence[pd.DataFrame], name: str) -> pd.Series:
    """Return a column of all parts, its rows numbered anew."""
    return pd.concat([part[name] for part in parts], ignore_index=True)


def groups_of(parts: Sequence[pd.DataFrame], name: str) -> tuple[Array, int]:
    """Return the number of each row's group, and how many groups a column tells apart."""
    places, names = pd.factorize(cells_of(parts, name), use_na_sentinel=False)
    return places, len(names)


def dealt(
    parts: Sequence[pd.DataFrame],
    folds: int,
    generator: np.random.Generator,
    labels: Array | None,
    groups: Array | None,
    copies: bool,
) -> tuple[Array, str]:
    """Return the fold of each row, and a note: by groups, or else at random.

    `copies` says that equal rows, which may be copies, come into one fold.
    """
    if groups is not None:
        return deal_groups(groups, folds, generator, labels), ""
    found = deal(sum(map(len, parts)), folds, generator, labels)
    return together(found, parts, "in one fold") if copies else (found, "")


def deal(
    rows: int, folds: int, generator: np.random.Generator, labels: Array | None = None
) -> Array:
    """Return the fold of each row, drawn at random; folds differ by one row at most.

    With `labels`, numbers of classes, they also differ by one row at most in each class.
    """
    order = generator.permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    found = np.empty(rows, dtype=np.intp)
    found[order] = np.arange(rows) % folds
    return found


def deal_groups(
    groups: Array, folds: int, generator: np.random.Generator, labels: Array | None = None
) -> Array:
    """Return the fold of each row, all rows of a group in one; folds about alike in each class.

    `groups` and `labels` number each row's group and class. The largest group comes first, those of
    one size in an order drawn at random; each goes where the sum of squares of the folds' shares in
    the classes grows least, which is least where all have equal shares.
    """
    classes = np.zeros(len(groups), dtype=np.intp) if labels is None else labels
    width = int(classes.max()) + 1
    number = int(groups.max()) + 1
    counts = np.bincount(groups * width + classes, minlength=number * width)
    counts = counts.reshape(number, width).astype(np.float64)
    sizes = counts.sum(axis=1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    order = generator.permutation(number)
    order = order[np.argsort(-sizes[order], kind="stable")]
    taken, rows = np.zeros((folds, width)), np.zeros(folds)
    found = np.empty(number, dtype=np.intp)
    for at, group in enumerate(order.tolist()):
        # (t + s)² - t² = s (2 t + s), of which s² is the same in every fold.
        growth = taken @ shares[group]
        # One group a fold before any has two: no fold stays empty.
        best = np.lexsort((rows, growth))[0] if at >= folds else at
        found[group] = best
        taken[best] += shares[group]
        rows[best] += sizes[group]
    return found[groups]
