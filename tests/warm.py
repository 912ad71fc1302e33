"""Starts the installed `ann` again and again, each time in a process of its own.

These are forked from this one, which has imported all of ann and what it stands on: that is nine
tenths of what a short command takes. What each command imports by itself is looked at where it is
started from its first line (test_command_line.py, test_start_up.py). Trainings side by side are
forked, too, from a process that has imported ann: how they end is looked at in real ones
(test_trainings.py, test_compare.py, test_evaluate_folds.py, test_tune.py).

Tests ask for a command by a line of standard input; a shell asks by the socket that is named in the
argument (warm_client.py).
"""

import gc
import importlib
import json
import multiprocessing
import os
import pkgutil
import runpy
import select
import socket
import sys
import tempfile
from multiprocessing import forkserver

import pandas  # noqa: F401
import rich.live  # noqa: F401
import threadpoolctl  # noqa: F401

import ann_cli
from ann_cli.config.read import read
from ann_cli.experiments import executors

LATER = {
    "report": ("altair", "jinja2", "vl_convert"),
    "--report": ("altair", "jinja2", "vl_convert"),
    "plot": ("altair", "jinja2", "vl_convert"),
    "--baselines": ("sklearn.ensemble",),
    "tune": ("optuna.importance", "optuna.storages._rdb.storage", "alembic.command"),
}
"""What else is imported, once, where a command has such a word."""

SIDE_BY_SIDE = {"compare", "compare-activations", "evaluate", "tune"}
"""Commands that may start processes."""

STREAMS = {
    "stdin": (os.O_RDONLY, "r", "strict"),
    "stdout": (os.O_WRONLY, "w", "strict"),
    "stderr": (os.O_RDWR, "w", "backslashreplace"),  # as a terminal that Ctrl-C comes from
}
"""How each is opened, and what Python does there with what is no text."""


def become(request: dict) -> None:
    """Make this process the one that was asked for, up to its first line."""
    if request.get("stderr", "").startswith("/dev/"):
        os.setsid()  # the first terminal that it opens is its own
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, (name, (flags, mode, errors)) in enumerate(STREAMS.items()):
        opened = os.open(request[name], flags) if name in request else request["opened"][number]
        os.dup2(opened, number)
        os.close(opened)
        stream = os.fdopen(number, mode, encoding="utf-8", errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = request["command"]
    tempfile.tempdir = None  # which may be another here
    # Who has not started it cannot wait for it, which is how this looks whether it runs.
    forkserver._forkserver.ensure_running = lambda: None


def prepare(command: list[str]) -> bool:
    """Import what a command needs beside ann, once; return whether there was something."""
    if "--help" in command:
        return False
    if SIDE_BY_SIDE & set(command):
        forkserver.ensure_running()
    names = {name for word in command for name in LATER.get(word, ())} - sys.modules.keys()
    for name in names:
        importlib.import_module(name)
    return bool(names)


def took(process: int) -> list[float]:
    """Wait for a process: its exit status, seconds of processor time, megabytes at their most."""
    status, used = os.wait4(process, 0)[1:]
    seconds = used.ru_utime + used.ru_stime
    return [os.waitstatus_to_exitcode(status), seconds, used.ru_maxrss / 1024]


def idle() -> float:
    """Return the megabytes of a process that does nothing."""
    gc.freeze()  # a collection in a fork would copy what it goes through
    process = os.fork()
    if not process:
        os._exit(0)
    return took(process)[2]


def start(request: dict) -> int | None:
    """Fork what becomes the command. Return its process; None where this is the one."""
    process = os.fork()
    if process:
        return process
    become(request)
    runpy.run_path(sys.argv[0], run_name="__main__")
    return None


def answer(listening: socket.socket) -> bool:
    """Let a process start a shell's command, and tell its status; return whether this is it."""
    link, _ = listening.accept()
    received, opened, _, _ = socket.recv_fds(link, 1 << 16, 3)
    while more := link.recv(1 << 16):
        received += more
    request = json.loads(received) | {"opened": opened}
    prepare(request["command"])
    keeper = os.fork()
    if not keeper:
        listening.close()
        process = start(request)
        if process is None:
            return True
        status = int(took(process)[0])
        link.send(str(status if status >= 0 else 128 - status).encode())
        os._exit(0)
    for each in (link.detach(), *opened):
        os.close(each)
    return False


def serve(listening: socket.socket) -> None:
    """Answer each line of standard input, a request, with what the command took.

    Its megabytes are those beyond a process that does nothing.
    """
    least = idle()
    while True:
        if listening in select.select([sys.stdin, listening], [], [])[0]:
            if answer(listening):
                return
            continue
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        if prepare(request["command"]):
            least = idle()
        process = start(request)
        if process is None:
            return
        status, seconds, megabytes = took(process)
        sys.stdout.write(json.dumps([status, seconds, megabytes - least]) + "\n")
        sys.stdout.flush()


MODULES = [each.name for each in pkgutil.walk_packages(ann_cli.__path__, "ann_cli.")]
for module in MODULES:
    importlib.import_module(module)
forkserver.set_forkserver_preload(["pandas", *MODULES])
read({"data": {"file": "x.csv", "target": "y"}}).config()  # pydantic builds its models once
assert "get_context" in vars(executors)  # what is replaced
executors.get_context = lambda kind: multiprocessing.get_context("forkserver")
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    print("ready", flush=True)  # noqa: T201
    serve(listening)
