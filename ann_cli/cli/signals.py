"""Signals: they end a command at once, and a training after the block of rows at hand."""

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from ann_cli.errors import counted

if TYPE_CHECKING:
    from ann_cli.run import TrainingRun

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 0.25
"""Seconds until a signal that got lost is raised again."""


class Terminated(BaseException):
    """A signal came; no Exception, so that nothing on the way out takes it for one of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.told = ""
        """What a person should know: how to go on."""


def terminate_on_signals() -> None:
    """End with Terminated wherever the command is."""
    for number in NUMBERS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP, and means it
            signal.signal(number, _terminate)


@contextmanager
def repeated_signals() -> Iterator[None]:
    """Raise Terminated until it has left the block: Python drops what a destructor raises.

    An import's many callbacks do so too, and make another error of what comes from within a class.
    What is dropped is raised again, and so not told as an exception that was ignored.
    """
    told = sys.unraisablehook

    def tell(dropped: "sys.UnraisableHookArgs") -> None:
        if not isinstance(dropped.exc_value, Terminated):
            told(dropped)

    sys.unraisablehook = tell
    try:
        yield
    except Exception as error:
        if ended := _terminated(error) or _came:
            raise ended from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = told


@contextmanager
def end_after_block(started: "TrainingRun", arguments: Sequence[str]) -> Iterator[None]:
    """Let the first signal end a training after its block and a checkpoint; the next acts at once.

    A training that comes to its end meanwhile is written, and its command ends by the signal. One
    that keeps no checkpoint ends at once.
    """
    if not started.checkpoints:
        yield
        return
    before = {number: signal.getsignal(number) for number in NUMBERS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def end(number: int, frame: Any) -> None:
        # Raised here it might come within a step, or get lost in compiled code's callbacks.
        started.ending = Terminated(number)
        restore()

    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
        if started.ending:
            raise started.ending
    except Terminated as ended:
        if ended is started.ending:
            ended.told = _how_to_go_on(started, arguments)
        raise
    finally:
        restore()


def _how_to_go_on(started: "TrainingRun", arguments: Sequence[str]) -> str:
    progress = started.progress
    epochs = counted(progress.planned[0], "epoch")
    done = f"ended by a signal after {progress.done:,} of {epochs}"
    if started.finished:
        return f"{done}; the run is written"
    kept = [each for each in arguments if each not in ("--resume", "--restart")]
    at = kept.index("train") + 1
    return f"{done}; go on: ann {shlex.join([*kept[:at], '--resume', *kept[at:]])}"


_came: Terminated | None = None
"""What the last signal raised; C code may drop it, and raise an error of its own instead."""


def _terminate(number: int, frame: Any) -> NoReturn:
    global _came
    _came = Terminated(number)

    def insist(_: int, frame: Any) -> None:
        if not _terminated(sys.exception()):  # else what it leaves is being put in order
            raise Terminated(number)

    signal.signal(signal.SIGALRM, insist)
    signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    raise _came


def signal_of(error: BaseException) -> Terminated | None:
    """Return the signal that an error is, or came of: a library may make one of its own of it."""
    return _terminated(error) or (_came if isinstance(error, Exception) else None)


def _terminated(error: BaseException | None) -> Terminated | None:
    """Return the Terminated that an error is, or came of."""
    while error:
        if isinstance(error, Terminated):
            return error
        error = error.__cause__ or error.__context__
    return None
