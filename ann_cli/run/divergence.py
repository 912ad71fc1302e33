"""What a training keeps in case it diverges, and what it says then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ann_cli.engine.network import Network
from ann_cli.engine.rows import Rows
from ann_cli.engine.training import Training, generators
from ann_cli.errors import AnnError, DivergedError
from ann_cli.insight.divergence import Finite, explained
from ann_cli.model import folder
from ann_cli.model.model import first_network

if TYPE_CHECKING:
    from ann_cli.run.started import Started


class Divergence:
    """Of a training that writes its run folder; of another it is enough that it diverged."""

    def __init__(self, started: "Started") -> None:
        self._started = started
        self._finite: Finite | None = None

    def keep(self, block: Rows) -> None:
        """Keep a copy of the training before it meets a block, for as long as it is finite."""
        training = self._started.training
        if self._started.lock and isinstance(training, Training):
            rows = len(self._started.prepared.training)
            self._finite = Finite.of(training, block, rows) or self._finite

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Say of a training that diverged what can be found out, and keep its finite weights."""
        try:
            yield
        except DivergedError as error:
            started, training = self._started, self._started.training
            if not started.lock or not self._finite or not isinstance(training, Training):
                raise
            found = explained(started.model, training, self._finite, self._begun, error)
            try:
                path = folder.save_diverged(
                    started.folder, started.model, training.engine, started.lock
                )
                kept = f"the last finite weights are in {path}"
            except AnnError as failed:  # no reason to tell of the disk, and not of the training
                kept = f"the last finite weights could not be kept: {failed.problems[0].message}"
            raise found.adding(kept) from error

    def _begun(self) -> Network:
        """Return the network with its first weights."""
        config, encoder = self._started.prepared.config, self._started.prepared.encoder
        return first_network(config, encoder, generators(config.seed)["initialization"])
