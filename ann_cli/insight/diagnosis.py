"""Diagnosis while training: what an epoch has left of a network's units and gradients.

Epochs are looked at on a few rows, always the same; what is said in words when training ends is
first counted on all of them, or of millions on many.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import ceil

import numpy as np

from ann_cli.engine.layers.recurrent import RecurrentLayer
from ann_cli.engine.network import PREDICTED_ROWS, Network
from ann_cli.engine.rows import Rows, Source
from ann_cli.engine.settings import Array
from ann_cli.insight.names import layer_key, layer_title, titled
from ann_cli.insight.units import shares_in, unit_shares
from ann_cli.model.model import Model

SAMPLE = 256
"""Training rows that are looked at."""

FIRST, EVERY, LARGE = 10, 20, 50 * SAMPLE
"""Each of the first epochs is looked at, then every twentieth; of so many rows, all epochs are.
On the example's 200 epochs of 2,344 rows this takes 1% of the time; at each it would be 6%."""

COUNTED = 100_000
"""Rows on which units are counted in the end, about: blocks of them evenly spaced."""

MANY = 0.25
"""The share of a layer's units from which it is worth a word that they are dead or saturated."""

STATES = {
    "dead": "keep a state near 0 at all steps, and tell nothing",
    "saturated": "keep their state near a limit, and hardly learn",
}
"""What is said of the units of recurrent layers."""

REMEDY = "try gradient_clip: 1.0, data.scaling: standard, or a learning rate below"

VANISHING = 0.001
"""A layer hardly learns where its gradient, a parameter, is less than this part of the output's."""


class Diagnosis:
    """Looks at a network on the same rows after an epoch, and changes nothing of its training."""

    def __init__(self, model: Model, rows: Source) -> None:
        """`rows` are those that train; the first of them are looked at."""
        self.rows: Rows = next(rows.blocks(SAMPLE, None))
        self.large = len(rows) >= LARGE
        self._model = model

    def looks_at(self, epoch: int) -> bool:
        """Whether this epoch is one of those that are looked at."""
        return self.large or epoch <= FIRST or epoch % EVERY == 0

    def measures(self) -> dict[str, float]:
        """Return the shares of dead and of saturated units and the gradient's norm, by layer.

        The gradient is that of the rows' mean loss, without dropout and penalties. It is written
        where the network keeps its own, which the next step overwrites; no generator of the
        training draws.
        """
        rows, network = self.rows, self._model.member
        with np.errstate(over="ignore", invalid="ignore"):
            network.gradient(rows.x, rows.y, rows.weight, None)
        found = {}
        shares = shares_in([network.seen()])
        for place, share in shares.items():
            found[f"{layer_key(place)}_dead"] = float(share.dead.mean())
            found[f"{layer_key(place)}_saturated"] = float(share.saturated.mean())
        for name, place in _gradients(network).items():
            found[name] = _norm(network.views(network.grad, place))
        return {name: found[name] for name in measure_names(network)}


def measure_names(network: Network) -> list[str]:
    """Return the names of what `Diagnosis.measures` tells of a network."""
    gradients, names = _gradients(network), []
    for place, layer in network.chain.leaves():
        key = layer_key(place)
        names += [f"{key}_dead", f"{key}_saturated"] if layer.is_watched else []
        names += [name for name, of in gradients.items() if of == place]
    return names


def _gradients(network: Network) -> dict[str, str]:
    """Return what the gradient of each layer that learns is called, and the layer's place."""
    places = [place for place, layer in network.chain.leaves() if layer.parameters]
    *hidden, output = places
    return {f"{layer_key(place)}_gradient": place for place in hidden} | {"output_gradient": output}


def _norm(slopes: Mapping[str, Array]) -> float:
    """Return the length of a layer's gradient, in float64 lest a square overflow."""
    return float(np.sqrt(sum(np.square(each, dtype=np.float64).sum() for each in slopes.values())))


def warnings(model: Model, history: Sequence[Mapping[str, float]], rows: Source) -> tuple[str, ...]:
    """Return what the epochs tell, as sentences; nothing where all is well.

    The network is that of the last epoch, which was looked at; the rows are those that trained it.
    """
    told: tuple[str, ...] = ()
    if any(share >= MANY for shares in looked_at(history[-1]).values() for share in shares):
        every = ceil(len(rows) / COUNTED)
        few = f"none of {len(rows) // every:,} training rows"
        parts = (block.x for block in islice(rows.blocks(PREDICTED_ROWS, None), 0, None, every))
        found = {
            layer_key(place): (float(shares.dead.mean()), float(shares.saturated.mean()))
            for place, shares in unit_shares(model.member, parts).items()
        }
        told = tuple(_idle(model, history, found, "no training row" if every == 1 else few))
    return _said(model, told or tuple(_vanishing(model.member, history)))


def early_warnings(model: Model, history: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """Return the same while the training lasts, by the few rows that are looked at.

    `history` holds the epochs that were looked at.
    """
    told = tuple(_idle(model, history, looked_at(history[-1]), "none of the rows looked at"))
    return _said(model, told or tuple(_vanishing(model.member, history)))


def _said(model: Model, told: tuple[str, ...]) -> tuple[str, ...]:
    if model.config.ensemble:
        return tuple(f"the first of the networks: {each}" for each in told)
    return told


def looked_at(record: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the shares of dead and of saturated units in the record of an epoch, by layer.

    Nothing of an epoch that was not looked at.
    """
    return {
        name.removesuffix("_dead"): (share, record[f"{name.removesuffix('_dead')}_saturated"])
        for name, share in record.items()
        if name.startswith("layer_") and name.endswith("_dead")
    }


def _idle(
    model: Model,
    history: Sequence[Mapping[str, float]],
    found: Mapping[str, tuple[float, float]],
    counted: str,
) -> Iterator[str]:
    """Yield a sentence for each layer of which many units are dead, and many saturated.

    `found` has the shares of both; dead units fire on what is `counted`.
    """
    rate = getattr(model.config.variation(0).optimizer, "learning_rate", None)
    if rate is None:  # units that stay as they were drawn
        return
    leaves = model.member.chain.leaves()
    states = {layer_key(at) for at, layer in leaves if isinstance(layer, RecurrentLayer)}
    for key, shares in found.items():
        title = titled(key)
        for name, share in zip(("dead", "saturated"), shares, strict=True):
            if share < MANY:
                continue
            since = _since(history, f"{key}_{name}")
            if key in states:
                yield f"{title}: {share:.0%} of units {STATES[name]} ({since}); {REMEDY} {rate:g}"
            elif name == "dead":
                yield (
                    f"{title}: {share:.0%} of units fire on {counted} ({since}); "
                    f"leaky_relu keeps them alive, or a learning rate below {rate:g}"
                )
            else:
                remedy = f"relu has no limit above, or a learning rate below {rate:g}"
                if model.config.data.scaling == "none":
                    remedy = "data.scaling: standard brings the inputs near 1"
                yield (
                    f"{title}: {share:.0%} of units are saturated, their slope near 0 "
                    f"({since}); {remedy}"
                )


def _since(history: Sequence[Mapping[str, float]], name: str) -> str:
    """Say from which epoch on the share has been large without a break, on the rows looked at."""
    seen = [record for record in history if name in record]
    few = (at for at, record in enumerate(seen, start=1) if record[name] < MANY)
    # On all rows it may be large in the last epoch, and not on the few.
    since = int(seen[min(max(few, default=0), len(seen) - 1)]["epoch"])
    return f"many since epoch {since}"


def _vanishing(network: Network, history: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """Yield a sentence where the first layer's gradient is as good as none, against the last's."""
    (name, place), *others = _gradients(network).items()
    if not others:
        return
    first, output = (
        np.sqrt(sum(each.size for each in network.views(network.grad, at).values()))
        for at in (place, others[-1][1])
    )
    ratios = [
        (record[name] / first) / (record["output_gradient"] / output)
        for record in history
        if record.get("output_gradient", 0) > 0
    ]
    middle = float(np.median(ratios)) if ratios else 1.0
    if middle < VANISHING:
        part = f"1/{1 / middle:,.0f} of" if middle > 0 else "nothing beside"
        yield (
            f"{layer_title(place)} hardly learns: its gradient is {part} the output's, a parameter "
            "(the middle of all epochs); use fewer layers, relu in them, or initializer: auto"
        )
