"""A signal ends a command even where Python drops the exception that it raises."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("how", ["dropped", "turned"])
def test_a_signal_that_python_drops(how):
    finished = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT.replace("{how}", how)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "in order\nended by 15\n"
    assert finished.stderr == ""
