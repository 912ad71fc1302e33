"""What is told while the workers of a cluster are waited for, and when waiting ends."""

import time
from collections.abc import Callable, Mapping

from ann_cli.errors import counted

PATIENCE = 30.0
"""Seconds until a scheduler has to answer; and without a word, where something is waited for."""

FORSAKEN = 60.0
"""Seconds without any worker, or any answer of the scheduler, until waiting ends."""


class Watch:
    """Looks at what is waited for, again and again; `what` names it, as in "a round has taken"."""

    def __init__(self, what: str, say: Callable[[str], None]) -> None:
        self._what, self._say = what, say
        self._begun = self._told = self._answered = self._staffed = time.monotonic()
        self._heard: dict[str, tuple[float, float]] = {}
        """Of each worker its last sign of life by the scheduler's clock, and when that came."""
        self.workers = 0
        """How many there were at the last look."""

    def begin(self) -> None:
        """Begin to wait for the next."""
        self._begun = self._told = time.monotonic()

    def look(self, seen: Mapping[str, float] | None) -> str:
        """Tell how it stands, where that is due; return why waiting ends, or nothing.

        `seen` is when each worker was last heard of, by the scheduler's clock; None where the
        scheduler does not answer.
        """
        now = time.monotonic()
        if seen is None:
            if now - self._answered >= FORSAKEN:
                return f"the scheduler has not answered for {FORSAKEN:.0f} s"
        else:
            self._answered, self.workers = now, len(seen)
            self._staffed = now if seen else self._staffed
            self._heard = {
                name: (last, now) if self._heard.get(name, (None, 0.0))[0] != last
                else self._heard[name]
                for name, last in seen.items()
            }  # fmt: skip
        if now - self._staffed >= FORSAKEN:
            return f"no worker came within {FORSAKEN:.0f} s"
        if now - self._told >= PATIENCE:
            self._told = now
            self._say(self._told_of(now))
        return ""

    def _told_of(self, now: float) -> str:
        if now - self._answered >= PATIENCE / 2:
            return (
                f"the scheduler has not answered for {now - self._answered:.0f} s; this ends "
                f"after {FORSAKEN:.0f} s"
            )
        if not self.workers:
            return f"there is no worker; this ends after {FORSAKEN:.0f} s"
        waited = f"{self._what} {now - self._begun:.0f} s, on {counted(self.workers, 'worker')}"
        silent = {name: now - heard for name, (_, heard) in self._heard.items()}
        told = [f"{name} has been silent for {each:.0f} s" for name, each in silent.items()
                if each >= PATIENCE / 2]  # fmt: skip
        return "; ".join([waited, *told[:3]])
