"""Stands for `os` where files are written: records its calls, and makes one of them go wrong."""

import os
from contextlib import suppress

from ann_cli import files as opening
from ann_cli.model import files

CALLS = ("open", "write", "fstat", "fsync", "close", "replace", "unlink")


class Died(BaseException):
    """The process is dead: this call was not made, and none after it is."""


class Faulty:
    """Makes call number `at` (from 1) fail with `error`: once, or that one and all that follow.

    With Died the calls that follow are not made either, as if the process had been killed there.
    `short` lets every write take three bytes only.
    """

    def __init__(self, at=0, error=None, for_good=False, short=False):
        self.at, self.error, self.for_good, self.short = at, error, for_good, short
        self.made = []
        self._opened = []

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments, **folders):
            number = len(self.made) + 1
            self.made.append((name, arguments[:2] if name == "replace" else arguments[0]))
            if number == self.at or (self.for_good and 0 < self.at < number):
                if name == "close" and not isinstance(self.error, Died):
                    real(*arguments)  # closed all the same, as Linux does
                raise self.error
            if name == "write" and self.short:
                arguments = (arguments[0], arguments[1][:3])
            result = real(*arguments, **folders)
            if name == "open":
                self._opened.append(result)
            return result

        return call

    def put_in(self, patch):
        """Take the place of `os`."""
        for module in (files, opening):
            patch.setattr(module, "os", self)

    def bury(self):
        """Close what a dead process left open, as the kernel does."""
        for descriptor in self._opened:
            with suppress(OSError):
                os.close(descriptor)
