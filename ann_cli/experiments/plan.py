"""A comparison that is checked before anything is trained, and its trainings."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from ann_cli.config.read import Draft
from ann_cli.config.spec import Config
from ann_cli.data.cells.writing import as_written
from ann_cli.data.open_table import open_table
from ann_cli.data.prefetch import cores
from ann_cli.data.table import Table
from ann_cli.engine.choice import expected_seconds
from ann_cli.errors import ConfigError, DataError, Problem, counted
from ann_cli.experiments.compare import Comparison, compare, deciding
from ann_cli.experiments.executors import Executor
from ann_cli.experiments.trainings import Outcome, SharedRows, train_all
from ann_cli.experiments.variations import Variation
from ann_cli.run import TrainingRun

MOST_TRAININGS = 10_000
"""Trainings of a comparison, at most."""


class Plan:
    """Each variation with each seed, which sets the split and the first weights alike for all."""

    def __init__(
        self, draft: Draft, overrides: Sequence[str], variations: Sequence[Variation], seeds: int
    ) -> None:
        """Raises ConfigError or DataError with all that is wrong in any variation."""
        first, configs = _checked(draft, overrides, variations)
        what = f"{counted(len(variations), 'variation')} with {seeds:,} seeds"
        few = "use fewer: 5 to 20 seeds tell most differences from chance"
        check_number(first, len(variations) * seeds, what, "--seeds", few)
        self.example = first.data_set
        self.address = one_address(configs)
        """That of the cluster on which it is trained; None: on this machine."""
        self.draft = draft
        self.variations = variations
        self.metric = deciding(configs[0].task)
        self.epochs = max(each.epochs for each in configs)
        self.seeds = range(configs[0].seed, configs[0].seed + seeds)
        measures = [(each.loss, each.data.scaling, each.data.sample_weight) for each in configs]
        self.one_loss = all(each == measures[0] for each in measures)
        self.trainings = [
            (*overrides, *each.overrides, f"seed={seed}")
            for each in variations
            for seed in self.seeds
        ]

    def train(self, executor: Executor) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcome of each training with its place in the list, as they come."""
        return train_all([self.draft.config(each) for each in self.trainings], executor)

    def compare(self, outcomes: Mapping[int, Outcome]) -> Comparison:
        """Return what the outcomes, by their training's place, come to: of seeds that all had."""
        places = range(0, len(self.trainings), len(self.seeds))
        done = self.seeds_done(outcomes)
        groups = [[outcomes[start + at] for at in done] for start in places]
        seeds = [self.seeds[at] for at in done]
        return compare(self.metric, seeds, self.variations, groups, self.one_loss)

    def seeds_done(self, outcomes: Mapping[int, Outcome]) -> list[int]:
        """Return the places of the seeds with which all variations were trained."""
        starts = range(0, len(self.trainings), len(self.seeds))
        return [
            at for at in range(len(self.seeds)) if all(start + at in outcomes for start in starts)
        ]


def _checked(
    draft: Draft, overrides: Sequence[str], variations: Sequence[Variation]
) -> tuple[TrainingRun, list[Config]]:
    """Return the first variation's training, and the completed configs of all."""
    first: TrainingRun | None = None
    shared = SharedRows()
    configs = []
    problems: dict[type[ConfigError | DataError], dict[Problem, None]]
    problems = {ConfigError: {}, DataError: {}}
    for variation in variations:
        try:
            config = draft.config((*overrides, *variation.overrides))
            refuse_unfit(config, "a comparison")
            begun = shared.begin(config)
        except (ConfigError, DataError) as error:
            # What is wrong in all variations is said once.
            problems[type(error)].update(dict.fromkeys(map(variation.placed, error.problems)))
        else:
            first = first or begun
            configs.append(begun.data_set.config)
    for kind, found in problems.items():
        if found:
            raise kind.of(found)
    assert first is not None
    return first, configs


def one_address(configs: Sequence[Config]) -> str | None:
    """Return the address of the cluster that configs name. Raises ConfigError where it varies."""
    found = sorted({each.cluster.address or "" for each in configs if each.cluster} - {""})
    if len(found) > 1:
        raise ConfigError(
            f"all are trained on one cluster, and these name {' and '.join(found)}",
            place="--vary cluster.address",
            remedy="name it once: --cluster ADDRESS",
        )
    return found[0] if found else None


def check_number(first: TrainingRun, count: int, what: str, place: str, remedy: str) -> None:
    """Raise ConfigError where there are more trainings like the first than MOST_TRAININGS."""
    if count <= MOST_TRAININGS:
        return
    config, rows = first.data_set.config, len(first.data_set.training)
    batch = first.trainer.rows_in_step(rows)
    steps = config.epochs * ceil(rows / batch)
    one = expected_seconds(first.model.network, batch, steps)[first.trainer.engine]
    hours = one * count / cores() / 3600
    said = f"{hours:,.0f}" if hours >= 1 else f"{hours:.1g}"
    raise ConfigError(
        f"{what} are {count:,} trainings, about {said} hours on this machine; at most "
        f"{MOST_TRAININGS:,} are taken",
        place=place,
        remedy=remedy,
    )


def refuse_standard_input(config: Config) -> None:
    """Raise ConfigError where the data can be read once only."""
    for key, path in config.data.files.items():
        if path == "-":
            raise ConfigError(
                "standard input can be read once, and each training reads the data",
                place=config.place(f"data.{key}"),
                remedy="save it as a file first",
            )


def refuse_unfit(config: Config, what: str) -> None:
    """Raise ConfigError for data that several trainings cannot read, or that judges none."""
    refuse_standard_input(config)
    if not config.data.parts["validation"]:
        raise ConfigError(
            f"{what} needs rows to validate, and there are none",
            place=config.place("data.validation"),
            remedy="set data.validation: 0.2 or to a CSV's path",
        )


def repeatable_table(config: Config) -> Table:
    """Return a config's table. Raises ConfigError where it can be read once only."""
    table = open_table(config.resolve(config.data.file), written=as_written(config.data))
    if not table.repeatable:
        raise ConfigError(
            "can be read once, and each training reads the data",
            place=config.place("data.file"),
            remedy="save it as a file first",
        )
    return table
