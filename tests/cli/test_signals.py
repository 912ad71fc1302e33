"""A signal ends a command even where Python drops the exception that it raises."""

import subprocess
import sys

SCRIPT = """
import os, signal, sys, time
from ann_cli.cli.signals import Terminated, repeated_signals, terminate_on_signals

class Drops:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

class Turns:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

def dropped():
    Drops()
    time.sleep(20)

def turned():
    class Owner:
        field = Turns()

terminate_on_signals()
try:
    with repeated_signals():
        try:
            {how}()
        finally:
            time.sleep(0.6)
            print("in order")
except Terminated as ended:
    print("ended by", ended.number)
time.sleep(0.6)
"""


def test_a_signal_that_python_drops():
    """Two at a time: they wait most of it."""
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", SCRIPT.replace("{how}", how)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for how in ("dropped", "turned")
    ]
    for each in started:
        out, told = each.communicate(timeout=120)
        assert (each.returncode, out, told) == (0, "in order\nended by 15\n", "")
