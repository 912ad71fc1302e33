"""Columns that nothing should be learned from: ids, copies, and what gives the target away."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
import pandas as pd

from ann_cli.data.cells.distinct import factorized, objects
from ann_cli.data.cells.values import Array, Kind, listed
from ann_cli.data.columns.codes import helpful_codes
from ann_cli.data.columns.gains import Gain
from ann_cli.data.columns.hashes import hashes
from ann_cli.data.columns.single_column import score_of_category, scores_of_numbers
from ann_cli.data.columns.words import helpful_words

SAMPLE, CELLS = 10_000, 4_000_000
"""Training rows that are looked at, and cells at most."""

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
    words: dict[str, Gain] = field(default_factory=dict)
    """Columns of texts, most of them different, whose words tell of the target."""


def most_rows(columns: int) -> int:
    """Return how many training rows are looked at."""
    return min(SAMPLE, max(5 * LEAST, CELLS // max(columns, 1)))


def look_at(
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    targets: Sequence[str],
    classes: bool,
    mode: str,
    named: Collection[str] = (),
) -> Findings:
    """Return what should not be learned from some training rows, in the order of the file.

    The frame's index numbers the file's rows. `mode` is data.leakage; columns that are `named` by
    the person are told and never left out.
    """
    found = Findings()
    known = frame[frame[list(targets)].notna().all(axis=1)]
    if mode == "ignore" or len(known) < LEAST:
        return found
    features = [name for name in kinds if name not in targets]

    def tell(name: str, sentence: str, sure: bool) -> None:
        if (sure or mode == "exclude") and name not in named:
            found.left_out[name] = f"column {name} is left out: {sentence}"
        else:
            found.notes.append(f"column {name} {sentence}; to leave it out: data.exclude: [{name}]")

    numbers = [name for name in features if kinds[name] != "category"]
    for name, other in _copies(known, numbers, features).items():
        tell(name, f"says the same as column {other}", sure=True)
    for name in _whole(known, [name for name in numbers if kinds[name] == "number"]):
        if name not in found.left_out and (told := _id(known[name], name)):
            tell(name, *told)
    left = [name for name in features if name not in found.left_out]
    if not left:  # there is nothing better to learn from
        found.left_out.clear()
    if not targets:  # there is none to give away, and none that says what is a code
        return found
    copies = pd.Series(hashes(known[list(kinds)])).duplicated()
    known = known[~copies.to_numpy()]  # a copy would be known by heart
    if len(known) < LEAST:
        return found
    numbers_of = {target: _numbers_of(known[target], classes) for target in targets}
    for target, y in numbers_of.items() if len(left) > 1 else ():
        most = float(np.bincount(y).max() / len(y)) if classes else 0.0
        for name, (filled, score) in _told_alone(known, kinds, left, y, classes).items():
            if told_away := _gives_away(filled, score, classes, most, target):
                tell(name, told_away, sure=False)
    target, y = next(iter(numbers_of.items()))  # of several the first decides what is a code
    left = [name for name in left if name not in found.left_out and name not in named]
    for name, gain in helpful_codes(known, kinds, left, y, classes):
        found.categories.append(name)
        found.notes.append(
            f"column {name} is taken for names of categories: that explains {gain.after:.0%} of "
            f"{target} in rows held back, and {gain.before:.0%} as a number; to keep the number: "
            f"data.types: {{{name}: number}}"
        )
    found.words |= helpful_words(known, kinds, left, y, classes)
    return found


def _copies(frame: pd.DataFrame, numbers: list[str], names: list[str]) -> dict[str, str]:
    """Return the columns that say the same as an earlier one, exactly or up to a scale."""
    others = list(dict.fromkeys(names).keys() - set(numbers))
    forms = dict(zip(others, map(_by_first, objects(frame, others)), strict=True))
    forms |= dict(zip(numbers, _forms(frame[numbers].to_numpy(np.float64)), strict=True))
    first: dict[bytes, str] = {}
    found = {}
    for name in names:
        form = forms[name]
        if form in first:
            found[name] = first[form]
        elif form:
            first[form] = name
    return found


def _by_first(cells: Array) -> bytes:
    """Return categories by the order in which they come; b"" where they do not vary."""
    places, distinct = factorized(cells)
    return places.astype(np.float64).tobytes() if len(distinct) > 1 else b""


def _forms(x: Array) -> list[bytes]:
    """Return each column of numbers at one place, scale and sign; b"" where it does not vary."""
    least, greatest = (each.reduce(x, axis=0, initial=np.nan) for each in (np.fmin, np.fmax))
    varies = greatest > least
    known = np.maximum(np.count_nonzero(~np.isnan(x), axis=0), 1)
    x = x - np.nansum(x, axis=0) / known
    scale = np.sqrt(np.nansum(np.square(x), axis=0) / known)
    x /= np.where(varies & (scale > 0), scale, 1.0)
    first = np.argmax(np.abs(x) > 1e-6, axis=0)
    x *= np.sign(x[first, np.arange(x.shape[1])])
    rounded = np.ascontiguousarray(np.round(x.T, 7) + 0.0)  # no -0
    return [row.tobytes() if each else b"" for row, each in zip(rounded, varies, strict=True)]


def _id(column: pd.Series, name: str) -> tuple[str, bool] | None:
    """Return why whole numbers are ids, and whether that is sure; None where they are none."""
    values = column.to_numpy(np.float64)
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


def _whole(frame: pd.DataFrame, numbers: list[str]) -> list[str]:
    """Return the columns that hold whole numbers only, and of which no cell is missing."""
    x = frame[numbers].to_numpy(np.float64)
    return list(compress(numbers, (x == np.floor(x)).all(axis=0).tolist()))


def _told_alone(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], names: list[str], y: Array, classes: bool
) -> dict[str, tuple[Array, float]]:
    """Return for each column the target of the rows with cells in it, and what it alone tells.

    Where hardly a cell is missing there are no such rows.
    """
    numbers = [name for name in names if kinds[name] != "category"]
    found = scores_of_numbers(frame[numbers].to_numpy(np.float64), y, classes)
    scores = dict(zip(numbers, found.tolist(), strict=True))
    texts = [name for name in names if kinds[name] == "category"]
    for name, cells in zip(texts, objects(frame, texts), strict=True):
        scores[name] = score_of_category(cells, y, classes)
    missing = frame[names].isna().to_numpy()
    some = missing.mean(axis=0) >= 0.02
    return {
        name: (y[~missing[:, at]] if some[at] else y[:0], scores[name])
        for at, name in enumerate(names)
    }


def _numbers_of(target: pd.Series, classes: bool) -> Array:
    if not classes:
        return target.to_numpy(np.float64)
    places, _ = factorized(target.to_numpy(object))
    return places.astype(np.intp)


def _gives_away(filled: Array, score: float, classes: bool, most: float, target: str) -> str:
    """Return why one column alone says what the target is; "" where it does not.

    `filled` is the target of the rows in which the column has cells, `score` what it alone tells,
    `most` the share of the largest class.
    """
    if classes and most < 0.9 and len(filled) >= LEAST and len(np.unique(filled)) == 1:
        return f"gives {target} away: it has cells for one class only"
    if not score >= PERFECT:
        return ""
    if not classes:
        return f"gives {target} away: it alone has an R² of {score:.4f}"
    if most < 0.95 * PERFECT:
        return f"gives {target} away: by it alone {score:.1%} of the rows are right"
    return ""


def told(findings: Findings) -> list[str]:
    """Return all sentences."""
    names = list(findings.left_out)
    several = list(findings.left_out.values())
    if len(names) > 5:
        said = f"{len(names):,} columns are left out, as they say nothing new"
        several = [f"{said}: {listed(names, 5)}"]
    return [*several, *findings.notes]
