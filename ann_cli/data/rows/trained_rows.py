"""The rows of the file that a model was trained on, by the sides that they had then."""

from ann_cli.config.spec import Config
from ann_cli.data.rows.column_choice import as_read_for, kinds_of
from ann_cli.data.rows.in_memory import RowsInMemory
from ann_cli.data.rows.streaming import RowsFromFile
from ann_cli.data.table import Table
from ann_cli.engine.randomness import generators


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
