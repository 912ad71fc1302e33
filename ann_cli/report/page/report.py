"""The report of a run: its sections, as one page."""

from ann_cli.report.page.blocks import Figure
from ann_cli.report.page.material import Material
from ann_cli.report.page.page import page
from ann_cli.report.page.sections import SECTIONS
from ann_cli.report.terminal import printable


def report(material: Material) -> str:
    """Return the HTML of a run's report."""
    model = material.run.model
    title = f"{' and '.join(model.config.data.targets)}: what the network learned"
    about = f"The run in {material.run.path.parent}."
    every = [
        (each.name, each.title, list(each.blocks(material)))
        for each in SECTIONS.values()
        if each.suits(material)
    ]
    return page(printable(title), printable(about), every)


def figures(material: Material) -> dict[str, Figure]:
    """Return the charts of a run's report by their names."""
    return {
        block.name: block
        for section in SECTIONS.values()
        if section.suits(material)
        for block in section.blocks(material)
        if isinstance(block, Figure)
    }
