"""What a Boltzmann machine has to beat: base rates, and of a deep one a single layer as large."""

from typing import Any

from ann_cli.engine.boltzmann.base_rates import begin
from ann_cli.engine.boltzmann.machine import BoltzmannMachine
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Source
from ann_cli.engine.trainers.contrastive_divergence import ContrastiveDivergence
from ann_cli.model.model import Model
from ann_cli.model.networks import new_network


def machine_of(model: Model) -> BoltzmannMachine:
    """Return the machine of a model that is one."""
    machine: Any = model.network
    assert isinstance(machine, BoltzmannMachine)
    return machine


def base_rates(model: Model, training: Source) -> dict[str, Model]:
    """Return a machine whose weights are 0: each column by itself has its mean."""
    found = Model(model.config, model.encoder, new_network(model.config, model.encoder))
    begin(machine_of(found), training)
    return {"base_rates": found}


def single_layer(model: Model, training: Source) -> dict[str, Model]:
    """Return a machine that has the hidden units of a deep one in one layer; of others nothing.

    Rows pass it as often as they pass the deep one's first layer.
    """
    config, machine = model.config, machine_of(model)
    if not machine.is_deep:
        return {}
    update: dict[str, Any] = {
        "layers": [Dense(sum(machine.units))],
        "epochs": config.epochs + config.pretraining.epochs * bool(config.epochs),
    }
    other = config.model_copy(update=update)
    network = new_network(other, model.encoder)
    found = Model(other, model.encoder, network, ratings=model.ratings)
    trainer = ContrastiveDivergence.of(other, found.network, generators(config.seed))
    for _ in trainer.run(training):
        pass
    return {"one_layer": found}
