"""Runs the installed `ann` as a person would: a process of its own, in a folder of its own."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BESIDE = Path(sys.executable).with_name("ann")
ANN = str(BESIDE) if BESIDE.exists() else shutil.which("ann")
INHERITED = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV"),
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
)
"""Of the environment, nothing else: no PYTHONUNBUFFERED, PYTHONPATH, NO_COLOR or COLUMNS."""
PATIENCE = 120
"""Seconds that a command may take."""


@pytest.fixture(scope="session")
def command() -> str:
    assert ANN, "ann is not installed"
    return ANN


@pytest.fixture(scope="session")
def environment(command: str, own_cache: dict[str, str]) -> dict[str, str]:
    """The environment of a shell in which ann's virtual environment is active."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = f"{Path(command).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "TERM": "xterm-256color", **own_cache}


Run = Callable[..., subprocess.CompletedProcess[str]]


class Measured(subprocess.CompletedProcess[str]):
    """What a command took: processor time, which others at work do not change, and memory."""

    seconds: float
    megabytes: float  # beyond those of a process that has imported all of ann


def checked(
    finished: subprocess.CompletedProcess[str], status: int
) -> subprocess.CompletedProcess[str]:
    assert finished.returncode == status, finished.stderr or finished.stdout
    assert "Traceback" not in finished.stderr or "--debug" in finished.args
    return finished


@pytest.fixture(scope="session")
def ann_in(command: str, environment: dict[str, str]) -> Run:
    """ann_in(folder, *arguments, status=0, input="", env={}): runs ann there."""

    def run(
        folder: Path,
        *arguments: str | Path,
        status: int = 0,
        input: str = "",
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [command, *map(str, arguments)],
            cwd=folder,
            input=input,
            capture_output=True,
            encoding="utf-8",
            env={**environment, **(env or {})},
            timeout=PATIENCE,
            check=False,
        )
        return checked(finished, status)

    return run


@pytest.fixture(scope="session")
def warm_process(
    command: str, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Run, dict[str, str]]]:
    """What runs a command, sooner, and what a shell's environment has in order that it does so."""
    with _warm(command, environment, tmp_path_factory.mktemp("warm")) as made:
        yield made


@pytest.fixture(scope="session")
def warm_in(warm_process: tuple[Run, dict[str, str]]) -> Run:
    """warm_in(folder, *arguments, status=0, input="", env={}): runs ann there, sooner: warm.py.

    A status of None is any. `env` is read by ann alone: Python and NumPy have read theirs by then.
    Other options name a stream's file.
    """
    return warm_process[0]


@pytest.fixture(scope="session")
def limited_in(
    command: str, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """The same, where a command has 4 GB of memory."""
    limit = ("bash", "-c", 'ulimit -v 4000000; exec "$@"', "bash")
    folder = tmp_path_factory.mktemp("warm")
    with _warm(command, environment, folder, *limit) as (run, _):
        yield run


@contextmanager
def _warm(
    command: str, environment: dict[str, str], scratch: Path, *before: str
) -> Iterator[tuple[Run, dict[str, str]]]:
    files = {name: str(scratch / name) for name in ("stdin", "stdout", "stderr")}
    shells = {"WARM_COMMAND": command, "WARM_SOCKET": str(scratch / "socket")}
    client = scratch / "bin" / "ann"
    client.parent.mkdir()
    text = (HERE / "warm_client.py").read_text()
    client.write_text(f"#!{sys.executable} -IS\n{text}")
    client.chmod(0o755)
    shells["PATH"] = f"{client.parent}{os.pathsep}{environment['PATH']}"
    server = subprocess.Popen(
        [*before, sys.executable, "-P", HERE / "warm.py", shells["WARM_SOCKET"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
    )
    assert server.stdout.readline() == "ready\n"

    def run(
        folder: Path,
        *arguments: str | Path,
        status: int | None = 0,
        input: str = "",
        env: dict[str, str] | None = None,
        **streams: str,
    ) -> Measured:
        asked = [command, *map(str, arguments)]
        for name, path in files.items():
            Path(path).write_text(input if name == "stdin" else "", encoding="utf-8")
        request = {
            "command": asked,
            "folder": str(folder),
            "environment": environment | (env or {}),
        }
        server.stdin.write(json.dumps(request | files | streams) + "\n")
        server.stdin.flush()
        ready, _, _ = select.select([server.stdout], [], [], PATIENCE)
        if not ready:
            os.killpg(server.pid, signal.SIGKILL)
        assert ready, f"{asked} does not end"
        ended, seconds, megabytes = json.loads(server.stdout.readline())
        out, told = (Path(files[name]).read_text("utf-8") for name in ("stdout", "stderr"))
        finished = Measured(asked, ended, out, told)
        finished.seconds, finished.megabytes = seconds, megabytes
        checked(finished, ended if status is None else status)
        return finished

    yield run, shells
    server.communicate()  # at the end of its input it ends


@pytest.fixture
def ann(warm_in: Run, tmp_path: Path) -> Run:
    """ann(*arguments, status=0, input="", env={}): runs ann in the test's empty folder."""
    return partial(warm_in, tmp_path)


@pytest.fixture
def on_a_terminal(ann: Run) -> Callable[..., tuple[int, str, str]]:
    """on_a_terminal(*arguments, env={}, stdin="", until=""): its status, output, what was drawn.

    Standard error is a terminal of 80 columns; standard output never is; standard input is the
    terminal where `stdin` says so, else empty. Ctrl-C is pressed when `until` has been drawn.
    """

    def run(
        *arguments: str | Path,
        env: dict[str, str] | None = None,
        stdin: str = "",
        until: str = "",
    ) -> tuple[int, str, str]:
        screen, terminal = os.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        streams = dict.fromkeys(["stderr", *["stdin"][: bool(stdin)]], os.ttyname(terminal))
        drawn = bytearray()
        reader = threading.Thread(target=_drain, args=(screen, drawn, until.encode()))
        reader.start()
        try:
            finished = ann(*arguments, status=None, env=env, **streams)
        finally:
            os.close(terminal)
            reader.join()
            os.close(screen)
        return finished.returncode, finished.stdout, drawn.decode()

    return run


def _drain(screen: int, drawn: bytearray, until: bytes) -> None:
    """Read what is drawn; Linux fails to when the last writer has gone."""
    with suppress(OSError):
        while chunk := os.read(screen, 65536):
            drawn += chunk
            if until and until in drawn:
                os.write(screen, b"\x03")
                until = b""


Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(environment: dict[str, str], tmp_path: Path) -> Shell:
    """shell(script, *arguments, cwd=None): runs a bash script, a pipe's failure being its own."""
    return partial(_bash, environment, tmp_path)


@pytest.fixture
def warm_shell(
    environment: dict[str, str], warm_process: tuple[Run, dict[str, str]], tmp_path: Path
) -> Shell:
    """The same, where ann starts sooner: warm.py."""
    return partial(_bash, environment | warm_process[1], tmp_path)


def _bash(
    environment: dict[str, str],
    folder: Path,
    script: str,
    *arguments: str | Path,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--norc", "-o", "pipefail", "-c", script, "bash", *map(str, arguments)],
        cwd=cwd or folder,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=PATIENCE,
        check=False,
    )
