"""What an introduction to neural networks claims, and the commands that try it: claims.json."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_suffix(".json")
"""Where each claim stands, once; tests/benchmarks/article.py measures, and writes it anew."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the article, the commands that try it, and what they came to."""

    name: str
    claim: str
    look: str
    """What to look at in the commands' output."""
    commands: tuple[str, ...]
    """As they are typed at a shell prompt, in any folder."""
    measured: str
    holds: str
    """Whether the claim holds: "yes", "no", or "in part" and why."""
    status: int = 0
    """What the last command ends with: not 0 where the claim is that it fails."""

    @property
    def configs(self) -> tuple[str, ...]:
        """The configs that the commands name, each once."""
        found = re.findall(r"configs/\S+\.yaml", " ".join(self.commands))
        return tuple(dict.fromkeys(found))


def claims() -> dict[str, Claim]:
    """Return the claims by their names, in the order of the page."""
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    return {each["name"]: Claim(**{**each, "commands": tuple(each["commands"])}) for each in listed}
