"""From a config and its CSV to a data set: read, split, fit the encoder, encode."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ann_cli.config import recipe
from ann_cli.config.autoencoder_recipe import with_layers
from ann_cli.config.boltzmann_recipe import with_machine
from ann_cli.config.complete import check_dropout, check_folds, complete, penalty, with_target_keys
from ann_cli.config.data_spec import Data
from ann_cli.config.families import has_ratings
from ann_cli.config.models import check_model
from ann_cli.config.series import check_series
from ann_cli.config.solved_variations import narrowed
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Kind, listed, not_seen
from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.forms import forms_of, with_forms
from ann_cli.data.columns.labels import keeping_gaps
from ann_cli.data.columns.leakage import Findings, look_at, most_rows, told
from ann_cli.data.columns.statistics import ColumnStatistics, Values
from ann_cli.data.columns.targets import ClassTarget
from ann_cli.data.rows.column_choice import as_read_for, features_of, kinds_of, shape_of, task_of
from ann_cli.data.rows.data_set import DataSet
from ann_cli.data.rows.encoding import (
    Encoding,
    class_factors,
    mean_weight,
    outputs_of,
    weighing,
)
from ann_cli.data.rows.image_columns import check_pictures, picture_digests, unused
from ann_cli.data.rows.in_memory import RowsInMemory, categories
from ann_cli.data.rows.map_form import with_map_form
from ann_cli.data.rows.memory import check_rows
from ann_cli.data.rows.parts import Each, streamed
from ann_cli.data.rows.ratings import prepare_ratings
from ann_cli.data.rows.room import needs_one_pass, streams
from ann_cli.data.rows.split import SIDES, Side, check_sides, shares_of
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.data.rows.tables import Chosen, bytes_of, other_tables, own_table, with_timeline
from ann_cli.data.rows.target_form import (
    check_targets,
    no_rows,
    target_forms,
    with_chosen_transforms,
    with_transforms_of,
)
from ann_cli.data.rows.visible_choice import check_visible, visible_of, with_scaling, with_units
from ann_cli.data.series.choice import with_difference
from ann_cli.data.series.examples import ExampleTable
from ann_cli.data.series.table import WindowTable
from ann_cli.data.table import Table
from ann_cli.errors import counted, within
from ann_cli.tasks import TASKS

UNKNOWN_ROWS = 10_000
"""Pictures that are expected where they pass but once, and none says how many they are."""


def prepare(
    config: Config,
    generator: np.random.Generator,
    encoder: Encoder | None = None,
    folder: Path | None = None,
    table: Table | None = None,
    chosen: Chosen | None = None,
    each: Each = map,
) -> DataSet:
    """Read and encode the data of a config; `generator` draws the split.

    An `encoder` that is given is taken as it is, else one is fitted to the training rows. Streamed
    rows may be kept in `folder`, the run's; None is for a dry run. `table` is the config's data
    where it is open already; `chosen` are the rows of it that are seen at all, those that test in
    the place of data.test; `each` maps parts of rows. Raises DataError, ConfigError.
    """
    check_model(config)
    check_series(config)
    if has_ratings(config):
        return prepare_ratings(config, generator, encoder, folder, table, chosen)
    data = config.data
    once = encoder is not None and data.file == "-" and needs_one_pass(config)
    hashed = folder is not None
    table = table or own_table(config, encoder, once, hashed, chosen)
    told_first = list[str]()
    if isinstance(table, WindowTable):
        table.check_parts()
        config, told_first = with_difference(config, table)
    elif isinstance(table, ExampleTable):
        resolved = data.model_copy(update={"window": table.window})
        config = config.model_copy(update={"data": resolved})
    kinds = kinds_of(config, table, encoder)
    others = other_tables(config, table, hashed, chosen)
    task, why = task_of(config, kinds, table, encoder)
    kinds = as_read_for(task, kinds, data.targets)
    notes = [*([f"{task}, as {why} (task: to choose)"] if why else []), *told_first]
    stream, told = (True, []) if once else streams(config, table, kinds)
    config = with_target_keys(config)
    given, data = config, config.data
    asked = recipe.is_asked_for(config, not stream and encoder is None)
    if asked:
        config = recipe.with_folds(config)
    elif stream and recipe.is_asked_for(config, in_memory=True):
        told = [*told, "one network, and no ensemble: its folds need all rows in memory"]
    known = {"stream": stream} | ({"validation": 0.0} if config.folds > 1 else {})
    config = config.model_copy(update={"data": data.model_copy(update=known)})
    check_folds(config)
    source: RowsInMemory | RowsFromFile
    if stream:
        source = streamed(config, table, others, kinds, generator, each)
    else:
        source = RowsInMemory(config, table, others, kinds, task, generator)
    facts = _facts(config, table, kinds, source) if asked else None
    config = recipe.completed(config, facts, given) if facts else recipe.declined(config)
    if once and encoder is not None:
        held: list[Side] = [side for side, part in data.parts.items() if part]
        found, size, pictures = None, None, dict[str, str]()
        if penalty(config, None) == "auto":
            config = config.model_copy(update={"l2": 0.0})
            told = ["l2 is 0: auto needs the number of rows before they have passed"]
    else:
        open_to_ann = "layers" not in given.model_fields_set
        encoder, data, found, held_rows = _learned(
            config, table, others, kinds, source, task, encoder, open_to_ann
        )
        encoder = with_units(config, encoder)
        config = with_forms(config, data)
        told += source.notes + _told(data.targets, source, encoder, held_rows)
        held, size = list(held_rows), found.rows
        pictures = picture_digests({"training": found, **held_rows}, others)
    seen = [*encoder.input_columns, *data.targets]
    told += unused(data, table) + table.notes(seen)
    for side, other in others.items():
        whose = other.name if other.name != table.name else f"{side} rows"  # of a fold
        told += [f"{whose}: {note}" for note in other.notes(seen)]
    validated = "validation" in held or config.folds > 1
    config = with_layers(with_transforms_of(config, encoder), len(encoder.inputs))
    widths = encoder.encoded, len(encoder.inputs)
    config = narrowed(config, given, task, *widths, validated)
    if found:
        config = with_machine(config, *visible_of(given, found), found.rows)
        check_visible(config, encoder, found, table.name)
    config = complete(config, task, len(encoder.classes), validated, size)
    check_dropout(config)
    check_targets(config, encoder, found)
    if isinstance(source, RowsInMemory):
        outputs = outputs_of(config, encoder)
        check_rows(encoder, sum(source.counts.values()), outputs, config.precision, table.name)
    counts = _counts(found, data.targets[0]) if found and data.targets else {}
    counts = {label: counts.get(label, 0) for label in encoder.classes}
    encodings: dict[Side, Encoding] = {
        side: _encoding(config, encoder, source, None, side) for side in held
    }
    encodings["training"] = training = _encoding(config, encoder, source, counts, "training")
    if isinstance(source, RowsFromFile) and folder is not None and (data.cache or once):
        told += source.keep(folder, training)
    rows = source.encoded({side: encodings[side] for side in SIDES if side in encodings})
    digests, sizes = bytes_of(table, others) if hashed else ({}, {})
    digests |= pictures if digests else {}
    notes += told
    validating = rows["training"] if config.folds > 1 else rows.get("validation")
    sides = (rows["training"], validating, rows.get("test"))
    config = with_map_form(config, rows["training"])
    factors = class_factors(config, counts)
    by_class = None if factors is None else np.array([factors[each] for each in encoder.classes])
    kinds |= encoder.input_columns
    return DataSet(
        *(config, kinds, encoder, *sides, by_class, source, once, digests, sizes, tuple(notes)),
        facts,
    )


def _facts(
    config: Config,
    table: Table,
    kinds: Mapping[str, Kind],
    source: RowsInMemory | RowsFromFile,
) -> recipe.Facts:
    """Return what the recipe goes by."""
    if config.data.image:
        share = 1 - sum(part.share for part in config.data.parts.values())
        about = table.rows_about() if table.repeatable else UNKNOWN_ROWS
        rows = source.counts.get("training") or about * share
        return recipe.Facts(max(round(rows), 1), 0)
    found = Counter(kinds[name] for name in features_of(config, table))
    data = config.data
    encoding = data.encoding.name if "encoding" in data.model_fields_set else None
    rows = max(source.counts["training"], 1)
    return recipe.Facts(rows, found["number"], encoding, found["date"])


def _learned(
    config: Config,
    table: Table,
    others: Mapping[Side, Table],
    kinds: Mapping[str, Kind],
    source: RowsInMemory | RowsFromFile,
    task: str,
    encoder: Encoder | None,
    open_to_ann: bool,
) -> tuple[Encoder, Data, ColumnStatistics, dict[Side, ColumnStatistics]]:
    """Return the encoder, the columns' forms in `data`, and what the rows of each side say."""
    data = config.data
    features = {*features_of(config, table), *data.targets}
    asked = {name: kind for name, kind in kinds.items() if name in features}
    shape, findings = shape_of(config, table), Findings()
    if encoder is None and shape is None:
        findings = look_at(
            source.first_rows(most_rows(len(asked))),
            asked,
            data.targets,
            bool(data.targets) and kinds[data.targets[0]] == "category",
            data.leakage,
            {*(data.features or ()), *data.types},
        )
        source.notes += told(findings)
        asked = {name: kind for name, kind in asked.items() if name not in findings.left_out}
        asked |= dict.fromkeys(findings.categories, "category")
    if encoder:
        asked = {**categories(asked), **{name: kinds[name] for name in data.targets}}
    found, held = source.gather(asked | dict.fromkeys(data.labels, "category"))
    data = with_scaling(config, found)
    label = found.columns.pop(data.label or "", None)
    every: dict[Side, ColumnStatistics] = {"training": found, **held}
    check_pictures(every, {side: others.get(side, table).name for side in every})
    target = " and ".join(data.targets)
    for side, rows in every.items():
        if not rows.rows:
            raise no_rows(data.targets, others.get(side, table).name)
    if encoder is None:
        with within(table.name):
            named = {*(data.features or ()), *data.types}
            words = findings.words if open_to_ann else None
            forms, notes = ({}, []) if shape else forms_of(data, found, named, words)
            source.notes += notes
            written = (table.notations, data.encoding, forms, target_forms(config, task))
            encoder = Encoder.learned(found, data.targets, data.scaling, named, *written, shape)
            encoder = with_timeline(encoder, table)
            if TASKS[task].keeps_gaps:
                encoder = keeping_gaps(encoder, label)
            encoder = with_chosen_transforms(
                config, task, encoder, found, lambda: source.frames("training")
            )
            data = data.model_copy(update={"types": {**data.types, **forms}})
    if encoder.classes and isinstance(encoder.target, ClassTarget):
        with within(table.name):
            encoder.target.check(_counts(found, target))
        for side, rows in held.items():
            labels = _counts(rows, target)
            if side in data.files:
                with within(others[side].name):
                    encoder.target.check(labels)
            elif strange := encoder.target.strange(labels):
                # A class with few rows may have fallen to one side as a whole.
                left = source.leave_out(side, strange)
                rows.rows -= left
                source.notes.append(
                    f"{counted(left, f'{side} row')} left out, as no training row is of class "
                    f"{listed(strange, 5)}"
                )
        with within(table.name):
            check_sides(tuple(source.counts.get(side, 0) for side in SIDES), shares_of(data))
    return encoder, data, found, held


def _told(
    targets: Sequence[str],
    source: RowsInMemory | RowsFromFile,
    encoder: Encoder,
    held: Mapping[Side, ColumnStatistics],
) -> list[str]:
    dropped, named = source.dropped, " or ".join(targets)
    notes = [f"left out {counted(dropped, 'row')} without {named}"] if dropped else []
    notes += encoder.notes
    for side, rows in held.items():
        notes += not_seen(encoder.unseen(rows), f"{side} cell")
    return notes


def _counts(found: ColumnStatistics, target: str) -> dict[str, int]:
    """Return how often each class occurs; nothing for a number."""
    labels = found.columns.get(target)
    return labels.counts if isinstance(labels, Values) else {}


def _encoding(
    config: Config,
    encoder: Encoder,
    source: RowsInMemory | RowsFromFile,
    counts: Mapping[str, int] | None,
    side: Side,
) -> Encoding:
    weigh = weighing(config, counts)
    if weigh is None:
        return Encoding(config, encoder)
    return Encoding(config, encoder, weigh, mean_weight(config, weigh, source.frames(side)))
