"""Boltzmann machines: visible and hidden units that tell how likely a row is, without a target."""

from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.boltzmann.visible import VISIBLES, Visible, VisibleUnits

__all__ = ["VISIBLES", "BoltzmannMachine", "Visible", "VisibleUnits"]
