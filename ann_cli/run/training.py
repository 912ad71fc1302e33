"""A config becomes a training, and a training its run folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ann_cli.config.read import load as load_config
from ann_cli.config.spec import Config
from ann_cli.data.prepare import prepare
from ann_cli.data.table import Table
from ann_cli.engine.training import generators
from ann_cli.model import folder
from ann_cli.model.weights import load
from ann_cli.run.started import Run, Started


def begin(
    config: Config,
    dry: bool = False,
    encoder: str | Path | None = None,
    table: Table | None = None,
) -> Started:
    """Read the data and build the network; make and lock the run folder unless `dry`.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are; `table`
    is the config's data where it is open already.
    """
    random = generators(config.seed)
    given = None if encoder is None else load(encoder).encoder
    kept = None if dry else config.run_folder()
    started = Started(prepare(config, random["split"], given, kept, table), random)
    if not dry:
        started.lock = folder.hold(started.folder)
    return started


def train(
    config: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    encoder: str | Path | None = None,
) -> Run:
    """Train what a config (a path, or a mapping of its keys) describes, and write its run folder.

    `encoder` is a weights.npz whose columns, scales and categories are taken as they are. Raises
    ConfigError, DataError, WeightsError, DivergedError, FileError or InUseError, with all its
    problems.
    """
    with begin(load_config(config, overrides), encoder=encoder) as started:
        for _ in started.epochs():
            pass
        return started.finish()
