"""The SQLite file in a run folder that trials are kept in: made, checked, opened."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ann_cli.errors import ConfigError, FileError, InUseError
from ann_cli.files import FOLDER, UnfitError, open_own
from ann_cli.model.files import make_folder, remove, unfit, unwritable

NAME = "tuning.sqlite"
STUDY = "tuning"
PATIENCE = 60
"""Seconds that a process waits for another that writes."""

RESTART = "--restart forgets them and begins anew; or choose another folder: --set save_to=…"


def prepare(folder: Path, about: Mapping[str, Any], restart: bool) -> Path:
    """Make a study in a run folder, or look whether the one there is of the same; return its file.

    `about` is the config and the data, by their keys. Raises ConfigError where the study there is
    about others, unless it is to `restart`; FileError where none can be made or read.
    """
    make_folder(folder)
    path = folder / NAME
    with one_at_a_time(folder):
        try:
            seen = os.open(folder, FOLDER)
            try:
                os.close(open_own(NAME, os.O_RDWR | os.O_CREAT, seen))
            finally:
                os.close(seen)
        except UnfitError as error:
            raise unfit(path, error) from error
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _make(path, about, restart)
        except FileError:
            if not restart:
                raise
            for ending in ("", "-wal", "-shm"):  # nobody can be at work on what cannot be read
                remove(folder / f"{NAME}{ending}")
            _make(path, about, restart)
    return path


def _make(path: Path, about: Mapping[str, Any], restart: bool) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = open_storage(path)
    try:
        if restart:
            with suppress(KeyError):
                optuna.delete_study(study_name=STUDY, storage=storage)
        study = optuna.create_study(study_name=STUDY, storage=storage, load_if_exists=True)
        known = study.user_attrs
        if not known:
            for key, value in about.items():
                study.set_user_attr(key, json.dumps(value, sort_keys=True))
            return
        now = {key: json.dumps(value, sort_keys=True) for key, value in about.items()}
        other = [key for key in {**now, **known} if now.get(key) != known.get(key)]
        if other:
            raise ConfigError(
                f"the trials that lie here are of other settings: {', '.join(sorted(other))}",
                place=str(path),
                remedy=RESTART,
            )
    finally:
        close_storage(storage)


def open_storage(path: Path) -> Any:
    """Open a SQLite file. Raises FileError where it is none, or of another version of Optuna."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    def connect() -> sqlite3.Connection:  # by its path, which no URL has to spell
        made = sqlite3.connect(whole, timeout=PATIENCE, check_same_thread=False)
        # A write then waits for no disk. Who dies loses nothing, and a computer that loses power
        # the last trials at most: the file stays whole (sqlite.org/wal.html).
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=NORMAL")
        return made

    whole = path.absolute()
    try:
        return optuna.storages.RDBStorage("sqlite:///tuning.sqlite", {"creator": connect})
    except (SQLAlchemyError, RuntimeError, optuna.exceptions.StorageInternalError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise FileError(
            f"cannot be read as trials: {reason}", place=str(path), remedy=RESTART
        ) from error


def close_storage(storage: Any) -> None:
    """Let go of the file."""
    storage.remove_session()
    storage.engine.dispose()


@contextmanager
def working(path: Path) -> Iterator[None]:
    """Say what goes wrong with the file while trials are at work in it. Raises FileError."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        reason = str(getattr(error.__cause__ or error, "orig", None) or error).splitlines()[0]
        raise FileError(f"cannot be written: {reason}", place=str(path)) from error
    except KeyError as error:
        if "Record does not exist" not in str(error):
            raise
        raise InUseError(
            "its trials were begun anew by another ann tune",
            place=str(path),
            remedy="choose another folder for one of the two: --set save_to=…",
        ) from error


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one process after the other make tables, or begin a trial: Optuna would do it twice.

    The lock is on the folder itself, which takes no file more.
    """
    descriptor = os.open(folder, FOLDER)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
