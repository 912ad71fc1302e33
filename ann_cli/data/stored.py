"""From JSON back to the records of an encoder; a damaged file must not get past here."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from ann_cli.data.features import CategoryFeature, Feature, NumberFeature
from ann_cli.data.targets import ClassTarget, NumberTarget


def feature_from(stored: Any) -> Feature:
    """Return one feature. Raises ValueError."""
    kind = stored.get("kind") if isinstance(stored, Mapping) else None
    if kind == "category":
        return CategoryFeature(**_fields(stored, "name", "kind", "categories", "was_missing"))
    if kind in ("number", "boolean"):
        names = ("name", "kind", "fill", "center", "scale", "was_missing")
        return NumberFeature(**_fields(stored, *names))
    raise ValueError(f"a feature's kind is number, boolean or category, not {kind!r}")


def target_from(stored: Any) -> NumberTarget | ClassTarget:
    """Return the target. Raises ValueError."""
    if isinstance(stored, Mapping) and "classes" in stored:
        target = ClassTarget(**_fields(stored, "name", "classes"))
        if len(target.classes) < 2:
            raise ValueError("a target has two classes or more")
        return target
    return NumberTarget(**_fields(stored, "name", "center", "scale"))


def _fields(stored: Any, *names: str) -> dict[str, Any]:
    if not isinstance(stored, Mapping) or set(stored) != set(names):
        raise ValueError(f"a record has the fields {', '.join(names)}")
    return {name: CHECKS[name](stored[name]) for name in names}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text was expected, not {value!r}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number was expected, not {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("a finite number was expected")
    return number


def _scale(value: Any) -> float:
    if _number(value) <= 0:
        raise ValueError(f"a scale is above 0, not {value!r}")
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false was expected, not {value!r}")
    return value


def _distinct(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"a list of texts was expected, not {value!r}")
    found = tuple(map(_text, value))
    if len(set(found)) != len(found):
        raise ValueError("values are listed once each")
    return found


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "kind": _text,
    "fill": _number,
    "center": _number,
    "scale": _scale,
    "was_missing": _truth,
    "categories": _distinct,
    "classes": _distinct,
}
