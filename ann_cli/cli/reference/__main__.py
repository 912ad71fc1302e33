"""Writes the pages that are made of the program into a folder: docs/."""

import sys
from pathlib import Path

from ann_cli.cli.reference import pages

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, text in pages().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
