"""Whether a table is the one that a model was trained on."""

from ann_cli.data.rows.trained_rows import has_same_pictures
from ann_cli.data.table import Table
from ann_cli.model.model import Model


def trained_on(model: Model, table: Table) -> bool:
    """Whether a table is the very file that a model was trained on, its own rows and those apart.

    Takes a pass over the file, where the model knows its digest, and over the pictures it names.
    """
    known = model.digests.get("file")
    its_own = known is not None and table.repeatable and table.digest() == known
    return its_own and has_same_pictures(model.config, table, model.digests)
