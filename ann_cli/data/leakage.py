"""Columns that nothing should be learned from: ids, copies, and what gives the target away."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ann_cli.data.codes import helpful_codes
from ann_cli.data.values import Array, Kind, listed

SAMPLE = 10_000
"""Training rows that are looked at."""

LEAST = 20
"""Fewer rows than this say nothing."""

PERFECT = 0.999
"""R², or the share of rows right, from which a single column gives the target away."""

ID = re.compile(
    r"(?i)(^|[ _.-])(id|no|nr|num|number|index|idx|key|uuid|guid|rownames?|row|serial|ssn|obs)$"
    r"|[a-z](ID|Id|No|Nr)$|^unnamed"
)
"""What a column of ids is called."""

TIMES = re.compile(
    r"(?i)(^|[ _.-])(t|time|date|day|days|week|weeks|month|months|quarter|year|years|yr|hour|"
    r"minute|second|period|trend|step|lap|round|visit|season|generation|age|dose|x)$"
)
"""What a column is called that counts up and is no id."""


@dataclass
class Findings:
    """What was found in the columns, and what follows from it."""

    left_out: dict[str, str] = field(default_factory=dict)
    """The columns to leave out, each with a sentence."""
    notes: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    """Columns of whole numbers that are the names of categories."""


def look_at(
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    target: str,
    classes: bool,
    mode: str,
    named: Collection[str] = (),
) -> Findings:
    """Return what should not be learned from some training rows, in the order of the file.

    The frame's index numbers the file's rows. `mode` is data.leakage; columns that are `named` by
    the person are told and never left out.
    """
    found = Findings()
    known = frame[frame[target].notna()]
    if mode == "ignore" or len(known) < LEAST:
        return found
    features = [name for name in kinds if name != target]

    def tell(name: str, sentence: str, sure: bool) -> None:
        if (sure or mode == "exclude") and name not in named:
            found.left_out[name] = f"column {name} is left out: {sentence}"
        else:
            found.notes.append(f"column {name} {sentence}; to leave it out: data.exclude: [{name}]")

    for name, other in _copies(known, kinds, features).items():
        tell(name, f"says the same as column {other}", sure=True)
    left = [name for name in features if name not in found.left_out]
    for name in left:
        if kinds[name] == "number" and (told := _id(known[name], name)):
            tell(name, *told)
    left = [name for name in left if name not in found.left_out]
    if not left:  # there is nothing better to learn from
        found.left_out.clear()
    known = known[~known[list(kinds)].duplicated()]  # a copy would be known by heart
    if len(known) < LEAST:
        return found
    y = _numbers_of(known[target], classes)
    if len(left) > 1:
        for name in left:
            if told_away := _gives_away(known[name], kinds[name], y, classes, target):
                tell(name, told_away, sure=False)
    left = [name for name in left if name not in found.left_out and name not in named]
    for name, before, after in helpful_codes(known, kinds, left, y, classes):
        found.categories.append(name)
        found.notes.append(
            f"column {name} is taken for names of categories: that explains {after:.0%} of "
            f"{target} in rows held back, and {before:.0%} as a number; to keep the number: "
            f"data.types: {{{name}: number}}"
        )
    return found


def _copies(frame: pd.DataFrame, kinds: Mapping[str, Kind], names: list[str]) -> dict[str, str]:
    """Return the columns that say the same as an earlier one, exactly or up to a scale."""
    first: dict[bytes, str] = {}
    found = {}
    for name in names:
        if kinds[name] == "category":
            places, distinct = pd.factorize(frame[name])
            values, varies = places.astype(np.float64), len(distinct) > 1
        else:
            values = frame[name].to_numpy(np.float64)
            spread = np.nanstd(values) if np.isfinite(values).any() else 0.0
            varies = bool(spread > 0)
            if varies:
                values = (values - np.nanmean(values)) / spread
                values *= np.sign(values[np.flatnonzero(np.abs(values) > 1e-6)[0]])
        if not varies:
            continue  # constants are told as such
        form = (np.round(values, 7) + 0.0).tobytes()
        if form in first:
            found[name] = first[form]
        else:
            first[form] = name
    return found


def _id(column: pd.Series, name: str) -> tuple[str, bool] | None:
    """Return why a column of numbers is an id and whether that is sure; None where it is none."""
    values = column.to_numpy(np.float64)
    if np.isnan(values).any() or (values != np.floor(values)).any():
        return None
    if len(np.unique(values)) < len(values):
        return None
    away = values - column.index.to_numpy(np.float64)
    counts_up = bool((away == away[0]).all())
    if counts_up and away[0] in (0.0, 1.0) and not TIMES.search(name):
        return "it only numbers the rows", True
    if ID.search(name) and bool((np.diff(values) > 0).all()):
        return "it numbers the rows, by its name and their order", True
    if ID.search(name):
        return f"is an id by its name: all {len(values):,} rows differ", False
    return None


def _numbers_of(target: pd.Series, classes: bool) -> Array:
    if not classes:
        return target.to_numpy(np.float64)
    places, _ = pd.factorize(target)
    return places.astype(np.intp)


def _gives_away(column: pd.Series, kind: Kind, y: Array, classes: bool, target: str) -> str:
    """Return why one column alone says what the target is; "" where it does not."""
    missing = column.isna().to_numpy()
    most = float(np.bincount(y).max() / len(y)) if classes else 0.0
    if classes and most < 0.9:
        filled = y[~missing]
        if LEAST <= len(filled) <= 0.98 * len(y) and len(np.unique(filled)) == 1:
            return f"gives {target} away: it has cells for one class only"
    predicted = _from_one(column, kind, y, classes)
    if predicted is None:
        return ""
    if classes:
        right = float((predicted == y).mean())
        if right >= PERFECT > most / 0.95:
            return f"gives {target} away: by it alone {right:.1%} of the rows are right"
        return ""
    spread = float(np.square(y - y.mean()).sum())
    r2 = 1 - float(np.square(y - predicted).sum()) / spread if spread else 0.0
    return f"gives {target} away: it alone has an R² of {r2:.4f}" if r2 >= PERFECT else ""


def _from_one(column: pd.Series, kind: Kind, y: Array, classes: bool) -> Array | None:
    """Return each row's target as the other rows of like value have it; None where none are."""
    if kind == "category":
        places, distinct = pd.factorize(column)
        if not 1 < len(distinct) <= len(y) / 10:
            return None
        places = places + 1
        if classes:
            table = np.zeros((len(distinct) + 1, int(y.max()) + 1))
            np.add.at(table, (places, y), 1)
            return table.argmax(axis=1)[places]
        times = np.bincount(places)
        return np.bincount(places, y)[places] / times[places]
    values = column.to_numpy(np.float64)
    if np.isnan(values).any() or len(np.unique(values)) < 2:
        return None
    order = np.argsort(values, kind="stable")
    own = y[order]
    if len(np.unique(values)) < len(values) / 2:
        same = np.r_[0, np.cumsum(np.diff(values[order]) != 0)]
        group = pd.Series(same.astype(str))
        predicted = _from_one(group, "category", own, classes)
        if predicted is None:
            return None
    elif classes:
        before, after = np.r_[own[1], own[:-1]], np.r_[own[1:], own[-2]]
        # At the bound between two classes one neighbour is of the other.
        predicted = np.where((before == own) | (after == own), own, -1)
    else:
        predicted = _between(values[order], own)
    found = np.empty_like(predicted)
    found[order] = predicted
    return found


def _between(x: Array, y: Array) -> Array:
    """Return each number as the line through its neighbours has it, in the order of x."""
    if len(x) < 3:
        return np.full(len(x), y.mean())
    width = x[2:] - x[:-2]
    share = np.divide(x[1:-1] - x[:-2], width, out=np.full(len(width), 0.5), where=width > 0)
    inner = y[:-2] + share * (y[2:] - y[:-2])
    return np.r_[y[1], inner, y[-2]]


def told(findings: Findings) -> list[str]:
    """Return all sentences."""
    names = list(findings.left_out)
    several = list(findings.left_out.values())
    if len(names) > 5:
        said = f"{len(names):,} columns are left out, as they say nothing new"
        several = [f"{said}: {listed(names, 5)}"]
    return [*several, *findings.notes]
