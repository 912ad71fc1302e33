"""A section of a report: what it is called, when it is there, what it shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ann_cli.config.models import MODELS
from ann_cli.report.page.blocks import Block
from ann_cli.report.page.material import Material


def always(material: Material) -> bool:
    """Whether a section is there that every run has."""
    return True


def with_rows(material: Material) -> bool:
    """Whether a section is there that shows rows."""
    return material.seen is not None


def with_layers(material: Material) -> bool:
    """Whether a section is there that is about layers."""
    return MODELS[material.run.model.config.model].of_layers


@dataclass(frozen=True)
class Section:
    """One section; a task or a kind of layer has its own by what `suits` asks."""

    name: str
    title: str
    blocks: Callable[[Material], Iterator[Block]]
    suits: Callable[[Material], bool] = always
    predicts: bool = False
    """Whether it tells of a column that is predicted; without one it is not there."""

    def is_there(self, material: Material) -> bool:
        """Whether the report of a run has it."""
        predicts = material.run.model.task.has_target
        return (predicts or not self.predicts) and self.suits(material)
