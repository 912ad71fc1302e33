"""From a config and its CSV to what training needs: read, split, fit the encoder, encode."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ann_cli.config.complete import complete, penalty
from ann_cli.config.spec import Config
from ann_cli.data.encoder import Encoder
from ann_cli.data.encoding import Encoding, mean_weight, outputs_of, weighing
from ann_cli.data.loaded import Loaded, categories
from ann_cli.data.memory import check_rows
from ann_cli.data.room import streams
from ann_cli.data.statistics import Gathered, Values
from ann_cli.data.streamed import Streamed
from ann_cli.data.table import Kind, Table
from ann_cli.data.targets import ClassTarget
from ann_cli.data.task import guess_task
from ann_cli.data.values import listed, not_seen
from ann_cli.data.written import as_written, kinds_given
from ann_cli.engine.rows import Source
from ann_cli.errors import ConfigError, DataError, Problem, counted, did_you_mean, within


@dataclass(frozen=True)
class Prepared:
    """What training needs: the config with nothing left to guess, the encoder, the encoded rows."""

    config: Config
    kinds: dict[str, Kind]
    encoder: Encoder
    training: Source
    validation: Source | None
    data: Loaded | Streamed
    """Where the rows are from."""
    once: bool
    """Whether rows pass but once: their number is not known before."""
    digests: dict[str, str]
    """The SHA-256 of the data's `file` and of `validation` where that is a CSV; none if dry."""
    notes: tuple[str, ...]
    """Sentences for the person: what was recognised, dropped or left out."""

    @property
    def dropped(self) -> int:
        """Rows without a target, among those read so far."""
        return self.data.dropped


def prepare(
    config: Config,
    generator: np.random.Generator,
    encoder: Encoder | None = None,
    folder: Path | None = None,
    table: Table | None = None,
) -> Prepared:
    """Read and encode the data of a config; `generator` draws the split.

    An `encoder` that is given is taken as it is, else one is fitted to the training rows. Streamed
    rows may be kept in `folder`, the run's; None is for a dry run. `table` is the config's data
    where it is open already. Raises DataError and ConfigError with all problems of their kind.
    """
    data = config.data
    once = encoder is not None and data.file == "-" and _needs_one_pass(config)
    hashed = folder is not None
    written = as_written(data, encoder.notations if encoder else None)
    path = config.resolve(data.file)
    table = table or Table(path, spooled=not once, hashed=hashed, written=written)
    kinds = _kinds(config, table, encoder)
    other = None
    if isinstance(data.validation, str):
        written = as_written(data, table.notations)
        other = Table(config.resolve(data.validation), True, hashed, written)
    task, why = _task(config, kinds, table, encoder)
    if task == "classification":
        kinds[data.target] = "category"  # labels keep the text of the file: 012 is not 12
    notes = [f"{task}, as {why} (task: to choose)"] if why else []
    stream, told = (True, []) if once else streams(config, table, kinds)
    config = config.model_copy(update={"data": data.model_copy(update={"stream": stream})})
    source: Loaded | Streamed
    if stream:
        source = Streamed(config, table, other, kinds, generator)
    else:
        source = Loaded(config, table, other, kinds, task, generator)
    if once and encoder is not None:
        held, found, size = bool(data.validation), None, None
        if penalty(config, None) == "auto":
            config = config.model_copy(update={"l2": 0.0})
            told = ["l2 is 0: auto needs the number of rows before they have passed"]
    else:
        encoder, found, others = _learned(config, table, other, kinds, source, encoder)
        told += _told(data.target, source.dropped, encoder, others)
        held, size = others is not None, found.rows
    seen = [*encoder.input_columns, data.target]
    told += table.notes(seen)
    if other is not None:
        told += [f"{other.name}: {note}" for note in other.notes(seen)]
    config = complete(config, task, len(encoder.classes), held, size)
    if isinstance(source, Loaded):
        outputs = outputs_of(config, len(encoder.classes))
        check_rows(encoder, source.rows, outputs, config.precision, table.name)
    counts = _counts(found, data.target) if found else {}
    counts = {label: counts.get(label, 0) for label in encoder.classes}
    training = _encoding(config, encoder, source, counts, False)
    validating = _encoding(config, encoder, source, None, True) if held else None
    if isinstance(source, Streamed) and folder is not None and (data.cache or once):
        told += source.keep(folder, training)
    rows, held_rows = source.encoded(training, validating)
    tables = {"file": table, "validation": other} if hashed else {}
    digests = {name: digest for name, each in tables.items() if each and (digest := each.digest())}
    notes += told
    return Prepared(config, kinds, encoder, rows, held_rows, source, once, digests, tuple(notes))


def _needs_one_pass(config: Config) -> bool:
    """Whether nothing has to be known of the rows before they are trained on."""
    data = config.data
    return (
        config.epochs == 1
        and config.schedule.name == "constant"
        and config.batch_size != "full"
        and config.class_weight is None
        and data.sample_weight is None
        and data.stream is not False
    )


def _kinds(config: Config, table: Table, given: Encoder | None) -> dict[str, Kind]:
    data = config.data
    weight = [data.sample_weight] if data.sample_weight else []
    named = {
        "data.target": [data.target],
        "data.features": data.features or [],
        "data.exclude": data.exclude,
        "data.types": list(data.types),
        "data.sample_weight": weight,
    }
    absent = [
        Problem(
            f"{table.name} has no column {name!r}",
            config.place(key),
            f"{did_you_mean(name, table.columns)} columns: {listed(table.columns)}".strip(),
        )
        for key, names in named.items()
        for name in names
        if name not in table.columns
    ]
    if absent:
        raise DataError.of(absent)
    apart = {data.target, *weight, *data.exclude}
    features = [name for name in data.features or table.columns if name not in apart]
    features = list(given.input_columns) if given else features
    if not features:
        raise DataError(
            "no column is left to learn from",
            place=table.name,
            remedy="the target, data.exclude and data.sample_weight take all there are",
        )
    types: dict[str, Kind] = {**kinds_given(data), **(given.input_columns if given else {})}
    if weight:
        types[weight[0]] = "number"
    if config.task == "classification":
        types[data.target] = "category"
    return table.recognise(types, [*features, *weight, data.target])


def _task(
    config: Config, kinds: Mapping[str, Kind], table: Table, given: Encoder | None
) -> tuple[str, str]:
    target = config.data.target
    if config.task == "regression" and kinds[target] == "category":
        raise DataError(
            f"column {target} holds text, and regression predicts a number",
            place=config.place("task"),
            remedy="use task: classification, or name a column of numbers as data.target",
        )
    if given:
        task = "classification" if given.classes else "regression"
        if given.target_name != target or config.task not in ("auto", task):
            raise ConfigError(
                f"the encoder is one for {task} of {given.target_name}, and this config asks for "
                f"{config.task.replace('auto', task)} of {target}",
                place="--encoder",
                remedy="give the weights of a training for the same target, or none",
            )
        return task, ""
    if config.task != "auto":
        return config.task, ""
    # Most targets give themselves away in the first rows, the others are read to their end.
    parts = table.chunks({target: kinds[target]})
    return guess_task(kinds[target], target, (each[target] for each in parts))


def _learned(
    config: Config,
    table: Table,
    other: Table | None,
    kinds: Mapping[str, Kind],
    source: Loaded | Streamed,
    encoder: Encoder | None,
) -> tuple[Encoder, Gathered, Gathered | None]:
    """Return the encoder, what the training rows say, and what the others do where there are."""
    data = config.data
    asked = {name: kind for name, kind in kinds.items() if name != data.sample_weight}
    if encoder:
        asked = {**categories(asked), data.target: kinds[data.target]}
    found, others = source.gather(asked)
    for rows, of in ((found, table), (others, other)):
        if rows is not None and not rows.rows:
            raise DataError(
                f"column {data.target} is the target, and every cell of it is missing",
                place=(of or table).name,
                remedy="name another column as data.target, or fill it",
            )
    if encoder is None:
        with within(table.name):
            named = {*(data.features or ()), *data.types}
            encoder = Encoder.learned(found, data.target, data.scaling, named, table.notations)
    if isinstance(encoder.target, ClassTarget):
        for rows, of in ((found, table), (others, other)):
            with within((of or table).name):
                encoder.target.check(_counts(rows, data.target) if rows else ())
    return encoder, found, others


def _told(target: str, dropped: int, encoder: Encoder, others: Gathered | None) -> list[str]:
    notes = [f"left out {counted(dropped, 'row')} without {target}"] if dropped else []
    notes += encoder.notes
    unknown = encoder.unseen(others) if others else {}
    return notes + not_seen(unknown, "validation cell")


def _counts(found: Gathered, target: str) -> dict[str, int]:
    """Return how often each class occurs; nothing for a number."""
    labels = found.columns.get(target)
    return labels.counts if isinstance(labels, Values) else {}


def _encoding(
    config: Config,
    encoder: Encoder,
    source: Loaded | Streamed,
    counts: Mapping[str, int] | None,
    held: bool,
) -> Encoding:
    weigh = weighing(config, counts)
    if weigh is None:
        return Encoding(config, encoder)
    return Encoding(config, encoder, weigh, mean_weight(config, weigh, source.frames(held)))
