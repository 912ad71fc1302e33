"""Processes side by side that start soon."""

import multiprocessing
from multiprocessing import forkserver

import pytest

from ann_cli.experiments import executors


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork processes side by side from one that has imported what they need.

    That they start from their first line, as ann has it, is looked at without this.
    """
    forkserver.set_forkserver_preload(["pandas", "optuna.storages._rdb.storage", "ann_cli.run",
                                       "ann_cli.experiments.tuning"])  # fmt: skip
    context = multiprocessing.get_context("forkserver")
    monkeypatch.setattr(executors, "get_context", lambda kind: context)
