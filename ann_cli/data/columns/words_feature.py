"""A column of texts as the words in them, as inputs of the network."""

from dataclasses import dataclass
from typing import ClassVar, Self

import pandas as pd

from ann_cli.config.column_forms import WordsForm
from ann_cli.data.cells.distinct import plain_texts
from ann_cli.data.cells.notation import TEXT, Notation
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.category_feature import MISSING
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.statistics import Values
from ann_cli.data.columns.words import A_WORD, LEAST_ROWS, bag_of, common_words, words_of
from ann_cli.errors import DataError


@dataclass(frozen=True)
class WordsFeature(Feature):
    """One input a word, 1 where the text has it, whatever its capitals; the others are all 0.

    Which words: those in the most training rows. Harris 1954, "Distributional structure", calls
    such a record of a text a bag of words.
    """

    stored: ClassVar[tuple[str, ...]] = ("name", "kind", "words", "was_missing")

    name: str
    kind: Kind
    words: tuple[str, ...]
    was_missing: bool
    notation: Notation = TEXT

    @classmethod
    def fit(cls, found: Values, form: WordsForm, notation: Notation = TEXT) -> Self:
        """Learn the commonest words from what the training rows say. Raises DataError."""
        words = common_words(found, form.words)
        if not words:
            has_words = any(map(words_of, found.counts))
            raise DataError(
                f"no word is in {LEAST_ROWS} training rows or more, and not in all"
                if has_words
                else "no training cell has a word in it",
                place=f"column {found.name}",
                remedy=f"a word is {A_WORD}; to leave the column out: data.exclude: [{found.name}]",
            )
        return cls(found.name, "category", tuple(sorted(words)), found.missing > 0, notation)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        names = [f"{self.name} has {word}" for word in self.words]
        return (*names, f"{self.name}={MISSING}") if self.was_missing else tuple(names)

    def encode(self, column: pd.Series, out: Array) -> None:
        """Write rows × inputs into `out`, which is all 0."""
        bag, missing = bag_of(column, self.words)
        out[:, : len(self.words)] = bag
        if self.was_missing:
            out[:, -1] = missing

    def plain_cells(self, column: pd.Series) -> list[str | None]:
        """Return each cell's text."""
        return plain_texts(column)

    def how(self) -> str:
        """Return how a cell becomes its first input."""
        return "1 if the word is in it"
