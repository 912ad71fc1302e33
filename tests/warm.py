"""Starts the installed `ann` again and again, each time in a process of its own.

These are forked from this one, which has imported pandas: that is two thirds of what a short
command takes. Nothing of ann is imported before the fork, but for the modules that are its
arguments.
"""

import importlib
import json
import os
import runpy
import sys

import pandas  # noqa: F401

STREAMS = {
    "stdin": (os.O_RDONLY, "r", "strict"),
    "stdout": (os.O_WRONLY, "w", "strict"),
    "stderr": (os.O_WRONLY, "w", "backslashreplace"),
}
"""How each is opened, and what Python does there with what is no text."""


def become(request: dict) -> None:
    """Make this process the one that was asked for, up to its first line."""
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


def serve() -> None:
    """Answer each line of standard input, a request, with the exit status that it came to."""
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        process = os.fork()
        if not process:
            become(request)
            runpy.run_path(sys.argv[0], run_name="__main__")
            return
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


for module in sys.argv[1:]:
    importlib.import_module(module)
serve()
