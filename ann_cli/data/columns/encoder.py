"""Frames to numbers: all that the training rows taught, fitted once and stored."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.config.column_forms import ColumnForm
from ann_cli.data.cells.distinct import objects
from ann_cli.data.cells.notation import PLAIN, Notation
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns import encoder_records as records
from ann_cli.data.columns.absent import no_columns
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.features import feature_of, target_of
from ann_cli.data.columns.gaps import known_cells, with_gaps
from ann_cli.data.columns.number_feature import NO_ENCODING, NumberFeature, encode_numbers
from ann_cli.data.columns.picture_feature import PictureFeature, Pictures
from ann_cli.data.columns.placed import placed_features
from ann_cli.data.columns.statistics import ColumnStatistics, Values
from ann_cli.data.columns.targets import ClassTarget, NumberTarget, TargetForm
from ann_cli.data.columns.usefulness import left_out, remarks
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.series.timeline import Timeline
from ann_cli.engine.encodings import Encoding
from ann_cli.engine.parameters import Shape
from ann_cli.errors import DataError, Problem
from ann_cli.tasks import TASKS


@dataclass(frozen=True)
class Encoder:
    """The features and the target, each with what it takes to encode a cell."""

    features: tuple[Feature, ...]
    targets: tuple[NumberTarget | ClassTarget, ...]
    """A class is predicted alone, numbers may be several; none where nothing is predicted."""
    shape: Shape | None = None
    """The sizes of a row that is a picture or a piece of a series, its channels last; None: of a
    table, whose columns are in no order."""
    gaps: bool = False
    """Whether the inputs of a missing cell are NaN: what is known is all that is computed with."""
    label: ClassTarget | None = None
    """What colours a map: a row may lack it."""
    timeline: Timeline | None = None
    """What was learned of a series' time and size."""
    catalogue: Catalogue | None = None
    """The users and items of ratings, where these are what is learned from."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """Sentences about the columns left out; not stored."""

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        kinds: Mapping[str, Kind],
        targets: str | Sequence[str],
        task: str,
        scaling: str,
        named: Collection[str] = (),
        notations: Mapping[str, Notation] | None = None,
        encoding: Encoding = NO_ENCODING,
        forms: Mapping[str, ColumnForm] | None = None,
        shape: Shape | None = None,
    ) -> "Encoder":
        """Learn from the training rows in memory: `learned` from what they say."""
        targets = [targets] if isinstance(targets, str) else targets
        found = ColumnStatistics({**kinds, **dict.fromkeys(targets, TASKS[task].kind)}, exact=True)
        found.add(frame)
        return cls.learned(found, targets, scaling, named, notations, encoding, forms, shape=shape)

    @classmethod
    def learned(
        cls,
        found: ColumnStatistics,
        targets: Sequence[str],
        scaling: str,
        named: Collection[str] = (),
        notations: Mapping[str, Notation] | None = None,
        encoding: Encoding = NO_ENCODING,
        forms: Mapping[str, ColumnForm] | None = None,
        target_forms: Mapping[str, TargetForm] | None = None,
        shape: Shape | None = None,
    ) -> "Encoder":
        """Learn from what the training rows say, of which none lacks a target.

        `named` are the columns that the person listed: they are never left out in silence.
        `notations` say how the columns were written, where that is not plain; `forms` what some
        become, and `target_forms` how targets of numbers are learned, where that is not as they
        are. With a `shape` the features are numbers at its places, in this order.
        Raises DataError with the problems of all columns.
        """
        features: list[Feature] = []
        fitted: dict[str, NumberTarget | ClassTarget] = {}
        placed: list[tuple[Any, Notation]] = []
        notes: list[str] = []
        problems: list[Problem] = []
        for name, column in found.columns.items():
            notation, form = (notations or {}).get(name), (forms or {}).get(name)
            try:
                if name in targets:
                    target_form = (target_forms or {}).get(name, TargetForm())
                    fitted[name] = target_of(column, scaling, notation, target_form)
                elif isinstance(column, Pictures):
                    features.append(PictureFeature.fit(column, scaling))
                elif shape is not None:
                    placed.append((column, notation or PLAIN))
                elif note := left_out(column, name in named, bool(form and form.any_number)):
                    notes.append(note)
                else:
                    features.append(feature_of(column, scaling, notation, encoding, form))
                notes += remarks(column, name in targets, notation)
            except DataError as error:
                problems += error.problems
        if shape is not None and placed:
            features += placed_features(placed, shape[-1], scaling)
        if not features and not problems:
            lines = [each.replace("\n", "\\n") for each in notes]
            problems.append(Problem("no column is left to learn from", "", "\n  ".join(lines)))
        if problems:
            raise DataError.of(problems)
        chosen = tuple(fitted[name] for name in targets)
        return cls(tuple(features), chosen, shape, notes=tuple(notes))

    @property
    def target(self) -> NumberTarget | ClassTarget:
        """The target, the first of several."""
        return self.targets[0]

    @property
    def target_kinds(self) -> dict[str, Kind]:
        """The columns of the targets, and their kinds."""
        return {each.name: "category" if each.classes else "number" for each in self.targets}

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels; none for a number."""
        return self.target.classes if self.targets else ()

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of the network's inputs: those of each column, then those of encodings."""
        if self.catalogue:
            return self.catalogue.inputs
        own = [name for each in self.features for name in each.inputs]
        return (*own, *(name for each in self.features for name in each.encoded))

    @property
    def input_columns(self) -> dict[str, Kind]:
        """The columns that a prediction needs, and their kinds."""
        if self.catalogue:
            return dict.fromkeys((self.catalogue.user, self.catalogue.item), "category")
        return {each.name: each.kind for each in self.features}

    def inputs_of(self, column: str) -> int:
        """Return the number of the network's inputs that a column becomes."""
        return len(self.places_of.get(column, ()))

    @cached_property
    def places_of(self) -> dict[str, list[int]]:
        """Which of the network's inputs each column becomes."""
        return {
            each.name: [
                *range(start := self._places[each.name], start + len(each.inputs)),
                *range(start := self._encoded[each.name], start + len(each.encoded)),
            ]
            for each in self.features
        }

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each column's inputs start."""
        ends = accumulate((len(each.inputs) for each in self.features), initial=0)
        return dict(zip((each.name for each in self.features), ends, strict=False))

    @cached_property
    def encoded(self) -> int:
        """Where the inputs of encodings begin: behind those of all columns."""
        return sum(len(each.inputs) for each in self.features)

    @property
    def encoded_numbers(self) -> tuple[int, ...]:
        """Which inputs are the numbers that the encodings tell of."""
        return tuple(self._places[each.name] for each in self.features if each.encoded)

    @cached_property
    def _encoded(self) -> dict[str, int]:
        """Where those of each column's encoding start."""
        ends = accumulate((len(each.encoded) for each in self.features), initial=self.encoded)
        return dict(zip((each.name for each in self.features), ends, strict=False))

    @property
    def one_of_each(self) -> dict[str, tuple[int, int]]:
        """From where to where the inputs of each column of categories lie."""
        found = (each for each in self.features if each.one_of_each)
        starts = ((each.name, self._places[each.name], each.one_of_each) for each in found)
        return {name: (start, start + count) for name, start, count in starts}

    def transform(self, frame: pd.DataFrame, dtype: str = "float32") -> Array:
        """Return rows × inputs. Raises DataError for absent columns."""
        self.check_columns(frame)
        x = np.zeros((len(frame), len(self.inputs)), dtype=dtype)
        numbers = [each for each in self.features if isinstance(each, NumberFeature)]
        encode_numbers(numbers, frame, x, self._places, self._encoded)
        categories = [each.name for each in self.features if isinstance(each, CategoryFeature)]
        cells = dict(zip(categories, objects(frame, categories), strict=True))
        for each in self.features:
            if isinstance(each, NumberFeature):
                continue
            start = self._places[each.name]
            out = x[:, start : start + len(each.inputs)]
            if isinstance(each, DateFeature):
                start = self._encoded[each.name]
                each.encode(frame[each.name], out, x[:, start : start + len(each.encoded)])
            else:
                each.encode(cells.get(each.name, frame[each.name]), out)
        return with_gaps(self.features, self.places_of, frame, x) if self.gaps else x

    def unknown(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return how many cells of a column hold a value not seen in training; none is left out."""
        self.check_columns(frame)
        if self.catalogue:
            return _some(self.catalogue.unknown(frame))
        cells = known_cells(self.features, frame) if self.gaps else frame
        return _some({each.name: each.unknown(cells[each.name]) for each in self.features})

    def beyond(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return how many cells of a column are cut off, far beyond the training rows."""
        return _some({each.name: each.beyond(frame[each.name]) for each in self.features})

    @property
    def notations(self) -> dict[str, Notation]:
        """How the columns were written."""
        return {each.name: each.notation for each in (*self.features, *self.targets)}

    def unseen(self, found: ColumnStatistics) -> dict[str, int]:
        """Return the same for rows of which only this is known."""
        counts = {}
        for each in self.features:
            column = found.columns.get(each.name)
            if isinstance(each, CategoryFeature) and isinstance(column, Values):
                counts[each.name] = each.unseen(column) - column.missing * self.gaps
        return _some(counts)

    def y(self, frame: pd.DataFrame, outputs: int, dtype: str = "float32") -> Array:
        """Return rows × outputs. Raises DataError for a target missing or of an unknown class."""
        absent = [each.name for each in self.targets if each.name not in frame.columns]
        if absent:
            raise no_columns(absent, frame)
        found = [each.encode(frame[each.name], outputs, dtype) for each in self.targets]
        times = 1 if self.classes else outputs // len(found)
        if times > 1:  # a number that several outputs predict, side by side
            found = [np.repeat(each, times, axis=1) for each in found]
        return found[0] if len(found) == 1 else np.hstack(found)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, exactly."""
        targets = [records.to_record(each) for each in self.targets]
        return {
            "features": [records.to_record(each) for each in self.features],
            # One target stands as it did before there were several.
            "target": targets[0] if len(targets) == 1 else targets,
            **records.beside_record(self),
        }

    @classmethod
    def from_dict(cls, stored: Any) -> "Encoder":
        """Build from what `to_dict` gave. Raises ValueError where it is something else."""
        if not isinstance(stored, Mapping) or not {"features", "target"} <= set(stored):
            raise ValueError("an encoder has features and a target")
        features = records.features_from(stored)
        targets = records.targets_from(stored["target"])
        return records.checked(cls(features, targets, **records.beside_from(stored, features)))

    def check_columns(self, frame: pd.DataFrame) -> None:
        """Raise DataError where a column of the features is absent, or stands twice."""
        there = set(frame.columns)
        absent = [each.name for each in self.features if each.name not in there]
        if absent:
            raise no_columns(absent, frame)
        times = Counter(frame.columns)
        twice = [each.name for each in self.features if times[each.name] > 1]
        if twice:
            raise DataError.of(Problem(f"more than one column {each}") for each in twice)


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: count for name, count in counts.items() if count}
