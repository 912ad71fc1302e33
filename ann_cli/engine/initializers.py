"""Initializers: where the weights start. Biases start at 0."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any, ClassVar

import numpy as np

from ann_cli.engine.parameters import Shape
from ann_cli.engine.settings import Array, Entry, setting, table


class Initializer(Entry):
    """How the first weights of a layer are drawn."""

    draw: ClassVar[Callable[..., Any]]
    """`draw(generator, shape, inputs, units, …)` returns an array of a shape in float64, for units
    of so many inputs each."""

    def weights(
        self, generator: np.random.Generator, shape: Shape, inputs: int, units: int
    ) -> Array:
        """Return the first weights of `units` units with `inputs` inputs each."""
        return self.draw(generator, shape, inputs, units, *self.values())


@dataclass(frozen=True)
class SmallRandom(Initializer):
    """Small numbers close to 0 but not 0, of either sign."""

    name = "small_random"
    scale: float = setting(0.05, "the largest size of a weight", gt=0)

    @staticmethod
    def draw(
        generator: np.random.Generator, shape: Shape, inputs: int, units: int, scale: Any
    ) -> Array:
        # random() lies in [0, 1), so 1 - random() is never 0.
        size = scale * (1 - generator.random(shape))
        return np.where(generator.random(shape) < 0.5, -size, size)


class GlorotUniform(Initializer):
    """Uniform with variance 2 / (inputs + units): for tanh, sigmoid and linear.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", equation 16.
    """

    name = "glorot_uniform"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        limit = sqrt(6 / (inputs + units))
        return generator.uniform(-limit, limit, shape)


class GlorotNormal(Initializer):
    """Normal with variance 2 / (inputs + units): Glorot & Bengio 2010, equation 12."""

    name = "glorot_normal"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        return generator.normal(0, sqrt(2 / (inputs + units)), shape)


class HeUniform(Initializer):
    """Uniform with variance 2 / inputs: for relu and its kin.

    He et al. 2015, "Delving deep into rectifiers", equation 10.
    """

    name = "he_uniform"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        limit = sqrt(6 / inputs)
        return generator.uniform(-limit, limit, shape)


class HeNormal(Initializer):
    """Normal with variance 2 / inputs: He et al. 2015, equation 10."""

    name = "he_normal"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        return generator.normal(0, sqrt(2 / inputs), shape)


class LecunNormal(Initializer):
    """Normal with variance 1 / inputs: for selu.

    LeCun et al. 1998, "Efficient backprop", section 4.6.
    """

    name = "lecun_normal"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        return generator.normal(0, sqrt(1 / inputs), shape)


class Orthogonal(Initializer):
    """At right angles: what goes round many times neither grows nor fades; for recurrent weights.

    Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks": the Q of a normal matrix's QR, with the signs that make all of them alike likely.
    """

    name = "orthogonal"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        rows, columns = prod(shape[:-1]), shape[-1]
        normal = generator.normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(normal)
        q *= np.copysign(1, np.diagonal(r))
        return (q if rows >= columns else q.T).reshape(shape)


class Zeros(Initializer):
    """All zeros: every hidden unit stays the same as its neighbours (to see why that fails)."""

    name = "zeros"

    @staticmethod
    def draw(generator: np.random.Generator, shape: Shape, inputs: int, units: int) -> Array:
        return np.zeros(shape)


INITIALIZERS = table(
    SmallRandom, GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunNormal, Orthogonal, Zeros
)
