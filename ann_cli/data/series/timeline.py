"""What the training part taught of time and of the size of series; stored with the weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ann_cli.data.cells.notation import Notation
from ann_cli.data.series.history import Series
from ann_cli.data.series.known import KnownText
from ann_cli.data.series.season import naive_error
from ann_cli.data.series.step import Step, Unit

UNITS: tuple[Unit, ...] = ("month", "second", "number")


@dataclass(frozen=True)
class Timeline:
    """The step of a series, how its moments are written, and what each series is divided by."""

    step: Step
    date: str
    """How dates are read, as `strptime` has it; "" of numbers."""
    form: str
    """How they are written."""
    scales: Mapping[str, float]
    """The mean absolute error of each series' seasonal naive forecast, in the training part.

    Of many series their numbers are divided by it. One alone is called "", and is not divided.
    """
    texts: tuple[KnownText, ...] = ()
    """The columns of text that are known ahead."""

    def scale(self, series: Series, origin: int, season: int) -> float:
        """Return what the numbers of a series are divided by: 1 where there is one alone.

        Of a series that was not trained on it is its own error up to an origin.
        """
        if "" in self.scales:
            return 1.0
        known = self.scales.get(series.name)
        return known or naive_error(series.values[: origin + 1], season)

    @property
    def notation(self) -> Notation:
        """How moments are written, as a column's."""
        return Notation("date", date=self.date) if self.date else Notation()

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, exactly."""
        return {
            "unit": self.step.unit,
            "count": self.step.count,
            "date": self.date,
            "form": self.form,
            "scales": dict(self.scales),
            **({"texts": [each.to_dict() for each in self.texts]} if self.texts else {}),
        }

    @classmethod
    def from_dict(cls, stored: Any) -> "Timeline":
        """Build from what `to_dict` gave. Raises ValueError where it is something else."""
        keys = {"unit", "count", "date", "form", "scales"}
        if not isinstance(stored, Mapping) or set(stored) - {"texts"} != keys:
            raise ValueError("a timeline has a step, the form of dates, and scales")
        unit, scales = stored["unit"], stored["scales"]
        if unit not in UNITS or not isinstance(scales, Mapping) or not scales:
            raise ValueError("a timeline has a unit of time, and a scale a series")
        for each in (stored["count"], *scales.values()):
            if isinstance(each, bool) or not isinstance(each, int | float):
                raise ValueError("a timeline's numbers are above 0")
            if not isfinite(each) or each <= 0:
                raise ValueError("a timeline's numbers are above 0")
        if unit == "month" and stored["count"] != int(stored["count"]):
            raise ValueError("months are whole")
        if not isinstance(stored["date"], str) or not isinstance(stored["form"], str):
            raise ValueError("a timeline's forms of dates are texts")
        step = Step(unit, float(stored["count"]))
        scales = {str(k): float(v) for k, v in scales.items()}
        texts = stored.get("texts", [])
        if not isinstance(texts, list):
            raise ValueError("a timeline's columns of text are a list")
        read = tuple(map(KnownText.from_dict, texts))
        return cls(step, stored["date"], stored["form"], scales, read)
