"""What a column becomes: by its kind, or by the form that the config gives it."""

from types import NoneType
from typing import Any

from ann_cli.config.column_forms import ColumnForm, HashedForm, OrderForm, WordsForm
from ann_cli.data.cells.notation import PLAIN, TEXT, Notation
from ann_cli.data.cells.values import Kind
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.hashed_feature import HashedFeature
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.ordered_feature import OrderedFeature
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.data.columns.scaling import of_target
from ann_cli.data.columns.statistics import Numbers, Values
from ann_cli.data.columns.targets import ClassTarget, NumberTarget, TargetForm
from ann_cli.data.columns.words_feature import WordsFeature
from ann_cli.engine.encodings import Encoding

OF_TEXTS: dict[type, Any] = {
    NoneType: CategoryFeature,
    OrderForm: OrderedFeature,
    HashedForm: HashedFeature,
    WordsForm: WordsFeature,
}
"""What a column of texts becomes, by the form that the config gives it."""

FEATURES: dict[Kind, tuple[type[Feature], ...]] = {
    "number": (NumberFeature,),
    "boolean": (NumberFeature,),
    "date": (DateFeature,),
    "category": (*OF_TEXTS.values(), PictureFeature),
}
"""Of which class a stored record may be: of the one whose fields it has."""


def feature_of(
    found: Numbers | Values,
    scaling: str,
    notation: Notation | None,
    encoding: Encoding,
    form: ColumnForm | None,
) -> Feature:
    """Learn a column's feature from what the training rows say. Raises DataError."""
    feature: Any
    if isinstance(found, Values):
        feature = OF_TEXTS[type(form)]
        of_text: Feature = feature.fit(found, form, notation or feature.notation)
        return of_text
    feature = FEATURES[found.kind][0]
    given = encoding.of_dates() if found.kind == "date" else encoding
    made: Feature = feature.fit(found, scaling, notation or feature.notation, given)
    return made


def target_of(
    found: Numbers | Values, scaling: str, notation: Notation | None, form: TargetForm
) -> NumberTarget | ClassTarget:
    """Return the target that a column's training rows make. Raises DataError."""
    if isinstance(found, Values):
        return ClassTarget.fit(found, notation or TEXT)
    return NumberTarget.fit(found, of_target(scaling), notation or PLAIN, form)
