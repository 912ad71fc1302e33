"""From JSON back to the records of an encoder; a damaged file must not get past here."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from typing import Any

from ann_cli.config.entry_schema import plain
from ann_cli.config.image_spec import MOST_PIXELS
from ann_cli.data.cells.dates import CALENDAR
from ann_cli.data.cells.notation import unusual
from ann_cli.data.cells.numerals import THOUSANDS
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.features import FEATURES
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.data.columns.targets import ClassTarget, NumberTarget
from ann_cli.data.ratings.catalogue import Catalogue
from ann_cli.data.series.timeline import Timeline
from ann_cli.engine.encodings import CURVES, Curves
from ann_cli.engine.parameters import Shape
from ann_cli.tasks.transforms import TRANSFORMS, Transform

LATER = ("low", "high", "notation", "limit", "encoding", "transform", "domain", "left", "naive")
"""Fields that a record may lack."""


BESIDE: dict[str, Any] = {"timeline": Timeline, "catalogue": Catalogue}
"""What an encoder may have beside features, by its key."""


def to_record(part: Feature | NumberTarget | ClassTarget) -> dict[str, Any]:
    """Return what JSON can hold of a feature or a target."""
    record = dict(vars(part))
    notation = unusual(record.pop("notation"), type(part).notation)
    if curves := record.get("encoding"):
        record["encoding"] = {"name": curves.name} | {
            each.name: value
            for each in fields(curves)
            if (value := getattr(curves, each.name)) != each.default
        }
    if isinstance(transform := record.get("transform"), Transform):
        record["transform"] = plain(transform)
    return {
        **{name: value for name, value in record.items() if value is not None},
        **({"notation": notation} if notation else {}),
    }


def features_from(stored: Mapping[str, Any]) -> tuple[Feature, ...]:
    """Return the features of an encoder; none of ratings. Raises ValueError."""
    records = stored["features"]
    if not isinstance(records, list) or bool(records) == ("catalogue" in stored):
        raise ValueError("an encoder has one feature or more, or a catalogue")
    return tuple(map(feature_from, records))


def feature_from(stored: Any) -> Feature:
    """Return one feature. Raises ValueError."""
    kind = stored.get("kind") if isinstance(stored, Mapping) else None
    if not isinstance(kind, str) or kind not in FEATURES:
        raise ValueError(f"a feature's kind is {', '.join(FEATURES)}, not {kind!r}")
    # The class that asks for the most of what is there.
    found = [each for each in FEATURES[kind] if set(each.stored) <= set(stored)]
    feature = max(found or FEATURES[kind][:1], key=lambda each: len(each.stored))
    return _made(feature, stored, feature.stored)


def target_from(stored: Any) -> NumberTarget | ClassTarget:
    """Return the target. Raises ValueError."""
    if isinstance(stored, Mapping) and "classes" in stored:
        target: ClassTarget = _made(ClassTarget, stored, ("name", "classes"))
        if len(target.classes) < 2:
            raise ValueError("a target has two classes or more")
        return target
    return _made(NumberTarget, stored, ("name", "center", "scale"))


def targets_from(stored: Any) -> tuple[NumberTarget | ClassTarget, ...]:
    """Return the targets, of a record or a list of them. Raises ValueError."""
    targets = tuple(map(target_from, stored if isinstance(stored, list) else [stored]))
    if len(targets) > 1 and any(each.classes for each in targets):
        raise ValueError("several targets are numbers")
    return targets


def checked(encoder: Any) -> Any:
    """Return an encoder. Raises ValueError where two of its records are of one column."""
    names = [each.name for each in (*encoder.targets, *encoder.features)]
    names += [encoder.label.name] if encoder.label else []
    if len(set(names)) != len(names):
        raise ValueError("an encoder has one record a column")
    return encoder


def beside_record(encoder: Any) -> dict[str, Any]:
    """Return what JSON can hold of what an encoder has beside its features and targets."""
    return {
        **({"gaps": True} if encoder.gaps else {}),
        **({"label": to_record(encoder.label)} if encoder.label else {}),
        **({"shape": list(encoder.shape)} if encoder.shape else {}),
        **{key: each.to_dict() for key in BESIDE if (each := getattr(encoder, key))},
    }


def beside_from(stored: Mapping[str, Any], features: Sequence[Feature]) -> dict[str, Any]:
    """Return what an encoder may have beside its features and targets. Raises ValueError."""
    if strange := set(stored) - {"features", "target", "gaps", "label", "shape", *BESIDE}:
        raise ValueError(f"an encoder has no {min(map(str, strange))}")
    found: dict[str, Any] = {}
    if "shape" in stored:
        found["shape"] = shape_from(stored["shape"], features)
    if "gaps" in stored:
        found["gaps"] = _truth(stored["gaps"])
        if any(getattr(each, "was_missing", False) for each in features):
            raise ValueError("an input says what is missing, where gaps are kept")
    if "label" in stored:
        label = target_from(stored["label"])
        if not isinstance(label, ClassTarget):
            raise ValueError("a label is one of some values")
        found["label"] = label
    return found | {key: BESIDE[key].from_dict(stored[key]) for key in BESIDE if key in stored}


def shape_from(stored: Any, features: Sequence[Feature]) -> Shape:
    """Return the shape of a row. Raises ValueError where the features do not fill it."""
    shape, inputs = tuple(map(_count, _list(stored))), sum(len(each.inputs) for each in features)
    if not 2 <= len(shape) <= 3 or math.prod(shape) != inputs:
        raise ValueError(f"a shape has two sizes or three, and {inputs} places in all")
    return shape


def _fields(stored: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(stored, Mapping) or set(stored) - set(LATER) != set(names):
        raise ValueError(f"a record has the fields {', '.join(names)}")
    return {name: CHECKS[name](value) for name, value in stored.items()}


def _made(made: Any, stored: Any, names: tuple[str, ...]) -> Any:
    given = _fields(stored, names)
    if made is PictureFeature:
        sizes = {len(given["centers"]), len(given["scales"]), *given["picture"][2:]}
        if len(given["picture"]) != 3 or len(sizes) != 1:
            raise ValueError("a picture has three sizes, and a center and a scale a channel")
        if not 0 < math.prod(given["picture"]) <= MOST_PIXELS:  # each of which has a name
            raise ValueError(f"a picture has one number or more, and {MOST_PIXELS:,} at most")
    notation = replace(made.notation, **given.pop("notation", {}))
    return made(**given, notation=notation)


def _notation(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) - set(NOTATION):
        raise ValueError(f"a notation has the fields {', '.join(NOTATION)}")
    return {name: NOTATION[name](each) for name, each in value.items()}


def _encoding(value: Any) -> Curves:
    name = value.get("name") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in CURVES:
        raise ValueError(f"an encoding's name is {' or '.join(CURVES)}, not {name!r}")
    curves = CURVES[name]
    names = {each.name for each in fields(curves)}
    least = {each.name for each in fields(curves) if each.default is MISSING}
    if not {"name", *least} <= set(value) <= {"name", *names}:
        raise ValueError(f"{name} has the fields {', '.join(sorted(names))}")
    return curves(
        **{each: tuple(map(_number, _list(value[each]))) for each in value if each != "name"}
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"a list was expected, not {value!r}")
    return list(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"a count was expected, not {value!r}")
    return value


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


def _transform(value: Any) -> Transform:
    name = value.get("name") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in TRANSFORMS:
        raise ValueError(f"a transform is {', '.join(TRANSFORMS)}, not {name!r}")
    given = {key: each for key, each in value.items() if key != "name"}
    settings = {each.name: each for each in TRANSFORMS[name].settings()}
    if set(given) != set(settings):
        raise ValueError(f"{name} has the fields {', '.join(settings)}")
    checks = {key: _scale if "gt" in settings[key].bounds else _number for key in given}
    return TRANSFORMS[name](**{key: checks[key](each) for key, each in given.items()})


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


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)} was expected, not {value!r}")
        return str(value)

    return check


def _parts(value: Any) -> tuple[str, ...]:
    return tuple(map(_one_of(*CALENDAR), _distinct(value)))


def _labels(value: Any) -> tuple[str, str]:
    labels = _distinct(value)
    if len(labels) != 2:
        raise ValueError("two labels were expected")
    return labels[0], labels[1]


NOTATION: dict[str, Callable[[Any], Any]] = {
    "content": _one_of("number", "boolean", "date", "text"),
    "decimal": _one_of(".", ","),
    "thousands": _one_of(*THOUSANDS),
    "unit": _text,
    "scaled": _truth,
    "clock": _truth,
    "date": _text,
    "none": lambda value: tuple(map(_number, value if isinstance(value, list | tuple) else [None])),
    "labels": _labels,
}
CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "kind": _text,
    "fill": _number,
    "center": _number,
    "scale": _scale,
    "was_missing": _truth,
    "categories": _distinct,
    "order": _distinct,
    "words": _distinct,
    "buckets": _count,
    "picture": lambda value: tuple(map(_count, _list(value))),
    "centers": lambda value: tuple(map(_number, _list(value))),
    "scales": lambda value: tuple(map(_scale, _list(value))),
    "counts": lambda value: tuple(map(_count, _list(value))),
    "classes": _distinct,
    "parts": _parts,
    "low": _number,
    "high": _number,
    "notation": _notation,
    "limit": _scale,
    "encoding": _encoding,
    "transform": _transform,
    "left": lambda value: tuple(map(_number, value if isinstance(value, list) else [None])),
    "naive": _scale,
    "domain": _one_of("at least 0", "above 0"),
}
