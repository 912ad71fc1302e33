"""A Python caller's frame of a series, read as a file with the same cells is."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ann_cli.config.spec import Config
from ann_cli.data.cells.frames import as_read
from ann_cli.data.cells.notation import Notation
from ann_cli.data.cells.values import Array, Kind
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.rows.tables import usual_notations
from ann_cli.data.series.examples import examples_of, steps_of
from ann_cli.data.series.history import History, Roles, history_of
from ann_cli.data.series.known import Known
from ann_cli.data.series.timeline import Timeline
from ann_cli.errors import DataError, Problem

CONTENTS: dict[str, Kind] = {"date": "date", "boolean": "boolean"}


def history_of_frame(
    frame: pd.DataFrame, config: Config, encoder: Encoder, timeline: Timeline
) -> History:
    """Return the series of a frame. Raises DataError."""
    roles = Roles.of(config.data)
    texts = [each.name for each in timeline.texts]
    read = _read(frame, roles.columns, roles.series, usual_notations(config, encoder), texts)
    found = history_of(read, roles, bool(timeline.date), timeline.form, timeline.step)
    return found.with_known(Known(roles.known, timeline.texts), read)


def examples_of_frame(
    frame: pd.DataFrame, config: Config, encoder: Encoder
) -> tuple[Array, pd.DataFrame]:
    """Return the names of a frame's examples, and the columns of their steps. Raises DataError."""
    data, notations = config.data, usual_notations(config, encoder)
    channels = list(notations)[: encoder.shape[-1] if encoder.shape else 0]
    series, time = str(data.series), str(data.time)
    _check(frame, [series, time, *channels])
    moments = frame[time]
    if not pd.api.types.is_numeric_dtype(moments):
        moments = pd.to_datetime(moments, utc=True).map(pd.Timestamp.timestamp)
    read = _read(frame.assign(**{time: moments}), [series, *channels, time], series, notations)
    names, parts = examples_of(read, series, time)
    cells = steps_of(read[channels].to_numpy(np.float64), parts, int(data.window or 1))
    return names, pd.DataFrame(cells, columns=list(encoder.input_columns))


def _read(
    frame: pd.DataFrame,
    columns: Sequence[str],
    series: str | None,
    notations: Mapping[str, Notation],
    texts: Sequence[str] = (),
) -> pd.DataFrame:
    _check(frame, columns)
    kinds: dict[str, Kind] = {
        name: CONTENTS.get(notations[name].content, "number")
        for name in columns
        if name != series and name not in texts and name in notations
    }
    read = as_read(frame.reset_index(drop=True), kinds, notations)
    return read if series is None else read.assign(**{series: read[series].astype(object)})


def _check(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    if absent := [name for name in columns if name not in frame.columns]:
        raise DataError.of(Problem(f"no column {name}") for name in absent)
