"""What the config says: each key, its value, and where that came from."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.config.entry_schema import plain
from ann_cli.config.spec import Config
from ann_cli.config.write import line
from ann_cli.report.page.blocks import Block, Facts, Words
from ann_cli.run import Run

SAVING = ("recipe", "save_to", "checkpoint_every")
"""Keys that weights do not record: they change nothing of what is learned."""

DEFAULT = "default"

Told = dict[str, tuple[Any, str]]
"""Of each key its value, and where it came from."""


def settings(run: Run) -> Iterator[Block]:
    """Yield the keys that were written or chosen, then all of them, every default marked."""
    told = dict(_told(run))
    own = {key: each for key, each in told.items() if not each[1].startswith(DEFAULT)}
    if "written" not in run.metrics:
        yield Words("This run is of a version that did not record which keys its config names.")
    yield _table("What the config says, beyond defaults", own)
    yield _table(f"All {len(told)} keys of the config, every default marked", told, folded=True)


def _told(run: Run) -> Iterator[tuple[str, tuple[Any, str]]]:
    written, chosen = run.metrics.get("written"), run.metrics.get("chosen", {})
    example = Config.model_validate({"data": {"file": "-", "target": "-"}})
    defaults = dict(_flat(plain(example, brief=True)))
    for key, value in _flat(plain(run.model.config, brief=True)):
        top = key.partition(".")[0]
        if top in SAVING:
            continue
        named = _named(key, written or {})
        if named is not None:
            was = f", as {named}" if named and named != _text(value) else ""
            yield key, (value, f"config{was}")
        elif reason := chosen.get(key) or chosen.get(top):
            whole = key in chosen or key in (top, f"{top}.name")
            yield key, (value, f"chosen for this table: {reason}" if whole else "chosen with it")
        elif key in defaults and defaults[key] == value:
            yield key, (value, DEFAULT)
        elif written is None and defaults.get(key) != "auto":
            yield key, (value, "config, or chosen")
        elif defaults.get(key) == "auto":
            yield key, (value, f"{DEFAULT}, auto")
        else:  # a setting of what was written has a default of its own
            yield key, (value, "follows from other keys" if key in defaults else DEFAULT)


def _named(key: str, written: Mapping[str, str | None]) -> str | None:
    """Return what the config has at a key, "" where that is no single value; None where nothing."""
    own = key.removesuffix(".name")
    if own in written or key in written:
        return written.get(key, written.get(own)) or ""
    return "" if any(each.startswith(f"{key}.") for each in written) else None


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of data, and of what has a name each of its settings; others are whole."""
    for key, value in values.items():
        if key == "data" or (isinstance(value, dict) and "name" in value):
            yield from ((f"{key}.{name}", each) for name, each in value.items())
        else:
            yield key, value


def _table(title: str, told: Told, folded: bool = False) -> Facts:
    rows = [[key, _text(value), source] for key, (value, source) in told.items()]
    return Facts(title, ["key", "value", "from"], rows, folded, texts=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else line(value)
