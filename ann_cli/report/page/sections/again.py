"""How to make the run again: its config, its data, what it was made with, and the commands."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.data.rows.split import SIDES
from ann_cli.errors import counted
from ann_cli.model.checksums import differing, recorded
from ann_cli.report.page.blocks import Block, Facts, Words
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.columns import columns
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.settings import settings


def blocks(material: Material) -> Iterator[Block]:
    """Yield the commands, what the config says, what the columns hold, versions and hashes."""
    yield from _commands(material)
    yield from settings(material.run)
    yield from columns(material)
    yield _made_with(material)
    yield from _hashes(material)


def _commands(material: Material) -> Iterator[Block]:
    run = material.run
    folder, file = run.path.parent, run.model.config.data.file
    config = shlex.quote(str(folder / "config.yaml"))
    again = shlex.quote(f"save_to={folder}_again")
    rows = " < DATA.csv" if file == "-" else ""
    data = " --data DATA.csv" if file == "-" else ""
    place = shlex.quote(str(folder))
    yield Words(
        "Equal configs, data, versions and seeds give equal networks, to the last bit on the same "
        "machine. The first command trains again beside this run; the second trains again and says "
        "whether the same network comes out."
    )
    lines = (
        f"ann train {config} --set {again}{rows}",
        f"ann verify {place}{data}",
        f"ann report {place}{data}",
    )
    yield Words("\n".join(lines), "code")


def _made_with(material: Material) -> Facts:
    metrics = material.run.metrics
    versions: Mapping[str, Any] = metrics["versions"]
    sides = (f"{metrics[side]['rows']:,} {side}" for side in SIDES if metrics.get(side))
    dropped = metrics.get("dropped_rows", 0)
    facts = {
        "task": metrics["task"],
        "rows": ", ".join(sides) + (f"; {dropped:,} left out" if dropped else ""),
        "parameters": f"{metrics['parameters']:,}",
        "trained for": f"{counted(metrics['epochs'], 'epoch')}, {metrics['seconds']:,.1f} s",
        "best epoch": f"{metrics['best_epoch']:,}",
        "seed": str(metrics["seed"]),
        "engine": metrics["engine"],
        "config": metrics.get("config") or "given in Python, or on standard input",
        **{name: str(each) for name, each in versions.items()},
    }
    rows = [[*each] for each in facts.items()]
    return Facts("What it was made with", ["what", "value"], rows, texts=True)


def _hashes(material: Material) -> Iterator[Block]:
    run = material.run
    folder, digests = run.path.parent, run.model.digests
    files = {f"data.{key}": digest for key, digest in digests.items()} | recorded(folder)
    if files:
        yield Facts(
            "SHA-256 of the data and of the run's files",
            ["file", "SHA-256"],
            [[name, digest] for name, digest in files.items()],
            folded=True,
            texts=True,
        )
    if changed := differing(folder):
        yield Words(
            f"{' and '.join(changed)} in {folder} is not what SHA256SUMS beside it names: a "
            "training was cut short while it replaced the files, or one was changed.",
            "warning",
        )


SECTION = Section("again", "How to make it again", blocks)
