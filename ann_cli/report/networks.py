"""What is trained, in words: a network, or the networks of an ensemble."""

from typing import TYPE_CHECKING, Any

from ann_cli.engine.layers.scale import Scale
from ann_cli.engine.layers.take import Take
from ann_cli.errors import counted
from ann_cli.model.networks import OTHERS

if TYPE_CHECKING:
    from ann_cli.config.spec import Config
    from ann_cli.run import Run, TrainingRun


def network_line(started: "TrainingRun") -> str:
    """Say in one line what is trained, and by which engine."""
    network: Any = started.model.network
    config = started.model.config
    if config.model in OTHERS:
        size = f"{network.theta.size:,} parameters; {started.trainer.engine}"
        return f"{network.summary()}; {size}"
    layers = [f"{network.inputs} inputs", _layers(config.variation(0))]
    layers.append(f"{network.outputs} {network.output.activation.name}")
    said = " → ".join(filter(None, layers))
    if config.ensemble:
        more = config.variations - 1
        said += f", and {counted(more, 'variation')} of it" if more else ""
        said = f"{config.ensemble.members} networks: {said}"
    return f"{said}; {network.theta.size:,} parameters; {started.trainer.engine}"


VARIATION = ["rate", "share", "epoch", "loss"]
"""What is told of each form of an ensemble's networks: first the learning rate, which may be all
that tells two of them apart."""


def variations(run: "Run") -> list[tuple[str, ...]]:
    """Return what each form of an ensemble's networks has of the average, a row each."""
    config, told = run.model.config, run.metrics["ensemble"]["variations"]
    return [
        (f"{number}: {_form(form)}", *_row(form, each))
        for number, (form, each) in enumerate(zip(config.forms, told, strict=True), start=1)
    ]


def _form(config: "Config") -> str:
    """Return a form's layers; where none of them learns what a line does not, it is linear."""
    layers = _layers(config)
    if any(not isinstance(each, Take | Scale) for each in config.layers):
        return layers
    return f"linear ({layers})" if layers else "linear"


def _row(config: "Config", told: dict[str, Any]) -> tuple[str, ...]:
    loss = told["validation_loss"]
    return (
        f"{getattr(config.optimizer, 'learning_rate', '–')}",
        f"{told['share']:.0%}",
        str(told["best_epoch"]),
        "–" if loss is None else f"{loss:.4g}",
    )


def _layers(config: "Config") -> str:
    return " → ".join(layer.summary() for layer in config.layers)
