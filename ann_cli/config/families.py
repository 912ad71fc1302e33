"""Kinds of model: the keys of each, what they are by default, and what its rows are read for."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.optimizers import Adam
from ann_cli.engine.schedules import Cosine
from ann_cli.engine.settings import Entry
from ann_cli.tasks.map import MapOfRows
from ann_cli.tasks.recommendation import Ranking, Ratings
from ann_cli.tasks.reconstruction import Reconstruction

OF_TARGETS = (
    *("target_transform", "target_range", "sample_weight", "leakage"),
    *("window", "horizon", "series", "known", "season"),
)
"""Keys of `data` that are about a column to predict, or about a series of it."""

OF_PREDICTION = ("recipe", "class_weight", "ensemble", "difference")
"""Keys that are about what is predicted."""

OF_LAYERS = (
    *("recipe", "layers", "output_activation", "loss", "optimizer", "batch_size", "schedule"),
    *("weight_decay_schedule", "dropout_schedule", "initializer", "l1", "l2", "gradient_clip"),
    "cluster",
)
"""Keys that are about layers, and about steps along their gradient."""


RATING_COLUMNS = ("user", "item", "rating")
"""Keys of `data` that name the columns of who rated what."""

ROLES = (*RATING_COLUMNS, "time", "series", "group")
"""Keys of `data` that name columns which are no inputs."""

OF_RATINGS = ("rows", *(f"data.{key}" for key in RATING_COLUMNS))
"""Keys that are about who rated what."""

OF_COLUMNS = (
    *("features", "exclude", "image", "scaling", "group"),
    *("stream", "shuffle_rows", "cache"),
)
"""Keys of `data` that are about columns to learn from, or about rows that are read anew."""


def has_ratings(config: Any) -> bool:
    """Whether the rows of a config's table say who rated what."""
    data = config.data
    return any(each is not None for each in (data.user, data.item, data.rating))


class Family(Entry):
    """A kind of model: its keys, what they are by default, and what is learned of the rows."""

    called: ClassVar[str] = "network"
    """What it is called beside its baselines."""
    has_target: ClassVar[bool] = False
    """Whether it predicts a column, data.target."""
    own: ClassVar[tuple[str, ...]] = ()
    """Keys of a config that are for it alone; those of `data` with "data." before them."""
    of_ratings: ClassVar[tuple[str, ...]] = ()
    """Keys that are for it where its rows are ratings."""
    unused: ClassVar[tuple[str, ...]] = ()
    """Keys that it takes no notice of."""
    one_pass: ClassVar[bool] = True
    """Whether it can learn from rows that pass but once."""
    of_layers: ClassVar[bool] = True
    """Whether it is a network of layers, with an output and a loss to choose."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Values of keys that a config leaves out, where these are not those of a network."""
    instead: ClassVar[Mapping[str, str]] = {}
    """What to write instead of keys of other kinds."""

    @classmethod
    def task(cls, config: Any) -> str:
        """Return the task that its rows are read for; auto where the target says it."""
        raise NotImplementedError

    @classmethod
    def of(cls, config: Any) -> "type[Family]":
        """Return what it is for the rows of a config: ratings have keys of their own."""
        return cls

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with keys of its own: the key, why, what to do."""
        return iter(())


class NetworkFamily(Family):
    """predicts data.target from the other columns."""

    name = "network"
    has_target = True
    instead = {"learning_rate": "write optimizer: {name: adam, learning_rate: …}"}

    @classmethod
    def task(cls, config: Any) -> str:
        return "auto"


class AutoencoderFamily(Family):
    """rebuilds each row from a few numbers, so that what is unusual stands out."""

    name = "autoencoder"
    own: ClassVar[tuple[str, ...]] = ("noise",)
    of_ratings = OF_RATINGS
    unused = (*(f"data.{key}" for key in OF_TARGETS), *OF_PREDICTION, "data.encoding", "augment")

    @classmethod
    def task(cls, config: Any) -> str:
        return Reconstruction.name

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        if config.rows != "auto":
            yield (
                "rows",
                "rows of an item or of a user are those of ratings, and data.user and data.item "
                "are missing",
                "remove it, or name these columns",
            )

    @classmethod
    def of(cls, config: Any) -> type[Family]:
        if not has_ratings(config):
            return cls
        return RatingsFamily if config.data.rating is not None else ChoicesFamily


class RatingsFamily(AutoencoderFamily):
    """rebuilds what users think of items from the ratings that are known."""

    own = ("noise", *OF_RATINGS)
    unused = (
        *AutoencoderFamily.unused,
        *(f"data.{key}" for key in OF_COLUMNS),
        "cluster",
    )
    defaults = {
        "layers": [Dense(200, ACTIVATIONS["tanh"]())],
        "l2": 1.0,
        "epochs": 40,
    }

    @classmethod
    def task(cls, config: Any) -> str:
        return Ratings.name

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        data = config.data
        for key, role in {"user": "who rates", "item": "what is rated"}.items():
            if getattr(data, key) is None:
                yield (
                    f"data.{'item' if key == 'user' else 'user'}",
                    f"ratings have a user and an item, and data.{key} is missing",
                    f"name the column that says {role}: data.{key}",
                )
        named = [each for each in (data.user, data.item, data.rating, data.time) if each]
        if twice := {each for each in named if named.count(each) > 1}:
            yield (
                "data.item" if data.user == data.item else "data.rating",
                f"column {min(twice)} is named twice",
                "a user, an item, a rating and a time have a column each",
            )


class ChoicesFamily(RatingsFamily):
    """finds what else a user would choose, by what users chose."""

    defaults = {
        **RatingsFamily.defaults,
        "noise": 0.5,
        "l2": 0.6,
        "epochs": 60,
        "optimizer": Adam(learning_rate=0.002),
    }

    @classmethod
    def task(cls, config: Any) -> str:
        return Ranking.name

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        yield from super().misfits(config)
        if config.rows == "item":
            yield (
                "rows",
                "without data.rating the items of a user are compared with each other, so that the "
                "rows are those of users",
                "remove it, or set rows: user",
            )


class MapFamily(Family):
    """lays the rows out on a grid of units, rows that are alike near each other."""

    name = "som"
    called = MapOfRows.name
    one_pass = False
    of_layers = False
    own = ("data.label", "grid", "topology", "rule", "radius", "learning_rate")
    unused = (
        *(f"data.{key}" for key in OF_TARGETS if key != "sample_weight"),
        *OF_PREDICTION,
        *OF_LAYERS,
        *("data.encoding", "augment", "early_stopping"),
    )
    defaults: ClassVar[Mapping[str, Any]] = {"epochs": 20, "learning_rate": 0.5}

    @classmethod
    def task(cls, config: Any) -> str:
        return MapOfRows.name


class BoltzmannFamily(Family):
    """tells how likely a row is, and draws others: hidden units that are 0 or 1."""

    name = "boltzmann"
    called = "machine"
    one_pass = False
    of_layers = False
    own = (
        *("visible", "pretraining", "learning_rate"),
        *("mean_field_steps", "chains", "gibbs_steps"),
        *OF_RATINGS,
    )
    unused = (
        *(f"data.{key}" for key in OF_TARGETS),
        *OF_PREDICTION,
        *("data.encoding", "augment", "optimizer", "loss", "output_activation", "initializer"),
        *("weight_decay_schedule", "dropout_schedule", "l1", "gradient_clip", "early_stopping"),
        *("engine", "cluster"),
    )
    defaults = {"layers": [Dense(100)], "epochs": 80, "schedule": Cosine(), "l2": 0.0}
    instead = {"optimizer": "write learning_rate: 0.05"}

    @classmethod
    def task(cls, config: Any) -> str:
        return Reconstruction.name

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        yield from AutoencoderFamily.misfits(config)

    @classmethod
    def of(cls, config: Any) -> type[Family]:
        return UsersMachineFamily if has_ratings(config) else cls


class UsersMachineFamily(BoltzmannFamily):
    """tells how likely ratings or choices of a user are: each user is a row."""

    unused = (*BoltzmannFamily.unused, *(f"data.{key}" for key in OF_COLUMNS))
    defaults = {**BoltzmannFamily.defaults, "rows": "user", "batch_size": 10}

    @classmethod
    def task(cls, config: Any) -> str:
        return Ranking.name if config.data.rating is None else Ratings.name

    @classmethod
    def misfits(cls, config: Any) -> Iterator[tuple[str, str, str]]:
        yield from RatingsFamily.misfits(config)
        rated = config.data.rating is not None
        if config.rows == "item":
            yield "rows", "a machine's rows are those of users", "remove it, or set rows: user"
        if rated and len(config.layers) > 1:
            yield (
                "layers",
                "each user has units of the rated items alone, of which chains cannot go on: that "
                "is a restricted machine",
                "use one layer, or leave out data.rating for choices",
            )
        fitting = "rating" if rated else "binary"
        if config.visible not in ("auto", fitting):
            yield (
                "visible",
                f"{config.visible} cells are no {'ratings' if rated else 'choices'}",
                f"remove it, or set visible: {fitting}",
            )
