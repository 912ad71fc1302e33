"""Compiled functions in the user's cache folder, for other processes and checkouts."""

import os
import pickle
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba.core.compiler import CompileResult
from numba.core.serialize import dumps


class Kept:
    """Keeps a compiled function in a file, in numba's own terms: `Dispatcher._cache`."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.cache_path = str(cache_folder())

    def load_overload(self, signature: Any, target: Any) -> CompileResult | None:
        """Return what was compiled before, or None."""
        target.refresh()
        try:
            kept = pickle.loads(self._path(target.codegen()).read_bytes())
            return CompileResult._rebuild(target, *kept)
        except Exception:  # Whatever is wrong with the file, compiling again is the way out.
            return None

    def save_overload(self, signature: Any, result: CompileResult) -> None:
        """Write the compiled function, if the folder lets us."""
        path = self._path(result.codegen)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(dumps(result._reduce()))
            os.replace(file.name, path)

    def _path(self, codegen: Any) -> Path:
        key = repr((self.key, codegen.magic_tuple()))
        return cache_folder() / f"{sha256(key.encode()).hexdigest()[:32]}.kernel"


def cache_folder() -> Path:
    """Return the user's folder for what can be made again."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ann"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ann" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "ann"
