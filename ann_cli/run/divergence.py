"""Keeps the last finite parameters of a training, and explains a divergence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from ann_cli.engine.network import Network
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import AnnError, DivergedError
from ann_cli.insight.divergence import Finite, explained
from ann_cli.model import folder
from ann_cli.model.networks import first_network
from ann_cli.run.parts import Parts


class Divergence:
    """The account of a divergence, for a training that writes its run folder."""

    def __init__(self, run: Parts) -> None:
        self._run = run
        self._finite: Finite | None = None

    def keep(self, block: Rows) -> None:
        """Copy the training before a block of rows, while all its numbers are finite."""
        trainer = self._run.trainer
        if self._run.lock and trainer.explained:
            rows = len(self._run.data_set.training)
            self._finite = Finite.of(cast(BackPropagation, trainer), block, rows) or self._finite

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Add to a divergence its step, layer and remedy, and save the last finite weights."""
        try:
            yield
        except DivergedError as error:
            run, trainer = self._run, self._run.trainer
            if not run.lock or not self._finite or not trainer.explained:
                raise
            found = explained(
                run.model, cast(BackPropagation, trainer), self._finite, self._begun, error
            )
            try:
                path = folder.save_diverged(run.folder, run.model, trainer.engine, run.lock)
                kept = f"the last finite weights are in {path}"
            except AnnError as failed:  # no reason to tell of the disk, and not of the training
                kept = f"the last finite weights could not be kept: {failed.problems[0].message}"
            raise found.adding(kept) from error

    def _begun(self) -> Network:
        """Return the network with its first weights."""
        config, encoder = self._run.data_set.config, self._run.data_set.encoder
        return first_network(config, encoder, generators(config.seed)["initialization"]).member
