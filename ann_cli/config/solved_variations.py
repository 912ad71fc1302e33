"""Variations of the recipe that are solved for fall away where that cannot be, or not soon."""

from ann_cli.config.complete import loss_of, output_of
from ann_cli.config.spec import Config
from ann_cli.engine.activations import ACTIVATIONS
from ann_cli.engine.layers.take import Take
from ann_cli.engine.optimizers import AdamW
from ann_cli.engine.trainers.output_solving import Newton, is_solvable

LINEAR = AdamW(0.03, weight_decay=0.02)
"""What trains a linear variation then: with this rate it arrives."""

WIDEST = 1024
"""Inputs beside which the output is solved for within seconds."""


def narrowed(
    config: Config, asked: Config, task: str, encoded: int, inputs: int, validated: bool = True
) -> Config:
    """Return a config that the recipe completed without variations that would not be solved soon.

    Nor are any solved whose loss is none for it, or whose penalty no row chooses. `encoded` is
    where encodings begin among the inputs, and `asked` the config before the recipe, whose number
    of members stays. A linear variation has another optimizer then.
    """
    ensemble = config.ensemble
    if ensemble is None or "ensemble" not in config.reasons or not ensemble.variations:
        return config
    activation, loss = ACTIVATIONS[output_of(config, task)], type(loss_of(config, task))
    solvable = validated and is_solvable(activation, loss)
    kept = []
    for each in ensemble.variations:
        layers = each.layers or []
        width = encoded if any(isinstance(layer, Take) for layer in layers) else inputs
        if not isinstance(each.optimizer, Newton) or (solvable and width <= WIDEST):
            kept.append(each)
        elif all(isinstance(layer, Take) for layer in layers):
            kept.append(each.model_copy(update={"optimizer": LINEAR}))
    members = ensemble.members
    if "ensemble" not in asked.model_fields_set:
        members = members // len(ensemble.variations) * len(kept)
    found = ensemble.model_copy(update={"variations": kept, "members": members})
    return config.model_copy(update={"ensemble": found})
