"""The rows of the file that a model was trained on, by the sides that they had then."""

from collections.abc import Mapping

from ann_cli.config.spec import Config
from ann_cli.data.cells.values import Kind
from ann_cli.data.columns.picture_feature import statistics_of
from ann_cli.data.rows.column_choice import as_read_for, kinds_of
from ann_cli.data.rows.image_columns import PICTURES, picture_digests
from ann_cli.data.rows.in_memory import RowsInMemory, chosen, has_all
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.data.table import Table
from ann_cli.engine.randomness import generators


def has_same_pictures(config: Config, table: Table, digests: Mapping[str, str]) -> bool:
    """Whether the pictures that a table names are those of a model's digests, where it knows any.

    Takes a pass over the rows that have a target, and over their files.
    """
    image, targets, key = config.data.image, config.data.targets, f"file{PICTURES}"
    if image is None or image.column is None or key not in digests:
        return True
    kinds: dict[str, Kind] = {image.column: "category"}
    kinds |= table.recognise({}, [each for each in targets if each in table.columns])
    found = statistics_of(config.data, {image.column: "category"})
    for frame in table.chunks(kinds):
        found.add(chosen(frame, has_all(frame, [each for each in targets if each in frame])))
    return picture_digests({"training": found}, ())[key] == digests[key]


def divided_as_trained(config: Config, table: Table) -> RowsInMemory | RowsFromFile:
    """Return the rows of the file that a model was trained on, on the sides that they were then.

    `config` is the model's. Raises DataError.
    """
    kinds = as_read_for(config.task, kinds_of(config, table, None), config.data.targets)
    generator = generators(config.seed)["split"]
    if not config.data.stream:
        return RowsInMemory(config, table, {}, kinds, config.task, generator)
    source = RowsFromFile(config, table, {}, kinds, generator)
    source.choose()
    return source
