"""The recipe: how a config that leaves its layers out is completed, by its table.

It is an ensemble of small networks with different settings. Each is trained without a fold of the
rows. The folds that were left out judge: they choose the epochs and the settings' shares.

The means are those of Gorishniy et al. 2026, "TabPack" (arXiv 2607.05380), Holzmueller et al. 2024,
"Better by default" (arXiv 2407.04491) and Gorishniy et al. 2022, "On embeddings for numerical
features" (arXiv 2203.05556). The settings are ours. They were chosen by the loss on held rows of
public tables of 200 to 2,700 rows, so that what follows is optimistic: a skip around the hidden
layers lowered the loss of one variation by 2%, a learning rate of 0.008 instead of 0.002 by another
1 to 3%, a scale for each input that of the average by 0.8% in the median of 18 tables. A wider
variation that hides a tenth of the inputs at each step lowered the loss on other rows by 2%. Steps
beyond 600 earned nothing. A plain mean of the variations, instead of shares, lost 5% in the mean;
shares held near each other lost a little, too.

Four variations are solved for, in a second or two: a linear model, and drawn units that are waves
(Rahimi & Recht 2008, "Weighted sums of random kitchen sinks"), longer ones, shorter ones, and of
the encodings. They make other mistakes than networks that were trained: in the place of three of
these they lowered the loss on other rows by 2% in the mean of 80 splits of 40 tables, where more
than 15% counts as 15% (46 lower, 27 higher), and raised R² and accuracy by 0.003. What gains are
smooth effects: classes that bend (vehicles, vowels), prices by place.

Of 5,000 to 54,000 rows 13 tables were looked at. A variation with a strong decay has the least
loss of all where little can be foretold, one with a high rate where nearly all can. Beside the
first they lowered the average's loss on held rows by 0.9% in the mean of five, against a slow
variation and a free one. With wider layers and twice as many steps, in smaller batches, the best
variation's loss fell by 18 to 40% where there is little noise (letters, storms, weather), and by 1%
on one of more. Drawn waves beside them took another 22% off the loss on letters, and less than 1%
or nothing on six others.
"""

from dataclasses import dataclass
from math import log2
from typing import Any, TypeAlias

from ann_cli.config import image_recipe, series_recipe
from ann_cli.config.ensemble import Ensemble, Variation
from ann_cli.config.models import MODELS
from ann_cli.config.spec import Config
from ann_cli.config.stepless import STEPLESS
from ann_cli.engine.activations import Fourier, Relu
from ann_cli.engine.encodings import Piecewise
from ann_cli.engine.layers import LayerEntry
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.layers.dropout import Dropout
from ann_cli.engine.layers.scale import Scale
from ann_cli.engine.layers.skip import Skip
from ann_cli.engine.layers.take import Take, Values
from ann_cli.engine.optimizers import AdamW
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.trainers.output_solving import Newton
from ann_cli.errors import counted

FOLDS = 4
LARGE = 5_000
"""Training rows from which networks are wider and take more steps, on more rows each."""

MOST_WAVES = 20_000
"""Training rows up to which drawn waves are worth the passes over them."""

MOST_ENCODED = 128
"""Columns of numbers that are encoded, at most."""

MOST_DATES = 512
"""Dates that are told one by one, at most: what happened on a day tells of that day alone.

With the encodings of dates R² rose on seven of seven tables that have one, by 0.001 to 0.07.
"""

DATE_WORK = 4_000_000
"""Such dates times rows, at most: 512 of them on 90,000 rows took four times as long as none."""

STEPS = 700
"""Steps of a training on fewer rows, about: enough for any of them. On more, twice as many."""

Keys: TypeAlias = dict[str, Any]
Choices: TypeAlias = tuple[Keys, Keys, list[Keys]]
"""Keys of a config, those of its data, and those of the ensemble's variations."""

REASONS = {
    "data.scaling": "from the quartiles, bent to ±8: no cell far from the others rules",
    "data.encoding": "the first layer can bend where the rows are",
    "layers": "what the first of the ensemble's variations has, where it names no other",
    "optimizer": "adam whose weights shrink a little at each step",
    "l2": "the optimizer shrinks the weights",
    "schedule": "up quickly, and down to 0 along half a cosine",
    "ensemble": "networks that differ make different mistakes; each fold judges in turn",
}


@dataclass(frozen=True)
class Facts:
    """What the recipe goes by."""

    rows: int
    """Those that train."""
    numbers: int
    """The features that are numbers."""
    encoding: str | None = None
    """What the config itself says enters beside a number."""
    dates: int = 0
    """The features that are dates."""

    @property
    def encodes(self) -> bool:
        """Whether numbers are encoded: of many columns the encodings would be most of the work."""
        columns = self.numbers + self.dates
        if self.encoding is not None:
            return columns > 0 and self.encoding != "none"
        return 0 < columns <= MOST_ENCODED


def is_asked_for(config: Config, in_memory: bool) -> bool:
    """Whether a config leaves its layers to the recipe, and names nothing that speaks against it.

    Row by row, compiled, streamed, on a cluster, a search, a perceptron: each of these is one
    network. So is that of pictures, which needs not all of them in memory.
    """
    return (
        config.recipe == "auto"
        and MODELS[config.model].has_target
        and (in_memory or config.data.image is not None)
        and "layers" not in config.model_fields_set
        and (config.ensemble is not None or "ensemble" not in config.model_fields_set)
        and config.optimizer.name not in STEPLESS
        and config.output_activation != "threshold"
        and config.engine != "numba"
        and config.batch_size != 1
        and config.cluster is None
    )


def with_folds(config: Config) -> Config:
    """Return the config with what the division of the rows goes by: how many folds there are."""
    if "ensemble" in config.model_fields_set or config.data.image:
        return config
    data = config.data
    kept = data.parts["validation"] and "validation" in data.model_fields_set
    folds = 1 if kept or data.latest_by is not None else FOLDS
    return config.model_copy(update={"ensemble": _ensemble(folds, [])})


def completed(config: Config, facts: Facts, asked: Config) -> Config:
    """Return the config with all that the recipe chooses, and why.

    What `asked`, the config as it was before `with_folds`, names itself stays as it is.
    """
    variations: list[Keys] = []
    reasons, data = REASONS, dict[str, Any]()
    if image := config.data.image:
        reasons = image_recipe.REASONS
        chosen = image_recipe.keys_for(image.shape, facts.rows)
    elif config.data.window is not None:
        reasons = series_recipe.REASONS
        chosen, variations = series_recipe.choices(facts.rows)
    else:
        chosen, data, variations = _large(facts) if facts.rows >= LARGE else _small(facts)
    reasons = reasons | {
        "batch_size": f"by {counted(facts.rows, 'row')}",
        "epochs": f"about {chosen['epochs'] * facts.rows // chosen['batch_size']:,} steps",
    }
    named, columns_named = asked.model_fields_set, asked.data.model_fields_set
    ours = {key: value for key, value in chosen.items() if key not in named}
    columns = {key: value for key, value in data.items() if key not in columns_named}
    ensemble = config.ensemble
    if ensemble and not ensemble.variations and not image:
        own = [
            {key: value for key, value in each.items() if key not in named} for each in variations
        ]
        ours["ensemble"] = (
            ensemble.model_copy(update={"variations": _made(own[: ensemble.groups])})
            if "ensemble" in named
            else _ensemble(ensemble.folds, own)
        )
    found = config.model_copy(
        update={**ours, "data": config.data.model_copy(update=columns), "recipe": "none"}
    )
    keys = {*ours, *(f"data.{key}" for key in columns)}
    return found.explained({key: why for key, why in reasons.items() if key in keys})


def declined(config: Config) -> Config:
    """Return the config as one that the recipe has no part in, or no longer."""
    return config.model_copy(update={"recipe": "none"})


def _ensemble(folds: int, variations: list[Keys]) -> Ensemble:
    """Return an ensemble with a member a fold and variation; without folds two for each."""
    each = folds if folds > 1 else 2
    return Ensemble(
        members=each * max(len(variations), 1), folds=folds, variations=_made(variations)
    )


def _made(variations: list[Keys]) -> list[Variation]:
    return [Variation(**each) for each in variations]


def _small(facts: Facts) -> Choices:
    masked: Keys = {"layers": [*_values(facts), Scale(1.0), Dropout(0.1), _around(128, 0.25)]}
    batch = _power_of_two(facts.rows / 16, 32, 512)
    course = _course(facts, batch, STEPS, 20, 400)
    waves = [_solved([*_values(facts), _waves(scale)]) for scale in (0.5, 2.0)]
    waves += [_solved([_waves(0.5)])] if facts.encodes else []
    variations = [{}, _fast(64), masked, _solved(_values(facts)), *waves]
    return _first(64) | course, _data(facts, 8), variations


def _large(facts: Facts) -> Choices:
    strong: Keys = {"optimizer": AdamW(0.003, weight_decay=1.0)}
    batch = _power_of_two(facts.rows / 50, 256, 1024)
    course = _course(facts, batch, 2 * STEPS, 14, 72)
    waves = [_solved([*_values(facts), _waves(1.0, 1024)])] if facts.rows < MOST_WAVES else []
    variations = [{}, _fast(96), strong, _solved(_values(facts)), *waves]
    return _first(96) | course, _data(facts, 12), variations


def _first(units: int) -> Keys:
    """Return what a variation has that names nothing else."""
    return _scaled(units, 0.25, AdamW(0.008, weight_decay=0.1))


def _fast(units: int) -> Keys:
    return _scaled(units, 0.1, AdamW(0.02, weight_decay=0.1))


def _scaled(units: int, dropout: float, optimizer: AdamW) -> Keys:
    """Return hidden layers behind a learned scale of each input."""
    return {"layers": [Scale(1.0), _around(units, dropout)], "optimizer": optimizer}


def _solved(layers: list[LayerEntry]) -> Keys:
    """Return a variation whose hidden layers stay as drawn; without any it is a linear model."""
    return {"layers": layers, "optimizer": Newton()}


def _waves(scale: float, units: int = 512) -> Skip:
    """Return drawn units of which each is a wave, shorter with a greater scale; and the inputs."""
    return Skip((Scale(scale), Dense(units, Fourier())))


def _values(facts: Facts) -> list[LayerEntry]:
    """Return what lets the cells' values pass, and not what is told of them besides."""
    return [Take(Values())] if facts.encodes else []


def _data(facts: Facts, bins: int) -> Keys:
    if not facts.encodes:
        return {"scaling": "quartiles"}
    if not facts.dates:
        encoding = Piecewise(bins)
    elif facts.rows < LARGE:
        encoding = Piecewise(bins, max(facts.rows // 100, bins))
    else:
        told = min(facts.rows // 50, DATE_WORK // facts.rows, MOST_DATES)
        encoding = Piecewise(bins, bins, told // facts.dates)
    return {"scaling": "quartiles", "encoding": encoding}


def _course(facts: Facts, batch: int, steps: int, least: int, most: int) -> Keys:
    """Return how long training goes on: about so many steps, in so many epochs."""
    epochs = min(max(round(steps * batch / facts.rows), least), most)
    schedule = Cosine(warm_up=round(0.03 * epochs, 2))
    return {"l2": 0.0, "epochs": epochs, "batch_size": batch, "schedule": schedule}


def _around(units: int, dropout: float) -> Skip:
    """Return two hidden layers, and the inputs that pass beside them to the output."""
    return Skip(tuple(Dense(units, Relu(), dropout) for _ in range(2)))


def _power_of_two(value: float, least: int, most: int) -> int:
    return int(min(max(2 ** round(log2(max(value, 1.0))), least), most))
