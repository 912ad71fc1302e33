"""The ratings that a model was trained on, as arrays of its weights.npz."""

from collections.abc import Mapping
from typing import Any

from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.engine.settings import Array
from ann_cli.model.archive import Archive

DTYPES = {"offsets": "int64", "columns": "int32", "values": "float32"}
"""Of each user where the ratings begin; of each rating the item, and its value."""


def rating_arrays(ratings: Matrix | None) -> dict[str, Array]:
    """Return the arrays by name; none where there are no ratings."""
    if ratings is None:
        return {}
    return {f"ratings.{name}": getattr(ratings, name) for name in DTYPES}


def rating_names(catalogue: Catalogue | None) -> set[str]:
    """Return the names of the arrays that go with a catalogue."""
    return {f"ratings.{name}" for name in DTYPES} if catalogue else set()


def ratings_in(archive: Archive, catalogue: Catalogue | None) -> Matrix | None:
    """Return the ratings in an archive, users × items. Raises ValueError where they are none."""
    if catalogue is None:
        return None
    sizes: Mapping[str, int] = {
        "offsets": len(catalogue.users) + 1,
        "columns": catalogue.known,
        "values": catalogue.known,
    }
    arrays: dict[str, Any] = {
        name: archive.array(f"ratings.{name}", (sizes[name],), dtype)
        for name, dtype in DTYPES.items()
    }
    found = Matrix(**arrays, width=len(catalogue.items))
    found.check(len(catalogue.users))
    return found
