"""Rows in compiled code: a block of them in one call, step by step, with the tables' own formulas.

All that a network learns with (parameters, gradient, state, each layer's sums) lies in one array
`w`, at places and in sizes that the compiler knows: it sees that nothing overlaps, keeps what it
can in registers and works on several units at once. Numbers that change from run to run (rates,
penalties, an activation's settings) are read from arrays: they need no new compilation.
"""

# The compiled functions are closures over whole numbers, which the compiler takes for constants.
# Their arguments have no Python types; numba finds the types of what they are called with.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.core import config
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.cpython.unsafe.tuple import tuple_setitem

from ann_cli.engine.activations import Activation, Softmax
from ann_cli.engine.layers import Dense
from ann_cli.engine.losses import Loss
from ann_cli.engine.rows import Rows
from ann_cli.engine.settings import Array, Entry

if TYPE_CHECKING:
    from ann_cli.engine.training import Training

NARROW = 4
"""Units of a layer below which loops go along its inputs."""

UNROLLED = 32
"""Units of a layer up to which the compiler unrolls a loop over them."""

FORMULAS = ("activations.py", "losses.py", "optimizers.py", "compiled.py")
"""What is compiled is known by the text of these."""

# Sums in any order, as vector instructions need them; a NaN stays one, so that divergence shows.
OPTIONS = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
    "forceinline": True,
}
inlined = numba.njit(**OPTIONS)


def rational_tanh(z):
    """tanh to 7 units in float32's last place, in terms that vector instructions know.

    x P(x²) / Q(x²) with the coefficients of Eigen's `ptanh_float`; exactly 1 from 7.9 on.
    """
    limit = np.float32(7.9)
    x = np.minimum(np.maximum(z, -limit), limit)
    s = x * x
    p = np.float32(-2.76076847742355e-16) * s + np.float32(2.00018790482477e-13)
    p = p * s + np.float32(-8.60467152213735e-11)
    p = p * s + np.float32(5.12229709037114e-08)
    p = p * s + np.float32(1.48572235717979e-05)
    p = p * s + np.float32(6.37261928875436e-04)
    p = p * s + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06) * s + np.float32(1.18534705686654e-04)
    q = q * s + np.float32(2.26843463243900e-03)
    q = q * s + np.float32(4.89352518554385e-03)
    inside = x * p / q
    outside = np.float32(1) if z > 0 else np.float32(-1)
    return outside if abs(z) > limit else inside


def _functions(dtype: Any) -> ModuleType:
    """Return the NumPy that formulas see; in float32 with functions that vectorise."""
    seen = ModuleType("numpy")
    vars(seen).update(vars(np))
    if dtype == np.float32:
        vars(seen).update(tanh=inlined(rational_tanh))
    return seen


def formula(function: Callable[..., Any], dtype: Any) -> Any:
    """Return a table's formula compiled for numbers of a type, with its literals of that type.

    Literals are weak in NumPy; to the compiler they are float64 and make all else float64, too.
    """
    code = function.__code__
    literals = [dtype.type(each) if isinstance(each, float) else each for each in code.co_consts]
    code = code.replace(co_consts=tuple(literals))
    return inlined(FunctionType(code, {"np": _functions(dtype)}))


def reader(count: int, dtype: Any) -> Any:
    """Return the function that reads `count` numbers of an array into a tuple."""
    zeros = (dtype.type(0),) * count

    @inlined
    def read(numbers, start):
        values = zeros
        for index in range(count):
            values = tuple_setitem(values, index, numbers[start + index])
        return values

    return read if count else inlined(lambda numbers, start: ())


class Layout:
    """Where in the array `w` everything lies."""

    def __init__(self) -> None:
        self.size = 0
        self.draws = 0
        self.constants: list[tuple[int, Any]] = []

    def place(self, size: int) -> int:
        """Return where the next `size` numbers lie."""
        start, self.size = self.size, self.size + size
        return start

    def constant(self, values: tuple[float, ...], dtype: Any) -> tuple[int, Any]:
        """Return where these numbers lie, and what reads them."""
        start = self.place(len(values))
        self.constants.append((start, values))
        return start, reader(len(values), dtype)

    def draw(self, units: int) -> int:
        """Return how many random numbers a row draws before the next `units`."""
        start, self.draws = self.draws, self.draws + units
        return start


class Steps:
    """The steps of one training in compiled code, called with a block of rows at a time."""

    def __init__(self, training: "Training", batch: int) -> None:
        network = training.network
        self.training, self.batch = training, batch
        self.dtype = network.theta.dtype
        self.layout = Layout()
        self.layout.place(network.theta.size)  # theta lies first: its indices are places
        self.state = self.layout.place(training.state.size)
        kernel = _block(training, batch, self.layout, self.state)
        kernel._cache = Kept(_key(training, batch))
        number = numba.from_dtype(self.dtype)
        with _vectorized_whole(network.layers):
            kernel.compile(numba.float64(*[number[::1]] * 6, numba.int64))
        self.kernel = kernel
        self.w = np.zeros(self.layout.size, self.dtype)
        for start, values in self.layout.constants:
            self.w[start : start + len(values)] = values

    def __call__(self, rows: Rows, rates: Array) -> float:
        """Take a step for each of `rates`; return the sum of the rows' losses."""
        training, optimizer, dtype = self.training, self.training.optimizer, self.dtype
        steps = np.arange(training.steps + 1, training.steps + len(rates) + 1)
        columns = (rates, *optimizer.corrections(steps), *optimizer.values())
        numbers = np.empty((len(rates), len(columns)), dtype)
        for index, column in enumerate(columns):
            numbers[:, index] = column
        weight = np.ones(len(rows), dtype) if rows.weight is None else rows.weight
        size = len(rows) * self.layout.draws
        draws = training.generators["dropout"].random(size, dtype=dtype.type)
        kept = (0, training.network.theta), (self.state, training.state.reshape(-1))
        for start, values in kept:
            self.w[start : start + values.size] = values
        arrays = (
            np.require(each, dtype, ["C", "W"]).reshape(-1) for each in (rows.x, rows.y, weight)
        )
        loss = self.kernel(self.w, *arrays, draws, numbers.reshape(-1), self.batch)
        for start, values in kept:
            values[...] = self.w[start : start + values.size]
        training.steps += len(rates)
        return float(loss)


@contextmanager
def _vectorized_whole(layers: tuple[Dense, ...]) -> Iterator[None]:
    """Let the compiler vectorise loops that it has unrolled, where layers are short enough.

    Measured: 4-8-1 gains 30%, 4-64-32-1 a factor of 3; 4-64-1, whose loops stay loops, would lose a
    factor of 2.5.
    """
    before = config.SLP_VECTORIZE
    config.SLP_VECTORIZE = any(NARROW <= layer.units <= UNROLLED for layer in layers)
    try:
        yield
    finally:
        config.SLP_VECTORIZE = before


def _block(training: "Training", batch: int, layout: Layout, state: int) -> Any:
    """Return the function that takes the steps of a block of rows."""
    network, optimizer, dtype = training.network, training.optimizer, training.network.theta.dtype
    parameters, weights = network.theta.size, network.weights_size
    inputs, outputs = network.inputs, network.outputs
    l1, l2, clip = training.l1 > 0, training.l2 > 0, training.gradient_clip is not None
    # One row's slopes go straight into the step, unless they are summed over rows or clipped.
    stored = batch > 1 or clip
    grad = layout.place(parameters if stored else 0)
    bounds = (training.l1, training.l2, training.gradient_clip or 0.0)
    penalties, read_costs = layout.constant(bounds, dtype)
    change_weight = _change(training, state, l1, l2 and not stored)
    change_bias = _change(training, state, False, False)
    columns = 1 + len(optimizer.corrections(1)) + len(optimizer.values())
    read_numbers = reader(columns, dtype)
    number = dtype.type
    zero = number(0)

    @inlined
    def add(w, p, slope, numbers, penalties):
        w[grad + p] += slope

    @inlined
    def finish(w, numbers, costs):
        if l2:
            for p in range(weights):
                w[grad + p] += costs[1] * w[p]
        if clip:
            square = zero
            for p in range(parameters):
                square += w[grad + p] * w[grad + p]
            norm = np.sqrt(square)
            if norm > costs[2]:
                shrink = costs[2] / norm
                for p in range(parameters):
                    w[grad + p] *= shrink
        for p in range(weights):
            change_weight(w, p, w[grad + p], numbers, costs)
        for p in range(weights, parameters):
            change_bias(w, p, w[grad + p], numbers, costs)

    x_at, y_at = layout.place(inputs), layout.place(outputs)
    learn = (add, add) if stored else (change_weight, change_bias)
    row = _row(training, layout, 0, x_at, None, y_at, learn)
    drawn = layout.draws

    @numba.njit(**{**OPTIONS, "forceinline": False})
    def block(w, x, y, weight, draws, table, batch):
        loss = 0.0
        costs = read_costs(w, penalties)
        for step in range(len(table) // columns):
            first = step * batch
            count = min(batch, len(weight) - first)
            numbers = read_numbers(table, step * columns)
            if stored:
                for p in range(parameters):
                    w[grad + p] = zero
            for r in range(count):
                for i in range(inputs):
                    w[x_at + i] = x[(first + r) * inputs + i]
                for j in range(outputs):
                    w[y_at + j] = y[(first + r) * outputs + j]
                scale = weight[first + r] / number(count)
                cost = row(w, draws, first * drawn, r, count, scale, numbers, costs)
                loss += cost * weight[first + r]
            if stored:
                finish(w, numbers, costs)
        return loss

    return block


def _change(training: "Training", state: int, l1: bool, l2: bool) -> Any:
    """Return the function that takes a parameter's step, given its slope."""
    size, dtype = training.network.theta.size, training.network.theta.dtype
    update = formula(training.optimizer.update, dtype)
    zero = dtype.type(0)
    second = state + size

    @inlined
    def none(w, p, slope, numbers):
        (w[p],) = update(w[p], slope, *numbers)

    @inlined
    def single(w, p, slope, numbers):
        new = update(w[p], slope, w[state + p], *numbers)
        w[p], w[state + p] = new

    @inlined
    def double(w, p, slope, numbers):
        new = update(w[p], slope, w[state + p], w[second + p], *numbers)
        w[p], w[state + p], w[second + p] = new

    step = (none, single, double)[len(training.optimizer.state)]

    @inlined
    def change(w, p, slope, numbers, costs):
        if l2:
            slope += costs[1] * w[p]
        step(w, p, slope, numbers)
        if l1:
            size = max(abs(w[p]) - numbers[0] * costs[0], zero)
            w[p] = size if w[p] >= zero else -size

    return change


def _row(
    training: "Training",
    layout: Layout,
    index: int,
    x: int,
    x_slope: int | None,
    y: int,
    learn: Any,
) -> Any:
    """Return the function that takes a row from a layer to the end and back, and gives its loss.

    `x` is where the layer's inputs lie; `x_slope` where the loss's slope by them goes.
    """
    network, dtype = training.network, training.network.theta.dtype
    layer = network.layers[index]
    last = layer is network.layers[-1]
    inputs, units = layer.shapes[0]
    before = network.layers[:index]
    weights = sum(each.inputs * each.units for each in before)
    bias = network.weights_size + sum(each.units for each in before)
    z, a, delta = layout.place(units), layout.place(units), layout.place(units)
    activate, slope = _activation(layout, layer.activation, units, dtype, z, a, delta)
    drop, undrop, out = _dropout(layout, 0 if last else layer.dropout, units, dtype, a, delta)
    learn_bias = learn[1]
    if last:
        beyond = _loss(layout, network.loss, layer.activation, slope, units, dtype, z, a, y, delta)
    else:
        beyond = _row(training, layout, index + 1, out, delta, y, learn)

    matrix = _narrow if units < NARROW else _wide
    weighted_sums, inputs_slope, learn_weights = matrix(
        inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn[0]
    )

    @inlined
    def row(w, draws, at, r, count, scale, numbers, costs):
        weighted_sums(w)
        activate(w, draws, at, r, count)
        drop(w, draws, at, r, count)
        loss = beyond(w, draws, at, r, count, scale, numbers, costs)
        if not last:
            undrop(w)
            slope(w)
        if x_slope is not None:
            inputs_slope(w)
        learn_weights(w, numbers, costs)
        for j in range(units):
            learn_bias(w, bias + j, w[delta + j], numbers, costs)
        return loss

    return row


def _wide(inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn_weight):
    """Return the three products with a layer's weights, their innermost loops along its units."""
    zero = dtype.type(0)

    @inlined
    def weighted_sums(w):
        for j in range(units):
            w[z + j] = w[bias + j]
        for i in range(inputs):
            value = w[x + i]
            for j in range(units):
                w[z + j] += value * w[weights + i * units + j]

    @inlined
    def inputs_slope(w):
        for i in range(inputs):
            total = zero
            for j in range(units):
                total += w[delta + j] * w[weights + i * units + j]
            w[x_slope + i] = total

    @inlined
    def learn_weights(w, numbers, costs):
        for i in range(inputs):
            value = w[x + i]
            for j in range(units):
                learn_weight(w, weights + i * units + j, value * w[delta + j], numbers, costs)

    return weighted_sums, inputs_slope, learn_weights


def _narrow(inputs, units, dtype, x, x_slope, weights, bias, z, delta, learn_weight):
    """Return the same for few units, with the innermost loops along the inputs."""
    zero = dtype.type(0)

    @inlined
    def weighted_sums(w):
        for j in range(units):
            total = w[bias + j]
            for i in range(inputs):
                total += w[x + i] * w[weights + i * units + j]
            w[z + j] = total

    @inlined
    def inputs_slope(w):
        for i in range(inputs):
            w[x_slope + i] = zero
        for j in range(units):
            slope = w[delta + j]
            for i in range(inputs):
                w[x_slope + i] += slope * w[weights + i * units + j]

    @inlined
    def learn_weights(w, numbers, costs):
        for j in range(units):
            slope = w[delta + j]
            for i in range(inputs):
                learn_weight(w, weights + i * units + j, w[x + i] * slope, numbers, costs)

    return weighted_sums, inputs_slope, learn_weights


def _activation(
    layout: Layout, activation: Activation, units: int, dtype: Any, z: int, a: int, delta: int
) -> tuple[Any, Any]:
    """Return what turns z into a, and the loss's slope by a into that by z."""
    if isinstance(activation, Softmax):
        return _softmax(units, dtype, z, a, delta)
    value, derivative = formula(activation.value, dtype), formula(activation.derivative, dtype)
    if activation.random is None:
        start, read = layout.constant(activation.values(), dtype)

        @inlined
        def activate(w, draws, at, r, count):
            settings = read(w, start)
            for j in range(units):
                w[a + j] = value(w[z + j], *settings)

        @inlined
        def slope(w):
            settings = read(w, start)
            for j in range(units):
                w[delta + j] *= derivative(w[z + j], w[a + j], *settings)

        return activate, slope
    start, read = layout.constant(Entry.values(activation), dtype)
    random, drawn, before = (
        formula(activation.random, dtype),
        layout.place(units),
        layout.draw(units),
    )

    @inlined
    def activate_randomly(w, draws, at, r, count):
        settings = read(w, start)
        for j in range(units):
            w[drawn + j] = random(draws[at + before * count + r * units + j], *settings)
            w[a + j] = value(w[z + j], w[drawn + j])

    @inlined
    def drawn_slope(w):
        for j in range(units):
            w[delta + j] *= derivative(w[z + j], w[a + j], w[drawn + j])

    return activate_randomly, drawn_slope


def _softmax(units: int, dtype: Any, z: int, a: int, delta: int) -> tuple[Any, Any]:
    """Return the same for softmax, the one activation in which a unit depends on its row."""
    exp = _functions(dtype).exp
    zero = dtype.type(0)

    @inlined
    def activate(w, draws, at, r, count):
        top, total = w[z], zero
        for j in range(1, units):
            top = np.maximum(top, w[z + j])
        for j in range(units):
            w[a + j] = exp(w[z + j] - top)
            total += w[a + j]
        for j in range(units):
            w[a + j] /= total

    @inlined
    def slope(w):
        total = zero
        for j in range(units):
            total += w[delta + j] * w[a + j]
        for j in range(units):
            w[delta + j] = (w[delta + j] - total) * w[a + j]

    return activate, slope


def _dropout(
    layout: Layout, rate: float, units: int, dtype: Any, a: int, delta: int
) -> tuple[Any, Any, int]:
    """Return what drops units, what does so on the way back, and where the outputs lie."""
    if not rate:

        @inlined
        def drop(w, draws, at, r, count):
            pass

        @inlined
        def undrop(w):
            pass

        return drop, undrop, a
    mask, out, before = layout.place(units), layout.place(units), layout.draw(units)
    start, read = layout.constant((rate, 1 / (1 - rate)), dtype)
    zero = dtype.type(0)

    @inlined
    def drop_some(w, draws, at, r, count):
        limit, scale = read(w, start)
        for j in range(units):
            kept = draws[at + before * count + r * units + j] >= limit
            w[mask + j] = scale if kept else zero
            w[out + j] = w[a + j] * w[mask + j]

    @inlined
    def drop_slope(w):
        for j in range(units):
            w[delta + j] *= w[mask + j]

    return drop_some, drop_slope, out


def _loss(
    layout: Layout,
    loss: Loss,
    activation: Activation,
    slope: Any,
    units: int,
    dtype: Any,
    z: int,
    a: int,
    y: int,
    delta: int,
) -> Any:
    """Return what compares the outputs with y, gives the loss and leaves its slope by z."""
    value, derivative = formula(loss.value, dtype), formula(loss.derivative, dtype)
    start, read = layout.constant(loss.values(), dtype)
    natural = activation.name in loss.natural
    zero = dtype.type(0)

    @inlined
    def compare(w, draws, at, r, count, scale, numbers, costs):
        settings = read(w, start)
        total = zero
        for j in range(units):
            total += value(w[z + j], w[a + j], w[y + j], *settings)
            if natural:
                w[delta + j] = w[a + j] - w[y + j]
            else:
                w[delta + j] = derivative(w[z + j], w[a + j], w[y + j], *settings)
        if not natural:
            slope(w)
        for j in range(units):
            w[delta + j] *= scale
        return total

    return compare


class Kept:
    """Keeps a compiled function in a file, in numba's own terms: `Dispatcher._cache`."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.cache_path = str(cache_folder())

    def load_overload(self, signature: Any, target: Any) -> CompileResult | None:
        """Return what was compiled before, or None."""
        target.refresh()
        try:
            kept = pickle.loads(self._path(target.codegen()).read_bytes())
            return CompileResult._rebuild(target, *kept)
        except Exception:  # Whatever is wrong with the file, compiling again is the way out.
            return None

    def save_overload(self, signature: Any, result: CompileResult) -> None:
        """Write the compiled function, if the folder lets us."""
        path = self._path(result.codegen)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(dumps(result._reduce()))
            os.replace(file.name, path)

    def _path(self, codegen: Any) -> Path:
        key = repr((self.key, codegen.magic_tuple()))
        return cache_folder() / f"{sha256(key.encode()).hexdigest()[:32]}.kernel"


def cache_folder() -> Path:
    """Return the user's folder for what can be made again."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ann"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ann" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "ann"


def _key(training: "Training", batch: int) -> str:
    """Return all that decides what is compiled: the network's form and the formulas' text."""
    network = training.network
    sources = (Path(__file__).parent / name for name in FORMULAS)
    return repr(
        (
            [sha256(source.read_bytes()).hexdigest() for source in sources],
            (numba.__version__, np.__version__, sys.version_info[:3]),
            network.theta.dtype.str,
            [
                (each.inputs, each.units, each.activation.name, each.dropout > 0)
                for each in network.layers
            ],
            type(network.loss).__name__,
            training.optimizer.name,
            (batch > 1, training.l1 > 0, training.l2 > 0, training.gradient_clip is not None),
        )
    )
