"""The training of an ensemble: its variations side by side, each without a fold of the rows."""

from collections.abc import Generator, Iterator
from copy import deepcopy
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar, Literal, Self, TypeAlias

import numpy as np

from ann_cli.engine.ensemble import Ensemble, Folds, shares_of
from ann_cli.engine.network import PREDICTED_ROWS
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.output_solving import OutputSolver
from ann_cli.engine.trainers.trainer import Epoch, Record, Trainer

Part: TypeAlias = OutputSolver | BackPropagation
"""What trains one of the variations."""


@dataclass(frozen=True)
class RowsWithoutFolds:
    """The rows as members see them: a row counts nothing for those that leave out its fold."""

    rows: Source
    folds: Folds
    members: int

    def __len__(self) -> int:
        return len(self.rows)

    def blocks(self, size: int, generator: np.random.Generator | None) -> Iterator[Rows]:
        for block in self.rows.blocks(size, generator):
            if block.fold is None:
                yield block
                continue
            weight = self.folds.weights(block.fold, self.members)
            if block.weight is not None:
                weight = weight * block.weight
            yield Rows(block.x, block.y, weight.T.astype(block.x.dtype))


class EnsembleTraining(Trainer):
    """Training of each variation in turn, an epoch at a time: back-propagation, or a solver.

    The loss of an epoch is that of the variations which take steps, if there are any. After an
    epoch each variation is judged on rows that its members were not trained on. Its best
    parameters go to the ensemble, and the shares in the average are chosen anew. So the ensemble,
    `state` and the position are those of the last whole epoch: a checkpoint in the middle of one
    goes on from its beginning.
    """

    name: ClassVar[str] = "the training of an ensemble"
    resumable: ClassVar[bool] = True
    takes_steps: ClassVar[bool] = True
    judged_by: ClassVar[str | None] = None
    told: ClassVar[tuple[str, ...]] = ()
    engine: Literal["numpy", "numba"] = "numpy"

    network: Ensemble  # type: ignore[assignment]

    def __init__(
        self,
        network: Ensemble,
        parts: list[Part],
        generators: dict[str, np.random.Generator],
        patience: int | None = None,
    ) -> None:
        """`parts` train copies of the ensemble's variations, with these generators."""
        self.network, self.parts, self.generators = network, parts, generators
        self.patience = patience
        self.passes = len(parts)
        rows = 1 + max(len(part.state) for part in parts)
        self.state = np.zeros((rows, network.theta.size), network.stored.dtype)
        """The parameters as training has them, then the state of the optimizers."""
        self.best: list[list[float]] = [[] for _ in parts]
        """The best epoch of each variation, and its loss where rows judge; nothing before."""
        self._folds = [Folds(part.network, network.folds) for part in parts]
        self._sums: list[Array | None] = [None] * len(parts)
        """What the best parameters make of the rows that judge, once that is computed."""
        self._found: float | None = None
        """The loss of the average, as long as no variation's best parameters change."""
        self._keep()

    @classmethod
    def suits(cls, config: Any) -> bool:
        return config.ensemble is not None

    @classmethod
    def of(cls, config: Any, network: Any, random: dict[str, np.random.Generator]) -> Self:
        kinds: tuple[type[Part], ...] = (OutputSolver, BackPropagation)
        parts = [
            next(kind for kind in kinds if kind.suits(form)).of(form, deepcopy(each), random)
            for form, each in zip(config.forms, network.variations, strict=True)
        ]
        stopping = config.early_stopping
        return cls(network, parts, random, stopping.patience if stopping else None)

    @property
    def planned(self) -> tuple[int, str]:
        return self.parts[0].planned

    def check(self, rows: Source, place: str) -> None:
        for part in self.parts:
            part.check(rows, place)

    def rows_in_step(self, rows: int) -> int:
        return self.parts[0].rows_in_step(rows)

    def run(self, rows: Source) -> Generator[Epoch, None, None]:
        """Yield an epoch of all variations. Raises DivergedError."""
        runs = [
            part.run(RowsWithoutFolds(rows, folds, part.network.members or 1))
            for part, folds in zip(self.parts, self._folds, strict=True)
        ]
        steps = [at for at, part in enumerate(self.parts) if isinstance(part, BackPropagation)]
        for epochs in zip(*runs, strict=True):
            seen = [epochs[at] for at in steps] or epochs
            yield Epoch(seen[0].number, fmean(each.loss for each in seen), seen[0].measures)

    def validated(self, epoch: int, held: Source | None) -> float | None:
        """Keep the best parameters of each variation; return the loss of the ensemble's average.

        `held` are the rows that judge, each by the members that were trained without its fold;
        without any the last epoch is the best.
        """
        found = None
        if held is None:
            for part, own in zip(self.parts, self.network.variations, strict=True):
                own.stored[...] = part.network.stored
            self.best = [[float(epoch)] for _ in self.parts]
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # of what has diverged
                found = self._judged(epoch, held)
        self._keep()
        return found

    def _judged(self, epoch: int, held: Source) -> float:
        blocks = list(held.blocks(PREDICTED_ROWS, None))
        y = np.concatenate([block.y for block in blocks])
        # By columns: the sum over a row's classes takes a seventh of the time then.
        y = np.asfortranarray(y, self.network.stored.dtype)
        weights = [block.weight for block in blocks if block.weight is not None]
        weight = np.concatenate(weights) if weights else None

        def loss(z: Array) -> float:
            losses = self.network.output.losses(z, self.network.output.predict(z), y)
            return float(np.average(losses.astype(np.float64), weights=weight))

        def sums(folds: Folds) -> Array:
            found = [folds.sums(block.x, block.fold) for block in blocks]
            return np.asfortranarray(np.concatenate(found))

        found = self._found
        for number, part in enumerate(self.parts):
            own = self.network.variations[number]
            if not (isinstance(part, OutputSolver) and part.rests(epoch)):
                z = sums(self._folds[number])
                now = loss(z)
                if not self.best[number] or not now >= self.best[number][1]:
                    self.best[number] = [float(epoch), now]
                    own.stored[...] = part.network.stored
                    self._sums[number] = z
                    found = None
            if self._sums[number] is None:  # gone on from a checkpoint
                self._sums[number] = sums(Folds(own, self.network.folds))
        if found is None:
            best = [each for each in self._sums if each is not None]
            shares = shares_of(best, loss)
            self.network.shares[...] = shares
            found = loss(sum(share * each for share, each in zip(shares, best, strict=True)))
        self._found = found
        return found

    def _keep(self) -> None:
        """Keep where training stands, for a checkpoint."""
        self._tell_solvers()
        for part, (start, end) in zip(self.parts, self._places(), strict=True):
            self.state[0, start:end] = part.network.stored
            self.state[1 : 1 + len(part.state), start : start + part.network.theta.size] = (
                part.state
            )
        self._position = self.parts[0].position() | {"best": [list(each) for each in self.best]}

    def _tell_solvers(self) -> None:
        """Tell each solver its best epoch, where others go on while it rests."""
        if not any(isinstance(part, BackPropagation) for part in self.parts):
            return
        for part, judged in zip(self.parts, self.best, strict=True):
            if isinstance(part, OutputSolver) and len(judged) > 1:
                part.best = int(judged[0])

    def _places(self) -> Iterator[tuple[int, int]]:
        end = 0
        for part in self.parts:
            start, end = end, end + part.network.stored.size
            yield start, end

    def is_done(self, record: Record) -> bool:
        if self.patience is None:
            return False
        return record["epoch"] - max(epoch for epoch, *_ in self.best) >= self.patience

    def position(self) -> dict[str, Any]:
        return self._position

    def go_on_from(self, position: dict[str, Any]) -> None:
        """Take up a position; the state and the ensemble's parameters are there already."""
        self.best = [list(each) for each in position["best"]]
        for part, (start, end) in zip(self.parts, self._places(), strict=True):
            part.network.stored[...] = self.state[0, start:end]
            trained = slice(start, start + part.network.theta.size)
            part.state[...] = self.state[1 : 1 + len(part.state), trained]
            part.go_on_from(position)
        self._tell_solvers()
        self._position, self._found = position, None

    def check_position(self, position: dict[str, Any], rows: int, epochs: int) -> None:
        self.parts[0].check_position(position, rows, epochs)
        if position["blocks"] or len(position["best"]) != len(self.parts):
            raise ValueError("it is not one between two epochs of its variations")

    def summary(self, best: Record, done: int) -> dict[str, Any]:
        """Return what each variation has of the average, its best epoch and its loss."""
        shares = self.network.shares.astype(np.float64)
        shares = (shares / shares.sum()).round(6).tolist()
        told = [
            {
                "members": part.network.members,
                "share": share,
                "best_epoch": int(judged[0]) if judged else 0,
                "validation_loss": judged[1] if len(judged) > 1 else None,
            }
            for part, share, judged in zip(self.parts, shares, self.best, strict=True)
        ]
        return {"ensemble": {"folds": self.network.folds, "variations": told}}
