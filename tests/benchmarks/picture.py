"""Draws docs/train.svg: what `ann train configs/house_prices.yaml` leaves on a terminal.

python tests/benchmarks/picture.py > docs/train.svg
"""

import io
import re
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
COMMAND = "ann train configs/house_prices.yaml"
LIVE = re.compile(r"\x1b\[\?25l.*\x1b\[\?25h", re.DOTALL)
"""What is drawn while the cursor is hidden, and erased before it is shown again."""

MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKhl]|\r")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("configs", "datasets"):
            (Path(folder) / name).symlink_to(ROOT / name)
        command = str(Path(sys.executable).with_name("ann")) + COMMAND.removeprefix("ann")
        screen = pexpect.run(command, cwd=folder, timeout=600, env={"TERM": "xterm-256color"})
    shown = MOVES.sub("", LIVE.sub("", screen.decode()))
    console = Console(record=True, width=82, file=io.StringIO(), force_terminal=True)
    console.print(f"$ {COMMAND}", highlight=False, style="bold")
    console.print(Text.from_ansi(shown.rstrip("\n")), highlight=False)
    print(console.export_svg(title="ann"))


if __name__ == "__main__":
    main()
