"""What columns of categories become besides one input a value: ranks, shared inputs, or words."""

from collections.abc import Collection, Iterator, Mapping

from ann_cli.config.column_forms import (
    COLUMN_FORMS,
    ColumnForm,
    HashedForm,
    OrderForm,
    WordsForm,
)
from ann_cli.config.data_spec import Data
from ann_cli.config.spec import Config
from ann_cli.data.cells.values import cited, listed
from ann_cli.data.columns.gains import Gain
from ann_cli.data.columns.orders import beside, order_of
from ann_cli.data.columns.statistics import ColumnStatistics, Values
from ann_cli.data.columns.usefulness import is_name_tag
from ann_cli.data.columns.words import WORDS

BUCKETS = 256
"""Inputs that the values of a column share unless the config says how many."""

MANY = 10_000
"""Different values beyond which they share inputs, where the config leaves that open."""

MOST_CELLS = 1 << 25
"""Inputs of one column times training rows, beyond which its values share inputs, too: 4,043
aeroplanes on 90,000 flights took over ten minutes and 2.8 GB, and take three with 256 inputs."""


def forms_of(
    data: Data,
    found: ColumnStatistics,
    named: Collection[str],
    words: Mapping[str, Gain] | None,
) -> tuple[dict[str, ColumnForm], list[str]]:
    """Return the form of each column that has one, and a sentence on each form.

    Where they are open, an order is recognised, many values share inputs, unless a column that is
    not `named` is a name of each row, and of such a column the words enter where they tell of the
    target: `words` has these columns. It is None where there are those forms alone that the config
    names.
    """
    types, targets = data.types, data.targets
    given: dict[str, ColumnForm] = {
        name: form
        for name, form in types.items()
        if isinstance(form, ColumnForm) and form.kind == "category"
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
    if words is None:
        return given, notes
    forms: dict[str, ColumnForm] = {}
    most = min(MANY, max(MOST_CELLS // max(found.rows, 1), BUCKETS))
    for name, column in texts.items():
        if name in types:
            continue
        name_tag = is_name_tag(column)
        if order := () if column.too_many else order_of(column.counts):
            forms[name] = OrderForm(order=list(order))
        elif column.different > most and (name in named or not name_tag):
            forms[name] = HashedForm(hashed=BUCKETS)
        elif name in words and name_tag:
            forms[name] = WordsForm(words=WORDS)
    return given | forms, notes + list(_told(forms, texts, words))


def with_forms(config: Config, data: Data) -> Config:
    """Return the config with `data`, which has the forms that were found; and why it has them."""
    found = config.model_copy(update={"data": data})
    new = {type(form) for name, form in data.types.items() if name not in config.data.types}
    why = "; ".join(form.reason for form in COLUMN_FORMS if form in new)
    return found.explained({**config.reasons, "data.types": why}) if why else found


def _told(
    forms: Mapping[str, ColumnForm], texts: Mapping[str, Values], words: Mapping[str, Gain]
) -> Iterator[str]:
    """Yield a sentence for each order that was found, for words, and for what is hashed."""
    orders: dict[str, list[str]] = {}
    for name, form in forms.items():
        if isinstance(form, OrderForm):
            orders.setdefault(listed(form.order).replace(", ", " < "), []).append(name)
    for order, names in orders.items():
        yield (
            f"{_columns(names)}: the values have an order, {order}, and their rank enters, too; if "
            f"that is wrong, set data.types: {{{names[0]}: category}}"
        )
    for name, form in forms.items():
        if isinstance(form, WordsForm):
            before, after = (max(each, 0.0) for each in words[name][:2])
            yield (
                f"column {name}: {texts[name].different:,} different texts, of which the "
                f"{form.words} commonest words enter: with them a linear model explains "
                f"{after:.0%} of the target in rows held back, without them {before:.0%}; to leave "
                f"it out: data.exclude: [{name}]"
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
