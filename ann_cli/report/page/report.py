"""The report of a run: its sections, as one page."""

from collections.abc import Sequence

from ann_cli.config.models import MODELS
from ann_cli.data.cells.values import listed
from ann_cli.errors import ConfigError, counted, did_you_mean
from ann_cli.report.page.blocks import Figure
from ann_cli.report.page.material import Material
from ann_cli.report.page.page import Shown, page
from ann_cli.report.page.sections import SECTIONS

FEW = 3
"""Targets that the title names, at most."""


def shown(material: Material) -> list[Shown]:
    """Return the sections that a run's report has, with all their blocks."""
    return [
        (each.name, each.title, list(each.blocks(material)))
        for each in SECTIONS.values()
        if each.is_there(material)
    ]


def report(material: Material, sections: Sequence[Shown] | None = None) -> str:
    """Return the HTML of a run's report; of sections that are there already."""
    model = material.run.model
    targets = model.config.data.targets
    # Of a forecast each step ahead is one.
    named = [targets[0].rpartition(" ")[0]] if model.task.of_windows else targets
    family = MODELS[model.config.model]
    called = family.name if family.of_layers else family.called
    few = " and ".join(named) if len(named) <= FEW else listed([*named], FEW)
    title = f"{few or material.run.path.parent.name}: what the {called} learned"
    encoder = model.encoder
    columns = counted(len(encoder.input_columns), "column")
    about = (
        f"{model.config.task}: {model.task.summary(encoder.targets)}, from {columns}. "
        f"The run in {material.run.path.parent}."
    )
    every = shown(material) if sections is None else sections
    return page(title, about, every)


def figures(sections: Sequence[Shown]) -> dict[str, Figure]:
    """Return the charts of sections by their names."""
    return {
        block.name: block
        for _, _, blocks in sections
        for block in blocks
        if isinstance(block, Figure)
    }


def figure(material: Material, name: str) -> Figure:
    """Return one chart of a run's report; no section behind its own is made.

    Raises ConfigError, which lists the names, where there is none of that name.
    """
    known = list[str]()
    for section in SECTIONS.values():
        for block in section.blocks(material) if section.is_there(material) else ():
            if isinstance(block, Figure):
                if block.name == name:
                    return block
                known.append(block.name)
    near = did_you_mean(name, known)
    there = f"this run has: {', '.join(known)}" if known else "this run has none"
    raise ConfigError(f"there is no chart {name}", place="--what", remedy=f"{near} {there}".strip())
