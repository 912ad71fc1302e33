"""The config's `data`: which table, which of its columns, and how its rows are divided."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ann_cli.config.annotations import Or, text, word
from ann_cli.config.column_forms import ColumnType, twice_in
from ann_cli.config.entries import STRICT, Choice, OneOf
from ann_cli.config.image_spec import ColumnName as Name
from ann_cli.config.image_spec import Image, refused
from ann_cli.config.locations import has_secret
from ann_cli.config.part import Part
from ann_cli.config.rating_spec import Item, Rating, User
from ann_cli.engine.encodings import ENCODINGS, Encoding
from ann_cli.tasks.transforms import TRANSFORMS


def _is_path(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return bool(value)
    return False


def _listed(names: Any) -> list[str]:
    """Return one name, or several, as a list; of none an empty one."""
    if names is None:
        return []
    return names if isinstance(names, list) else [names]


Names = Annotated[
    Any,
    text(
        lambda _: True,
        {"type": ["string", "number", "boolean"]},
        Annotated[list[Name], Field(min_length=1)],
    ),
]
FilePath = Annotated[str, Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Validation = Annotated[float | str, text(_is_path, {"type": "string", "minLength": 1}, Fraction)]


def _transforms() -> list[str]:
    return ["auto", "none", *TRANSFORMS]


RANGES = ("auto", "none", "trained")
USELESS = ("none", "warn", "ignore")
"""Values of keys about columns that do nothing to pixels."""
TargetTransform = Annotated[
    Any,
    Or(
        lambda value: isinstance(value, str) and value in _transforms(),
        lambda: {"enum": _transforms()},
        dict[str, Annotated[str, OneOf(_transforms)]],
    ),
]
TargetRange = Annotated[
    Any,
    text(
        lambda value: value in RANGES,
        {"enum": list(RANGES)},
        Annotated[list[float | None], Field(min_length=2, max_length=2)],
    ),
]
Stream = Annotated[bool | Literal["auto"], word("auto", bool)]
Steps = Annotated[int, Field(ge=1)]
Window = Annotated[int | Literal["auto"], word("auto", Steps)]


class Data(BaseModel):
    """The table to learn from, and what its columns are."""

    model_config = STRICT

    file: FilePath = Field(
        description="a CSV, Parquet, JSON lines, …, relative to this one; sales/*.csv; s3://…; "
        'sqlite:///sales.db; "-"',
    )
    query: str | None = Field(
        None,
        min_length=1,
        description="what a database that file names is asked: SELECT … FROM …",
    )
    target: Names | None = Field(
        None,
        validate_default=True,
        description="the column to predict; of numbers there may be several: [price, rent]",
    )
    features: list[Name] | None = Field(
        None, min_length=1, description="the columns to learn from; null: every other column"
    )
    exclude: list[Name] = Field([], description="columns to leave out, such as an id")
    image: Image | None = Field(
        None,
        description="{height: 28, width: 28} if a row is a picture: the other columns are its "
        "pixels, row by row",
    )
    types: dict[str, ColumnType] = Field(
        {},
        description="what a column is: {zip: category, size: {order: [S, L]}, city: {hashed: 256}, "
        "name: {words: 9}}",
    )
    separator: Literal[",", ";", "tab", "|"] | None = Field(
        None, description="what stands between two cells; null: recognised"
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="the decimal sign of numbers; null: recognised in each column"
    )
    thousands: Literal["none", ",", ".", " ", "'"] | None = Field(
        None, description="what stands between thousands; null: recognised in each column"
    )
    missing: list[Name] = Field(
        [],
        description='texts that stand for no value, beside empty cells: [NA, "?"]',
    )
    scaling: Literal["standard", "robust", "quartiles", "minmax", "none"] = Field(
        "standard", description="how numbers are brought to one size; none leaves the target, too"
    )
    encoding: Annotated[Encoding, Choice(ENCODINGS)] = Field(
        "none", validate_default=True, description="what enters beside a scaled number"
    )
    target_transform: TargetTransform = Field(
        "auto",
        description="what a number is learned as; auto: log or power where that suits a heavy "
        "tail better",
    )
    target_range: TargetRange = Field(
        "auto",
        description="where predicted numbers end, or [0, null]; auto: never-negative ones and "
        "shares stay so",
    )
    label: Name | None = Field(
        None, description="a column that only colours a map, and that its units are scored by"
    )
    user: User = None
    item: Item = None
    rating: Rating = None
    sample_weight: Name | None = Field(
        None, description="the column that says how much each row counts"
    )
    validation: Validation = Field(
        0.2, description="the share of rows that validates, another CSV's path, or 0"
    )
    test: Validation = Field(
        0.0, description="the share of rows that only the last score sees, a CSV's path, or 0"
    )
    group: Name | None = Field(
        None, description="the column whose equal values stay on one side, such as a patient"
    )
    time: Name | None = Field(
        None, description="the column by which the latest rows validate and test"
    )
    window: Window | None = Field(
        None, description="steps of a series that the network looks back on; auto: all, of examples"
    )
    horizon: Steps | None = Field(None, description="steps ahead that are predicted, all at once")
    series: Name | None = Field(
        None, description="the column that tells many series in one file apart, such as a region"
    )
    known: list[Name] | None = Field(
        None, min_length=1, description="columns that are known ahead, such as working days"
    )
    season: Steps | None = Field(
        None, description="steps after which a series is alike; null: recognised, monthly 12"
    )
    leakage: Literal["warn", "exclude", "ignore"] = Field(
        "warn", description="what to do about columns that give the target away, and ids"
    )
    stream: Stream = Field(
        "auto", description="whether rows are read anew in each epoch; auto: if memory is too small"
    )
    shuffle_rows: int = Field(
        65536, ge=1, description="rows that are shuffled among each other when streaming"
    )
    cache: bool = Field(
        True, description="whether streaming keeps encoded rows on disk, for faster epochs"
    )

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns to predict: of a series its target at each step ahead."""
        if self.horizon is not None:
            return tuple(f"{self.target} +{step}" for step in range(1, self.horizon + 1))
        return tuple(_listed(self.target))

    @property
    def labels(self) -> tuple[str, ...]:
        """The column that colours a map, if there is one."""
        return () if self.label is None else (self.label,)

    @property
    def latest_by(self) -> str | None:
        """The column by which the latest rows validate and test; of examples it orders steps."""
        return None if self.window is not None and self.horizon is None else self.time

    @property
    def parts(self) -> dict[Literal["validation", "test"], Part]:
        """What validates and what tests."""
        return {"validation": Part.of(self.validation), "test": Part.of(self.test)}

    @property
    def files(self) -> dict[str, str]:
        """The keys that name a file, and its path as the config has it."""
        named = {"file": self.file}
        return named | {str(key): part.file for key, part in self.parts.items() if part.file}

    @field_validator("target", mode="before")
    @classmethod
    def _there_for_a_network(cls, target: Any, info: ValidationInfo) -> Any:
        without = (info.context or {}).get("without_target", False)
        if target is None and not without:
            raise PydanticCustomError("missing", "Field required")
        return target

    @field_validator("target")
    @classmethod
    def _named_once(cls, target: Any) -> Any:
        if target is None:
            return None
        if twice := twice_in(_listed(target)):
            raise ValueError(f"named twice: {', '.join(twice)}")
        # A list of one is the same as its name.
        return target if len(_listed(target)) > 1 else _listed(target)[0]

    def transform_of(self, target: str) -> str:
        """Return what a target is learned as; auto where it is not chosen yet."""
        given = self.target_transform
        found: str = given if isinstance(given, str) else given.get(target, "none")
        return found

    @field_validator("target_transform")
    @classmethod
    def _of_targets(cls, given: Any, others: ValidationInfo) -> Any:
        targets = _listed(others.data.get("target", []))
        strange = [name for name in given if name not in targets] if isinstance(given, dict) else []
        if strange:
            raise ValueError(f"no data.target: {', '.join(strange)}")
        return given

    @field_validator("target_range")
    @classmethod
    def _low_to_high(cls, given: Any) -> Any:
        low, high = given if isinstance(given, list) else (None, None)
        if low is not None and high is not None and low >= high:
            raise ValueError("the range goes from low to high: [0, 100], or [0, null]")
        return given

    @field_validator("features")
    @classmethod
    def _features_fit(cls, features: list[str] | None, others: ValidationInfo) -> Any:
        given = features or []
        for name in _listed(others.data.get("target")):
            if name in given:
                raise ValueError(f"the target {name!r} cannot be a feature, too")
        if twice := twice_in(given):
            raise ValueError(f"named twice: {', '.join(twice)}")
        return features

    @field_validator("encoding", "leakage")
    @classmethod
    def _of_no_picture(cls, given: Any, others: ValidationInfo) -> Any:
        if others.data.get("image") and getattr(given, "name", given) not in USELESS:
            raise refused("has no use for pictures, whose pixels enter as they are", "remove it")
        return given

    @field_validator("file", "validation", "test")
    @classmethod
    def _without_secret(cls, given: Any) -> Any:
        if isinstance(given, str) and has_secret(given):
            raise refused(
                "the address holds a password or a key, which would be written into weights.npz",
                "leave it out, and keep it in ~/.netrc (https), in ~/.aws (s3) or in the "
                "environment; or read a pipe: curl … | ann … --set data.file=-",
            )
        return given

    @field_validator("validation", "test")
    @classmethod
    def _one_standard_input(cls, held: Any, others: ValidationInfo) -> Any:
        for key in ("file", "validation"):
            if held == "-" == others.data.get(key):
                raise ValueError(f"standard input can be read once only, and data.{key} reads it")
        if Part.of(held).share + Part.of(others.data.get("validation", 0.0)).share >= 1:
            raise ValueError("validation and test leave no row to train")
        return held

    @field_validator("time")
    @classmethod
    def _one_way(cls, time: str | None, others: ValidationInfo) -> Any:
        if time is not None and others.data.get("group") is not None:
            raise ValueError("rows are divided by data.group already; use one of the two")
        if time is not None and time in _listed(others.data.get("target")):
            raise ValueError("the target cannot say which rows are the latest")
        return time
