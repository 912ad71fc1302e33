"""Which rows validate, and which test: a share of the table's own, or another table's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """The rows of a side: a share of the table's own, or all of another table; or none."""

    share: float = 0.0
    file: str | None = None

    @classmethod
    def of(cls, value: float | str) -> "Part":
        """Return what a config's value stands for: a share, or a path."""
        return cls(file=value) if isinstance(value, str) else cls(share=float(value))

    def __bool__(self) -> bool:
        return self.file is not None or self.share > 0
