"""A model and a CSV: its predictions, and how good they are."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from ann_cli.data.encoding import Encoding
from ann_cli.data.table import Kind, Table
from ann_cli.errors import DataError, within
from ann_cli.insight.metrics import Scores
from ann_cli.insight.scoring import Scoring, to_score
from ann_cli.model.model import Model


def predictions(
    model: Model,
    source: str,
    probabilities: bool = False,
    append: bool = False,
    identifier: str | None = None,
    unknown: Counter[str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield the predictions for a CSV, block by block, in the order of its rows.

    `append` puts the input's columns before them, `identifier` one of these; `unknown` counts the
    cells of each column that hold values not seen in training. Raises DataError.
    """
    table, needed = Table(source), model.encoder.input_columns
    added = ["prediction", *(f"probability_{label}" for label in model.classes if probabilities)]
    kept = list(table.columns) if append else [identifier] if identifier else []
    clash = [name for name in kept if name in added]
    if clash:
        raise DataError(
            f"there is a column {clash[0]!r} already",
            place=table.name,
            remedy="rename it, or keep single columns with --id",
        )
    for frame, text in table.chunks_with_text(needed, kept):
        if unknown is not None:
            unknown.update(model.encoder.unknown(frame))
        predicted = model.predict(frame, probabilities)
        yield pd.concat([text, predicted], axis=1) if kept else predicted


def evaluate(model: Model, source: str) -> tuple[int, Scores, dict[str, int]]:
    """Return the rows of a CSV, the model's scores on them, and its unseen values by column.

    Rows without a target are left out. Raises DataError.
    """
    encoder, target = model.encoder, model.config.data.target
    kind: Kind = "category" if encoder.classes else "number"
    scoring, encoding = Scoring(model), Encoding(model.config, encoder)
    rows, unknown = 0, Counter[str]()
    for part in Table(source).chunks({**encoder.input_columns, target: kind}):
        frame = part[part[target].notna()]
        with within(source):
            encoded = encoding.rows(frame)
        for block in to_score(encoded, model):
            scoring.add(block)
        rows += len(frame)
        unknown.update(encoder.unknown(frame))
    if not rows:
        raise DataError(f"no row has a value in column {target}", place=source)
    return rows, scoring.scores(), dict(unknown)
