"""Starts the installed `ann` again and again, each time in a process of its own.

These are forked from this one, which has imported all of ann and what it stands on: that is nine
tenths of what a short command takes. What each command imports by itself is looked at where it is
started from its first line (test_command_line.py, test_start_up.py).
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import sys

import pandas  # noqa: F401
import rich.live  # noqa: F401
import threadpoolctl  # noqa: F401

import ann_cli

STREAMS = {
    "stdin": (os.O_RDONLY, "r", "strict"),
    "stdout": (os.O_WRONLY, "w", "strict"),
    "stderr": (os.O_RDWR, "w", "backslashreplace"),  # as a terminal that Ctrl-C comes from
}
"""How each is opened, and what Python does there with what is no text."""


def become(request: dict) -> None:
    """Make this process the one that was asked for, up to its first line."""
    if request["stderr"].startswith("/dev/"):
        os.setsid()  # the first terminal that it opens is its own
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, (name, (flags, mode, errors)) in enumerate(STREAMS.items()):
        opened = os.open(request[name], flags)
        os.dup2(opened, number)
        os.close(opened)
        stream = os.fdopen(number, mode, encoding="utf-8", errors=errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = request["command"]


def took(process: int) -> list[float]:
    """Wait for a process: its exit status, seconds of processor time, megabytes at their most."""
    status, used = os.wait4(process, 0)[1:]
    seconds = used.ru_utime + used.ru_stime
    return [os.waitstatus_to_exitcode(status), seconds, used.ru_maxrss / 1024]


def serve() -> None:
    """Answer each line of standard input, a request, with what the command took.

    Its megabytes are those beyond a process that does nothing.
    """
    idle = os.fork()
    if not idle:
        os._exit(0)
    least = took(idle)[2]
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        process = os.fork()
        if not process:
            become(request)
            runpy.run_path(sys.argv[0], run_name="__main__")
            return
        status, seconds, megabytes = took(process)
        sys.stdout.write(json.dumps([status, seconds, megabytes - least]) + "\n")
        sys.stdout.flush()


for module in pkgutil.walk_packages(ann_cli.__path__, "ann_cli."):
    importlib.import_module(module.name)
gc.freeze()  # a collection in a fork would copy what it goes through
serve()
