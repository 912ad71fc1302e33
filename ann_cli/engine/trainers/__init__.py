"""Trainers: what changes the parameters of a network. One file a trainer, and here their table."""

from typing import Any

from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.engine.trainers.batch_rule import BatchRule
from ann_cli.engine.trainers.brute_force import Search
from ann_cli.engine.trainers.contrastive_divergence import ContrastiveDivergence
from ann_cli.engine.trainers.ensemble_training import EnsembleTraining
from ann_cli.engine.trainers.local_rounds import LocalRounds
from ann_cli.engine.trainers.online_rule import OnlineRule
from ann_cli.engine.trainers.output_solving import OutputSolver
from ann_cli.engine.trainers.perceptron import PerceptronRule
from ann_cli.engine.trainers.trainer import Trainer

TRAINERS: tuple[type[Trainer], ...] = (
    *(BatchRule, OnlineRule, ContrastiveDivergence),
    *(EnsembleTraining, Search, OutputSolver, PerceptronRule, LocalRounds, BackPropagation),
)
"""The first that suits a config trains it."""


def trainer_for(config: Any) -> type[Trainer]:
    """Return the trainer that a completed config asks for."""
    return next(each for each in TRAINERS if each.suits(config))
