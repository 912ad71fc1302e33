"""What columns of categories become besides one input a value: ranks, or inputs that are shared."""

from collections.abc import Collection, Iterator, Mapping

from ann_cli.config.column_forms import ColumnForm, HashedForm, OrderForm
from ann_cli.config.data_spec import Data
from ann_cli.data.cells.values import cited, listed
from ann_cli.data.columns.orders import beside, order_of
from ann_cli.data.columns.statistics import ColumnStatistics, Values

BUCKETS = 256
"""Inputs that the values of a column share unless the config says how many."""

MANY = 10_000
"""Different values beyond which they share inputs, where the config leaves that open."""


def forms_of(
    data: Data, found: ColumnStatistics, named: Collection[str], open_to_ann: bool
) -> tuple[dict[str, ColumnForm], list[str]]:
    """Return the form of each column that has one, and a sentence on each form.

    Where they are open, an order is recognised, and many values share inputs, unless a column that
    is not `named` is a name of each row; else there are those alone that the config names.
    """
    types, targets = data.types, data.targets
    given: dict[str, ColumnForm] = {
        name: form for name, form in types.items() if isinstance(form, OrderForm | HashedForm)
    }
    texts = {
        name: column
        for name, column in found.columns.items()
        if isinstance(column, Values) and name not in targets
    }
    notes = [
        note
        for name, form in given.items()
        if isinstance(form, OrderForm) and name in texts
        for note in _misfits(texts[name], form)
    ]
    if not open_to_ann:
        return given, notes
    forms: dict[str, ColumnForm] = {}
    for name, column in texts.items():
        if name in types:
            continue
        repeats = name in named or 2 * column.different <= column.rows
        if order := () if column.too_many else order_of(column.counts):
            forms[name] = OrderForm(order=list(order))
        elif column.different > MANY and repeats:
            forms[name] = HashedForm(hashed=BUCKETS)
    return given | forms, notes + list(_told(forms, texts))


def _told(forms: Mapping[str, ColumnForm], texts: Mapping[str, Values]) -> Iterator[str]:
    """Yield a sentence for each order that was found, and one for columns that are hashed."""
    orders: dict[str, list[str]] = {}
    for name, form in forms.items():
        if isinstance(form, OrderForm):
            orders.setdefault(listed(form.order).replace(", ", " < "), []).append(name)
    for order, names in orders.items():
        yield (
            f"{_columns(names)}: the values have an order, {order}, and their rank enters, too; if "
            f"that is wrong, set data.types: {{{names[0]}: category}}"
        )
    hashed = [name for name, form in forms.items() if isinstance(form, HashedForm)]
    if hashed:
        most = max(texts[name].different for name in hashed)
        about = "about " if any(texts[name].too_many for name in hashed) else ""
        yield (
            f"{_columns(hashed)}: {about}{most:,} different values share {BUCKETS} inputs, and how "
            "frequent each is enters, too; to choose how many: data.types: "
            f"{{{hashed[0]}: {{hashed: {BUCKETS}}}}}"
        )


def _columns(names: list[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {listed(names, 5)}"


def _misfits(found: Values, form: OrderForm) -> Iterator[str]:
    """Yield what does not fit between the words of an order and the values of its column."""
    never = [each for each in form.order if each not in found.counts]
    without = [each for each in found.counts if each not in form.order and not beside(each)]
    if never:
        yield f"column {found.name}: no training cell is {listed(list(map(cited, never)), 5)}"
    if without:
        yield (
            f"column {found.name}: in its order there is no place for "
            f"{listed(list(map(cited, without)), 5)}; the mean rank enters"
        )
