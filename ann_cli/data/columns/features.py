"""What a column becomes, by its kind."""

from ann_cli.data.cells.values import Kind
from ann_cli.data.columns.category_feature import CategoryFeature
from ann_cli.data.columns.date_feature import DateFeature
from ann_cli.data.columns.feature import Feature
from ann_cli.data.columns.number_feature import NumberFeature

FEATURES: dict[Kind, type[Feature]] = {
    "number": NumberFeature,
    "boolean": NumberFeature,
    "date": DateFeature,
    "category": CategoryFeature,
}
