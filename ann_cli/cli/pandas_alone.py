"""Pandas without pyarrow, which it takes in wherever it finds it, for nothing that ann asks of it.

That would be 35 MB and a tenth of a short command's time. Whoever reads Parquet gets pyarrow all
the same: it is only pandas, while it is imported, that does not find it.
"""

import sys
from collections.abc import Sequence
from types import ModuleType


class PandasAlone:
    """A finder that comes before all others, and finds nothing."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Raise ModuleNotFoundError for pyarrow where pandas asks for it as it is imported."""
        if name == "pyarrow":
            pandas = sys.modules.get("pandas")
            if pandas is not None and not hasattr(pandas, "DataFrame"):
                raise ModuleNotFoundError("not for pandas", name=name)
