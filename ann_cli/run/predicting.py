"""A model and a CSV: its predictions, and how good they are."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import pandas as pd

from ann_cli.data.cells.values import Kind, cut_off, not_seen
from ann_cli.data.columns.labels import label_column
from ann_cli.data.prefetch import prefetch
from ann_cli.data.rows.encoding import Encoding, weighing
from ann_cli.data.rows.in_memory import chosen, has_all
from ann_cli.data.rows.split import SIDES, Side
from ann_cli.data.rows.trained_rows import divided_as_trained
from ann_cli.data.series.examples import ExampleTable
from ann_cli.data.series.table import WindowTable
from ann_cli.errors import ConfigError, DataError, counted, within
from ann_cli.insight.scoring import Scoring, to_score
from ann_cli.model.environment import threads_side_by_side
from ann_cli.model.model import Model
from ann_cli.model.own_table import trained_on
from ann_cli.run.evaluation import Evaluation
from ann_cli.run.label_scores import Labelled
from ann_cli.run.recommending import evaluate_ratings, unknown_names
from ann_cli.tasks.task import Scores


class Predictions:
    """The predictions for a CSV, a frame a block, in the order of its rows."""

    def __init__(
        self,
        model: Model,
        source: str,
        probabilities: bool = False,
        append: bool = False,
        identifier: str | None = None,
        strict: bool = False,
        interval: float | None = None,
        shown: str = "",
        query: str | None = None,
    ) -> None:
        """Open the CSV. Raises DataError, and ConfigError for an `interval` without its rows.

        `shown` is what is shown of a row by a model that predicts no column.

        `append` puts the input's columns before the predictions, `identifier` one of these;
        `strict` refuses cells that are not what their column holds.
        """
        if interval is not None:
            model.calibrated(interval)
        if model.encoder.timeline and (append or identifier or probabilities):
            raise ConfigError(
                "a forecast has rows of its own, the steps ahead, without the input's columns "
                "and without probabilities",
                place="--append" if append else "--id" if identifier else "--probabilities",
                remedy="leave it out",
            )
        self._model, self._probabilities, self._interval = model, probabilities, interval
        self._shown = shown
        self._table = model.table(source, strict, query=query)
        targets, output = model.encoder.targets, model.network.output
        added: Collection[str]
        if shown or not model.task.has_target:
            added = model.shown_columns(shown)
        else:
            columns = model.task.prediction_columns(targets, output, probabilities)
            columns |= model.task.interval_columns(targets) if interval is not None else {}
            added = columns
        if isinstance(self._table, ExampleTable):
            identifier = identifier or self._table.series
        self._kept = list(self._table.columns) if append else [identifier] if identifier else []
        clash = [name for name in self._kept if name in added]
        if clash:
            raise DataError(
                f"there is a column {clash[0]!r} already",
                place=self._table.name,
                remedy="rename it, or keep single columns with --id",
            )
        self._unknown, self._beyond = Counter[str](), Counter[str]()

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield the frames, of which the next ones are made meanwhile. Raises DataError."""
        return prefetch(self._frames())

    def _frames(self) -> Iterator[pd.DataFrame]:
        if isinstance(self._table, WindowTable):
            with within(self._table.name):
                yield self._model.forecast(self._table.file.history, self._interval)
            return
        encoder = self._model.encoder
        for frame, text in self._table.chunks_with_text(encoder.input_columns, self._kept):
            self._unknown.update(encoder.unknown(frame))
            self._beyond.update(encoder.beyond(frame))
            with within(self._table.name):
                predicted = self._model.predicted(
                    frame, self._probabilities, self._interval, self._shown
                )
            yield pd.concat([text, predicted], axis=1) if self._kept else predicted

    def notes(self) -> list[str]:
        """Return what a person should know of the cells, once all rows have passed."""
        if isinstance(self._table, WindowTable):
            return self._table.file.notes
        if self._model.encoder.catalogue is not None:
            return unknown_names(self._model, self._unknown)
        notes = self._table.notes(self._model.encoder.input_columns)
        return notes + not_seen(self._unknown) + cut_off(self._beyond)


def evaluate(
    model: Model,
    source: str,
    strict: bool = False,
    every: int = 1,
    label: str | None = None,
    query: str | None = None,
) -> Evaluation:
    """Score a model on the rows of a CSV that have a target. Raises DataError.

    Of a series the origin rolls: each step is one, or one in `every`. Of an autoencoder `label` is
    a column, or COLUMN=VALUE, whose rows are told apart by their errors.
    """
    labelled = Labelled(model, label) if label is not None else None
    encoder, targets = model.encoder, list(model.encoder.target_kinds)
    table = model.table(source, strict, every=every, query=query)
    if model.encoder.catalogue is not None:
        return evaluate_ratings(model, table)
    kinds: dict[str, Kind] = {**encoder.input_columns, **encoder.target_kinds}
    kinds |= {name: kind for name, kind in label_column(encoder).items() if name in table.columns}
    weight, notes = model.config.data.sample_weight, list[str]()
    encoding = Encoding(model.config, encoder)
    if labelled:
        labelled.check(table)
        kinds[labelled.column] = "category"
    if weight is not None and weight in table.columns:
        kinds[weight] = "number"
        encoding = Encoding(model.config, encoder, weighing(model.config, None))
    elif weight is not None:
        notes.append(f"{table.name} has no column {weight}: all rows count alike")
    passed, unknown, beyond = 0, Counter[str](), Counter[str]()
    whole, rows = Scoring(model), 0

    def score(parts: Iterable[pd.DataFrame], scorings: Sequence[Scoring]) -> int:
        nonlocal passed
        count = 0
        for part in parts:
            passed += len(part)
            frame = chosen(part, has_all(part, targets))
            with within(table.name):
                encoded = encoding.rows(frame)
            losses = [
                [scoring.add(block) for scoring in scorings] for block in to_score(encoded, model)
            ]
            if labelled:
                labelled.add(frame, [first for first, *_ in losses])
            count += len(frame)
            unknown.update(encoder.unknown(frame))
            beyond.update(encoder.beyond(frame))
        return count

    sides: dict[Side, tuple[int, Scores]] = {}
    with threads_side_by_side(model.member, model.network.block_rows):
        if not labelled and trained_on(model, table):
            divided = divided_as_trained(model.config, table)
            for side in SIDES:
                own = Scoring(model)
                if count := score(divided.frames(side), [whole, own]):
                    sides[side] = count, own.scores()
                    rows += count
            passed += divided.dropped
        else:
            rows = score(table.chunks(kinds), [whole])
    if not rows:
        without = f" has a value in column {' and '.join(targets)}" if targets else " is there"
        why = "\n  ".join(table.notes(targets))  # cells that are not what the target holds
        raise DataError(f"no row{without}", place=table.name, remedy=why)
    notes += table.notes([*encoder.input_columns, *targets]) + not_seen(unknown) + cut_off(beyond)
    if passed > rows:
        notes.append(f"left out {counted(passed - rows, 'row')} without {' or '.join(targets)}")
    scores, details = whole.scores(), whole.details()
    if labelled:
        scores, details = scores | labelled.scores(), details | labelled.details()
    return Evaluation(rows, scores, details, sides, notes)
