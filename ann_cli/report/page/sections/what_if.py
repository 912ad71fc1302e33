"""What if: the network itself runs in the page, and answers as its cells are changed."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from ann_cli.data.cells.values import read
from ann_cli.data.columns.targets import NumberTarget
from ann_cli.model.model import Model
from ann_cli.report.page.blocks import Block, Drawing, Words
from ann_cli.report.page.javascript import NoJavaScriptError
from ann_cli.report.page.material import Material
from ann_cli.report.page.model_document import SCRIPTS, model_document, why_not
from ann_cli.report.page.network_drawing import network_drawing
from ann_cli.report.page.sections.section import Section
from ann_cli.run.seen_rows import Sample

MOST_ROWS, FEWEST_ROWS, MOST_CELLS = 100, 10, 20_000
"""Rows that the page holds: they are chosen from, and stand for the average row."""

PANELS = ("controls", "picture", "answer", "shapley", "pushes", "nearest")
"""The scripts that draw its parts."""

CELLS = "A cell may be missing, or hold a value that was not there in training."


def blocks(material: Material) -> Iterator[Block]:
    """Yield the drawing, or why a page cannot run this model."""
    model = material.run.model
    why = why_not(model)
    if not why:
        try:
            document = model_document(model)
        except NoJavaScriptError as error:
            why = f"One of its formulas cannot be written as JavaScript: {error}."
    if why:
        yield Words(f"This page does not run the network. {why} ann predict does.", "note")
        return
    rows = _rows(model, material.seen.judged) if material.seen else None
    if rows is None:
        yield Words(
            "Without the run's data there is no row to begin with, none to compare with and no "
            f"average: it begins with the median of each column. {material.missing}",
            "note",
        )
    yield Drawing(
        "what-if",
        f"{_do(model)}, and see what the network says",
        "The network runs in this page, and says what ann predict says. "
        + ("" if model.encoder.shape else CELLS),
        "what_if",
        {
            "model": document,
            "drawing": network_drawing(model),
            "rows": rows,
            "side": material.seen.judge if material.seen else "",
            "members": model.network.members or 1,
        },
        needs=("elements", "network_layout", "network", *SCRIPTS, *PANELS),
    )


def _do(model: Model) -> str:
    return "Paint on a picture" if model.encoder.shape else "Move a column"


def _rows(model: Model, sample: Sample) -> dict[str, Any]:
    """Return the cells of some rows by column, and what they actually are."""
    columns = max(len(model.encoder.features), prod(model.encoder.shape or ()))
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // columns))
    frame = sample.frame
    if len(frame) > most:
        drawn = np.random.default_rng(model.config.seed).choice(len(frame), most, replace=False)
        frame = frame.iloc[np.sort(drawn)]
    return {
        "cells": {each.name: each.plain_cells(frame[each.name]) for each in model.encoder.features},
        "actual": [_actual(each, frame[each.name]) for each in model.encoder.targets],
        "of": sample.count,
    }


def _actual(target: Any, column: pd.Series) -> list[Any]:
    if not isinstance(target, NumberTarget):
        return [str(each) for each in column]
    values, _ = read(column, "number", target.notation)
    return [None if np.isnan(each) else each for each in values.tolist()]


SECTION = Section("what-if", "What if", blocks, predicts=True)
