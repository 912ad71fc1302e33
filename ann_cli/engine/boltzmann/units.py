"""Units that are 0 or 1, in place: their probabilities, and draws from these."""

import numpy as np

from ann_cli.engine.settings import Array


def sigmoid(z: Array) -> Array:
    """Write the probability of 1 over each weighted sum, and return it."""
    with np.errstate(over="ignore"):  # e⁸⁹ is infinite in float32, and its inverse 0
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        return np.reciprocal(z, out=z)


def softmax(z: Array) -> Array:
    """Write the probability of each over the weighted sums along the last axis, and return it."""
    z -= z.max(axis=-1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=-1, keepdims=True)
    return z


def softplus(z: Array) -> Array:
    """Return ln(1 + eᶻ) of each number, without overflow."""
    found: Array = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return found


def uniform(generator: np.random.Generator, out: Array) -> Array:
    """Write numbers between 0 and 1 into `out`, and return it.

    In float32 they are the middles of 65,536 steps: four of one draw, in a third of the time. What
    is compared with them is on as often as it should be but for a half of such a step.
    """
    if out.dtype != np.float32:
        return generator.random(out=out, dtype=out.dtype.type)
    bits = generator.bit_generator.random_raw(-(-out.size // 4)).view(np.uint16)
    np.add(bits[: out.size].reshape(out.shape), np.float32(0.5), out=out)
    return np.multiply(out, np.float32(1 / 65_536), out=out)


def draw(probability: Array, generator: np.random.Generator, out: Array) -> Array:
    """Write 1 with each probability, else 0, into `out`, and return it."""
    uniform(generator, out)
    return np.less(out, probability, out=out)


def draw_of_sums(z: Array, generator: np.random.Generator, out: Array) -> Array:
    """Write 1 with the probability of each weighted sum, else 0, into `out`; `z` is spent.

    u < 1 / (1 + e⁻ᶻ) where u (1 + e⁻ᶻ) < 1: the probability itself, a division, is not needed.
    """
    uniform(generator, out)
    with np.errstate(over="ignore", invalid="ignore"):  # 0 times infinity: compares as false
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        out *= z
        return np.less(out, 1, out=out)


def draw_one_of(probability: Array, generator: np.random.Generator) -> Array:
    """Return arrays of the same shape with a single 1 along the last axis, drawn."""
    bounds = np.cumsum(probability, axis=-1)
    u = generator.random(bounds.shape[:-1], dtype=bounds.dtype.type)[..., np.newaxis]
    # The last bound is 1 but for rounding; as none lies beyond it, one of them is always drawn.
    chosen = np.sum(u >= bounds[..., :-1], axis=-1, keepdims=True)
    found = np.zeros_like(probability)
    np.put_along_axis(found, chosen, 1, axis=-1)
    return found
