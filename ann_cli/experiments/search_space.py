"""What is searched where a config says nothing of it, and where in a space a config lies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ann_cli.config.complete import penalty
from ann_cli.config.entry_schema import plain
from ann_cli.config.models import MODELS, family_of
from ann_cli.config.origin import Key, split
from ann_cli.config.read import Draft
from ann_cli.config.search_words import Choose, Range, Word
from ann_cli.config.space import Space
from ann_cli.config.spec import Config
from ann_cli.config.write import line
from ann_cli.engine.encodings import Piecewise
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.schedules import Constant
from ann_cli.errors import AnnError, ConfigError

WIDTHS = (16, 256)
MOST_LAYERS = 3
DROPOUT = (0, 0.1, 0.2, 0.3, 0.5)
PENALTIES = (0, 0.00001, 0.0001, 0.001, 0.01)
BINS = (8, 16, 32)
"""Numbers of bins. Of the recipe's ensemble these nine were measured, with its batch size, the half
and the quarter. The one that the folds chose was compared with the recipe on a quarter of the rows
that none had seen: its loss was lower by 16% (diamonds), 6% (houses), 3% (bicycles; colleges), 1.5%
(wages) and 0.4% (ages by answers; jobs), and higher by 0.2% (contraceptives), with 650 to 3,000
training rows. Of targets learned as logarithms that is less in their own units: R² of diamonds
.9804 and .9808, of bicycles .946 and .950, of colleges .672 and .682. One more form of network, the
best of eleven by the folds, lowered the loss by 0.4% in the mean."""

UNNAMED = ("data.target_transform", "data.target_range")
"""Keys that are chosen for the table where a config leaves its layers out, and else are not."""


@dataclass(frozen=True)
class Usual:
    """What is usually searched at a key: words that go out from what the config has there."""

    key: str
    words: Callable[[Config], str]
    """"" where nothing is: a config of that kind has no use for it."""


def _varied(config: Config, key: str) -> bool:
    """Whether an ensemble's variations name a key themselves: the config's own moves few then."""
    ensemble = config.ensemble
    return ensemble is not None and any(getattr(each, key) for each in ensemble.variations)


def _learning_rates(config: Config) -> str:
    rate = getattr(config.optimizer, "learning_rate", None)
    if rate is None or _varied(config, "optimizer"):
        return ""
    return _range(rate / 10, rate * 10)


def _weight_decays(config: Config) -> str:
    decay = getattr(config.optimizer, "weight_decay", None)
    if decay is None or _varied(config, "optimizer"):
        return ""
    return _choose(decay, 0, 0.001, 0.01, 0.1)


def _penalties(config: Config) -> str:
    """Return penalties, unless the optimizer has a decay of its own, or variations have others."""
    if hasattr(config.optimizer, "weight_decay") or _varied(config, "optimizer"):
        return ""
    return _choose(config.l2, *PENALTIES)


def _layers(config: Config) -> str:
    """Return one to three dense layers; where a config has others, all stay as they are.

    So do layers with a weight_decay of their own, which no other number of layers has.
    """
    layers = config.layers
    if config.model != "network":  # whose best code is always the widest
        return ""
    if not layers or {type(each) for each in layers} != {Dense} or _varied(config, "layers"):
        return ""
    if any(each.weight_decay is not None for each in layers):
        return ""
    widths = [each.units for each in layers]
    units = _range(min(*widths, WIDTHS[0]), max(*widths, WIDTHS[1]))
    activation = line(plain(layers[0].activation, brief=True))
    one = (
        f"{{units: {units}, activation: {activation}, "
        f"dropout: {_choose(layers[0].dropout, *DROPOUT)}}}"
    )
    most = max(len(layers), MOST_LAYERS)
    return _choose(*(f"[{', '.join([one] * count)}]" for count in range(1, most + 1)))


def _batch_sizes(config: Config) -> str:
    """Return sizes around the config's, which are no one row, and not all of them."""
    size = config.batch_size
    if size == "full" or size == 1:
        return ""
    if _varied(config, "optimizer"):  # whose learning rates stay as they are
        return _choose(size, max(2, size // 2), max(2, size // 4))
    return _choose(size, max(2, size // 2), size * 2, size * 4)


def _bins(config: Config) -> str:
    """Return numbers of bins, where numbers are encoded by them."""
    encoding = config.data.encoding
    return _choose(encoding.bins, *BINS) if isinstance(encoding, Piecewise) else ""


def _schedules(config: Config) -> str:
    return "{choose: [constant, cosine]}" if config.schedule == Constant() else ""


USUAL = (
    Usual("data.encoding.bins", _bins),
    Usual("optimizer.learning_rate", _learning_rates),
    Usual("optimizer.weight_decay", _weight_decays),
    Usual("layers", _layers),
    Usual("batch_size", _batch_sizes),
    Usual("l2", _penalties),
    Usual("schedule", _schedules),
)
"""The space of a config without words."""


def _range(low: float, high: float) -> str:
    return f"{{range: [{low:.6g}, {high:.6g}], log: true}}"


def _choose(*values: Any) -> str:
    """Return different values, each once, the config's own first."""
    return f"{{choose: [{', '.join(map(str, dict.fromkeys(values)))}]}}"


def searched(space: Space) -> tuple[Space, bool]:
    """Return the space of a draft, and whether it is the usual one. Raises ConfigError."""
    if space.words:
        return space, False
    config = space.draft.checked()
    if not hasattr(config.optimizer, "learning_rate"):
        raise ConfigError(
            f"{config.optimizer.name} takes no steps, and nothing is usually searched there",
            place=config.place("optimizer"),
            remedy="write what is to be searched, such as epochs: {choose: [10, 20]}",
        )
    unused = family_of(config).unused
    texts = {each.key: each.words(config) for each in USUAL if split(each.key)[0] not in unused}
    if not any(texts.values()):
        what, key = f"model: {config.model}", "model"
        if config.ensemble:
            what, key = "an ensemble whose variations have settings of their own", "ensemble"
        raise ConfigError(
            f"nothing is usually searched for {what}",
            place=config.place(key),
            remedy="write what is to be searched, such as epochs: {choose: [10, 20]}",
        )
    return Space(
        space.draft.changed([f"{key}={text}" for key, text in texts.items() if text])
    ), True


def with_chosen(draft: Draft, completed: Config) -> Draft:
    """Return a draft in which all stands that was chosen for the table, as if it were named.

    `completed` is its config once the rows are known.
    """
    keys = [*completed.reasons, *(["recipe"] if completed.reasons else [])]
    given = draft.tree.value
    if "layers" not in given and MODELS[completed.model].has_target:
        keys += [key for key in UNNAMED if split(key)[-1] not in given["data"]]
    values = plain(completed, brief=True)
    texts = [f"{key}={line(_at(values, split(key)))}" for key in keys]
    if "l2" not in {
        *given,
        *keys,
        *MODELS[completed.model].unused,
    }:  # which follows from what else is named
        texts.append(f"l2={penalty(draft.checked(), None)}")
    return draft.changed(texts)


def place_of(space: Space, config: Config) -> dict[str, Any]:
    """Return the parameters with which a space gives a config; those that can be told."""
    values = plain(config, brief=True)
    found: dict[str, Any] = {}
    for word in space.words.values():
        within = any(word.at[: len(each)] == each for each in space.words if each != word.at)
        if within:
            continue
        if isinstance(word, Range):
            value = _at(values, word.key)
            if isinstance(value, int | float) and word.low <= value <= word.high:
                found[word.name] = value
            continue
        for number in range(len(word.options)):
            picked = _Picked(space, word, number, values, {})
            try:
                agrees = _at(plain(space.filled(picked).checked(), brief=True), word.key)
            except AnnError:
                continue
            if agrees == _at(values, word.key):
                found |= picked.found
                break
    return found


@dataclass
class _Picked:
    """Picks one value of some words; within it the first that a config has, as far as it goes."""

    space: Space
    word: Choose
    number: int
    values: Any
    found: dict[str, Any]

    def __call__(self, word: Word) -> float | None:
        if word.at[: len(self.word.at)] != self.word.at:
            return None
        if word.at == self.word.at:
            self.found[word.name] = self.word.labels[self.number]
            return self.number
        value = _at(self.values, word.key)
        if isinstance(word, Choose):
            number = next((at for at, each in enumerate(word.labels) if _says(each, value)), 0)
            self.found[word.name] = word.labels[number]
            return number
        if not isinstance(value, int | float) or not word.low <= value <= word.high:
            return None
        self.found[word.name] = value
        return value


def _says(label: str, value: Any) -> bool:
    """Whether a value is what a label says: 0 and 0.0 are one number."""
    try:
        return float(label) == float(value)
    except (TypeError, ValueError):
        return label == line(value)


def _at(values: Any, key: Key) -> Any:
    """Return what stands at a key of plain values; None where nothing does."""
    for step in key:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and int(step) < len(values):
            values = values[int(step)]
        else:
            return None
    return values
