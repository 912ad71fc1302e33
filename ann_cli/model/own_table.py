"""Whether a table is the one that a model was trained on."""

from ann_cli.data.rows.image_columns import PICTURES
from ann_cli.data.rows.trained_rows import digest_of_pictures
from ann_cli.data.table import Table
from ann_cli.model.model import Model


def trained_on(model: Model, table: Table) -> bool:
    """Whether a table is the very file that a model was trained on, its own rows and those apart.

    Takes a pass over the file, where the model knows its digest, and over the pictures it names.
    """
    known, pictures = model.digests.get("file"), model.digests.get(f"file{PICTURES}")
    if known is None or not table.repeatable or table.digest() != known:
        return False
    return pictures is None or digest_of_pictures(model.config, table) == pictures
