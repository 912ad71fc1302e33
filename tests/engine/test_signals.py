"""Signals wait while a library is imported, and are delivered afterwards."""

import signal
import threading

import pytest

from ann_cli.engine.compiled.signals import signals_wait


class Ended(BaseException):
    """What the handler raises."""


def raising(number, frame):
    raise Ended(number)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def number(request):
    before = signal.signal(request.param, raising)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_is_delivered_at_the_end(number):
    done = []

    def imported():
        signal.raise_signal(number)
        done.append("the import went on")

    with pytest.raises(Ended), signals_wait():
        imported()
    assert done
    assert signal.getsignal(number) is raising


def test_what_is_ignored_stays_so(number):
    signal.signal(number, signal.SIG_IGN)
    with signals_wait():
        signal.raise_signal(number)
    assert signal.getsignal(number) == signal.SIG_IGN


def test_another_thread_imports_as_it_is(number):
    seen = []

    def run():
        with signals_wait():
            seen.append(signal.getsignal(number))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [raising]
