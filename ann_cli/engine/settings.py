"""How an entry of the engine's tables declares its name and its settings, once for all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, TypeAlias, TypeVar

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


class Sizes:
    """The kind of a setting of one whole number, or of two: down and along."""


TABLES: "list[Mapping[str, type[Entry]]]" = []
"""All tables, as `table` made them; the schema is made anew when one of them has another entry."""


def not_refused(entry: "type[Entry]") -> None:
    """Say of each entry that it is for here."""


def setting(
    default: Any = MISSING,
    help: str = "",
    *,
    kind: type | None = None,
    entries: "Mapping[str, type[Entry]] | None" = None,
    refused: "Refusal" = not_refused,
    words: tuple[str, ...] = (),
    **bounds: float,
) -> Any:
    """Declare a field with its default, one line of help and its bounds (gt, ge, lt, le).

    One without a default has a `kind`, and so has a list of numbers, whose bounds are those of its
    elements, and `Sizes`, instead of which `words` may stand. One that is an entry itself names the
    table of `entries`; `refused` says of an entry why it is not for here, and what to use.
    """
    told = {"help": help, "bounds": bounds, "entries": entries, "refused": refused, "words": words}
    return field(default=default, metadata={"kind": kind, **told})


@dataclass(frozen=True)
class Setting:
    """One declared setting, as the config's models, the schema and the help read it."""

    name: str
    kind: type
    default: Any
    help: str
    bounds: dict[str, float]
    entries: "Mapping[str, type[Entry]] | None" = None
    """The table of which it is an entry."""
    refused: "Refusal" = not_refused
    """Says of an entry why it is not for here, and what to use; None of one that is."""
    words: tuple[str, ...] = ()
    """What may stand instead of a number."""

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is MISSING


@dataclass(frozen=True)
class Entry:
    """One entry of a table; the first line of its docstring is its description.

    An entry with settings is a dataclass; one without takes after its parent, for a quick start.
    """

    name: ClassVar[str]

    @classmethod
    def key(cls) -> str:
        """Return the key under which it stands in its table."""
        return cls.name

    @classmethod
    def description(cls) -> str:
        """Return the one line that help, schema and comparisons show."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def settings(cls) -> Iterator[Setting]:
        """Yield the declared settings in the order of the formula's arguments."""
        for each in fields(cls):
            told = dict(each.metadata)
            kind = told.pop("kind") or type(each.default)
            yield Setting(each.name, kind, each.default, **told)

    @classmethod
    def noun(cls) -> str:
        """Return what the entries of its table are, in words: "an activation"."""
        (base,) = (each for each in cls.__mro__ if Entry in each.__bases__)
        name = base.__name__.lower()
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

    def values(self) -> tuple[Any, ...]:
        """Return the settings' values in the order of the formula's arguments."""
        return self._declared

    @cached_property
    def _declared(self) -> tuple[Any, ...]:
        # Read at every step, so looked up once.
        return tuple(getattr(self, each.name) for each in fields(self))


AnyEntry = TypeVar("AnyEntry", bound=Entry)
Refusal: TypeAlias = Callable[[Any], tuple[str, str] | None]


def table(*entries: type[AnyEntry]) -> dict[str, type[AnyEntry]]:
    """Return the entries by their keys, in the order given."""
    made = {entry.key(): entry for entry in entries}
    TABLES.append(made)
    return made
