"""The compiled engine against the NumPy engine: the same rows, the same draws, the same steps.

Each training takes a second to compile, so that the parts of one that a table has (activations,
losses with outputs, optimizers) are compiled alone, without what is around them. ANN_EVERY_PAIR=1
trains with every pair of them, in some minutes.
"""

import ast
import inspect
import os
import subprocess
import sys
import textwrap
from itertools import product

import numpy as np
import pytest
from scipy import special

from ann_cli.engine import activations
from ann_cli.engine.activations import ACTIVATIONS, Relu, Softmax, Tanh
from ann_cli.engine.choice import expected_seconds
from ann_cli.engine.compiled import kernel as kernels
from ann_cli.engine.compiled.formulas import changer, formula, reader
from ann_cli.engine.compiled.kernel import kernel
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.compiled.row import Memory, _activation, _loss
from ann_cli.engine.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    HalfSquaredError,
    Loss,
    Quantile,
)
from ann_cli.engine.optimizers import OPTIMIZERS, Adam, AdamW, Sgd
from ann_cli.engine.output import Output
from ann_cli.engine.randomness import generators
from ann_cli.engine.rows import Rows
from ann_cli.engine.schedules import SCHEDULES
from ann_cli.engine.trainers.back_propagation import BackPropagation
from ann_cli.errors import ConfigError, DivergedError

HIDDEN = list(activations.hidden().values())
# Where the slopes of a loss and of an output meet by the chain rule, one loss meets them all.
COMPILED = [each for each in LOSSES.values() if each.delta is Loss.delta]
"""The losses of which the formulas are all: others are refused, as the last test of this part says.
"""
LOSS_PAIRS = [
    (loss, output)
    for loss in COMPILED
    for output in loss.outputs
    if output == loss.outputs[0] or output in loss.natural or loss is HalfSquaredError
]
CASES = [(None, Adam, (Quantile, "linear"))]
"""What the other trainings here have not: settings of a loss, an output each."""
if os.environ.get("ANN_EVERY_PAIR"):
    CASES += product([None], OPTIMIZERS.values(), LOSS_PAIRS)
    CASES += product(HIDDEN, OPTIMIZERS.values(), LOSS_PAIRS[:1])
EVERYTHING = {"dropout": 0.3, "l1": 1e-3, "l2": 1e-2, "gradient_clip": 0.5, "weighted": True}
OF_CLASSES = {"output": Softmax(), "loss": CrossEntropy(), "optimizer": AdamW()}


def trained(
    build, engine, sizes=(3, 4, 1), *, hidden=None, output=None, loss=None, optimizer=None,
    dropout=0.0, dtype="float64", weighted=False, rows=250, epochs=4, batch_size=1, **options
):  # fmt: skip
    """Return theta, the state and the losses of 1,000 steps, unless told otherwise."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, sizes[0]))
    y = x @ generator.normal(size=(sizes[0], sizes[-1])) - x[:, :1] * x[:, -1:]
    if loss and "category" in loss.kinds and loss.kinds != HalfSquaredError.kinds:
        y = y > 0 if sizes[-1] == 1 else np.eye(sizes[-1])[y.argmax(axis=1)]
    if loss and loss.domain:
        y = np.abs(y)
    weight = generator.random(rows).astype(dtype) + 0.5 if weighted else None
    network = build(sizes, hidden, output, loss, dropout=dropout, dtype=dtype)
    training = BackPropagation(
        network,
        optimizer or Sgd(0.01),
        generators(1),
        epochs,
        batch_size,
        engine=engine,
        **options,
    )
    records = list(training.run(Rows(x.astype(dtype), y.astype(dtype), weight)))
    return network.theta, training.state, np.array([each.loss for each in records])


def assert_same(build, tolerance=1e-8, **options):
    expected, state, losses = trained(build, "numpy", **options)
    theta, compiled_state, compiled_losses = trained(build, "numba", **options)
    start = build(options.get("sizes", (3, 4, 1)), dtype=theta.dtype.name).theta
    assert np.linalg.norm(expected - start) > 1e-3, "nothing was learned"
    assert np.linalg.norm(theta - expected) <= tolerance * np.linalg.norm(expected)
    assert np.linalg.norm(compiled_state - state) <= 10 * tolerance * np.linalg.norm(state)
    np.testing.assert_allclose(compiled_losses, losses, rtol=10 * tolerance)


@pytest.mark.parametrize(
    ("hidden", "optimizer", "pair"),
    CASES,
    ids=[
        "-".join([*([each.name] if each else []), step.name, loss.name, out])
        for each, step, (loss, out) in CASES
    ],
)
def test_a_training_with_them(build, hidden, optimizer, pair):
    loss, output = pair
    assert_same(
        build,
        sizes=(3, 4, 3) if hidden else (3, 3),
        hidden=hidden and hidden(),
        # Row by row, momentum makes of 0.01 steps of 0.1, at which some activations diverge.
        optimizer=optimizer(min(0.001, optimizer().learning_rate)),
        loss=loss(),
        output=ACTIVATIONS[output](),
    )


def in_turn(functions):
    """Return what calls functions one after the other, whose last argument is their number.

    It is written out, as the compiler knows no lists of functions.
    """
    names = [f"f{at}" for at in range(len(functions))]
    calls = [f"        {name}(w, x, table, {at})" for at, name in enumerate(names)]
    lines = [f"def around({', '.join(names)}):", "    def run(w, x, table):", *calls]
    made = {}
    exec("\n".join([*lines, "    return run"]), made)
    return made["around"](*functions)


def test_every_loss_with_its_outputs():
    """All in one kernel: a row's loss, and its slope by the sums."""
    units, dtype = 3, np.dtype("float64")
    memory, places, functions = Memory(), [], []

    def compared(activate, compare):
        def run(w, losses, table, at):
            activate(w, losses, 0, 0, 1)
            losses[at] = compare(w, losses, 0, 0, 1, 0.5, (1.0,), (1.0,))

        return run

    for loss, output in LOSS_PAIRS:
        z, a, y, delta = (memory.place(units) for _ in range(4))
        places.append((z, y, delta))
        activation = ACTIVATIONS[output]()
        activate, slope = _activation(memory, activation, units, dtype, z, a, delta)
        own = loss().paired(activation)
        compare = _loss(memory, own, activation, slope, units, dtype, z, a, y, delta)
        functions.append(compared(activate, compare))
    run = in_turn(functions)

    def block(w, x, y, weight, draws, table, number):
        run(w, x, table)
        return 0.0

    w, losses = np.zeros(memory.size), np.zeros(len(LOSS_PAIRS))
    for start, values in memory.constants:
        w[start : start + len(values)] = values
    call = kernel(block, dtype, "every loss", False)(w, losses, *[np.empty(0)] * 4)
    generator = np.random.default_rng(0)
    for _ in range(5):
        rows = [(generator.normal(size=units), generator.random(units) + 0.1) for _ in places]
        for (z, y, _), (sums, actual) in zip(places, rows, strict=True):
            w[z : z + units], w[y : y + units] = sums, actual
        call(0)
        for (loss, output), (_, _, delta), (sums, actual), found in zip(
            LOSS_PAIRS, places, rows, losses, strict=True
        ):
            pair = Output(ACTIVATIONS[output](), loss())
            cost, slopes = pair.compare(sums[None], actual[None])
            told = f"{loss.name} of {output}"
            np.testing.assert_allclose(found, cost[0], rtol=1e-12, err_msg=told)
            half = w[delta : delta + units]
            np.testing.assert_allclose(half, slopes[0] / 2, rtol=1e-10, atol=1e-15, err_msg=told)


def test_every_optimizer():
    """All in one kernel: a parameter each, which is taken three steps."""
    dtype, chosen = np.dtype("float64"), [each(0.1) for each in OPTIMIZERS.values()]
    memory, functions, columns = Memory(), [], 0

    def stepped(step, theta, read, column):
        def run(w, slope, table, at):
            step(w, theta, slope[0], read(table, column))

        return run

    def numbers(step):
        return [(0.1, *each.corrections(step), *each.values()) for each in chosen]

    for optimizer, own in zip(chosen, numbers(1), strict=True):
        theta = memory.place(1)
        states = [memory.place(1) - theta for _ in optimizer.state]
        step = changer(formula(optimizer.update, dtype), states)
        functions.append(stepped(step, theta, reader(len(own)), columns))
        columns += len(own)
    run = in_turn(functions)

    def block(w, x, y, weight, draws, table, number):
        run(w, x, table)
        return 0.0

    w, slope, table = np.zeros(memory.size), np.zeros(1), np.zeros(columns)
    compiled = kernel(block, dtype, "every optimizer", False)
    call = compiled(w, slope, *[np.empty(0)] * 3, table)
    thetas = [np.zeros(1) for _ in chosen]
    kept = [each.new_state(theta) for each, theta in zip(chosen, thetas, strict=True)]
    for number, slope[0] in enumerate((0.7, -1.3, 0.2), 1):
        table[:] = np.concatenate(numbers(number))
        call(0)
        expected = []
        for each, theta, state in zip(chosen, thetas, kept, strict=True):
            each.step(theta, slope, state, number, 0.1)
            expected += [*theta, *state[:, 0]]
        np.testing.assert_allclose(w, expected, rtol=1e-12)


def test_every_entry_is_among_the_cases():
    assert {loss for loss, _ in LOSS_PAIRS} == set(COMPILED)
    assert {out for _, out in LOSS_PAIRS} == {out for loss in COMPILED for out in loss.outputs}


@pytest.mark.parametrize("loss", [each for each in LOSSES.values() if each not in COMPILED])
def test_a_loss_with_a_way_of_its_own_is_not_compiled(build, loss):
    network = build((3, 3), None, ACTIVATIONS[loss.outputs[0]](), loss())
    assert "a way of its own to compute on arrays (delta)" in refusal(network, Sgd())


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_every_schedule(build, schedule):
    assert_same(build, schedule=schedule(warm_up=1.5))
    decay = {"weight_decay_schedule": schedule(warm_up=1.5)}
    assert_same(build, optimizer=AdamW(0.01, weight_decay=1.0), **decay)


@pytest.mark.parametrize("batch_size", [2, 7, 50, None])
def test_everything_at_once_in_batches(build, batch_size):
    """250 rows by 7 leave 5 for the last step; each layer draws for a whole batch at a time."""
    hidden = ACTIVATIONS["randomized_relu"]()
    assert_same(build, sizes=(3, 5, 4, 1), hidden=hidden, batch_size=batch_size, **EVERYTHING)


@pytest.mark.parametrize("clip", [None, 0.5])
def test_everything_at_once_row_by_row(build, clip):
    assert_same(
        build,
        sizes=(4, 5, 3),
        hidden=ACTIVATIONS["randomized_relu"](),
        **OF_CLASSES,
        **{**EVERYTHING, "gradient_clip": clip},
    )


def test_float32_to_its_rounding(build):
    """With a tanh of its own (formulas.py), and draws."""
    pair = {"hidden": ACTIVATIONS["randomized_relu"](), "output": Tanh()}
    assert_same(build, 1e-5, **pair, optimizer=Adam(0.01), dropout=0.2, dtype="float32")


def test_rows_as_they_come_and_rows_that_cannot_be_written(build):
    """The kernel takes what NumPy takes: columns in another order of memory, a read-only array."""
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(50, 3)))
    x.flags.writeable = False
    results = []
    for engine in ("numpy", "numba"):
        network = build((3, 4, 1))
        training = BackPropagation(
            network, Sgd(0.01), generators(0), 1, 1, shuffle=False, engine=engine
        )
        list(training.run(Rows(x, x[:, :1])))
        results.append(network.predict(x))
    np.testing.assert_allclose(*results, rtol=1e-12)


# What no penalty needs is compiled for the schedules, too.
@pytest.mark.parametrize(("dtype", "l1"), [("float32", 0.1), ("float64", 0.0)])
def test_divergence_shows(build, dtype, l1):
    with pytest.raises(DivergedError, match="diverged in epoch"):
        trained(build, "numba", optimizer=Sgd(1e6), epochs=50, dtype=dtype, l1=l1)


# ---- The formulas


FORMULAS = [
    *(function for entry in ACTIVATIONS.values() if entry is not Softmax
      for function in (entry.value, entry.derivative, entry.random) if function),
    *(function for entry in LOSSES.values() for function in (entry.value, entry.derivative)),
    *(BinaryCrossEntropy.value, BinaryCrossEntropy.derivative),
    *(entry.update for entry in OPTIMIZERS.values()),
]  # fmt: skip


@pytest.mark.parametrize("function", FORMULAS, ids=lambda each: each.__qualname__)
def test_literals_have_a_point(function):
    """The compiler would take 1 for an int64, and a float32 beside it for a float64."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    whole = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    assert not [each for each in whole if isinstance(each, int)]


@pytest.fixture(scope="module")
def in_float32():
    """in_float32(z): the values and the slopes of each activation, by name, of one kernel."""
    dtype = np.dtype("float32")
    entries = [ACTIVATIONS[each.name]() for each in HIDDEN]
    settings, functions, count = [each.values() for each in entries], [], len(entries)

    def computed(value, derivative, read, start):
        def run(z, slopes, table, at):
            own = read(table, start)
            each = len(slopes) // count
            for index in range(at * each, (at + 1) * each):
                a = value(z[index], *own)
                slopes[index] = derivative(z[index], a, *own)
                z[index] = a

        return run

    for at, (entry, own) in enumerate(zip(entries, settings, strict=True)):
        pair = formula(entry.value, dtype), formula(entry.derivative, dtype)
        functions.append(computed(*pair, reader(len(own)), len(sum(settings[:at], ()))))
    run = in_turn(functions)

    def block(w, x, y, weight, draws, table, number):
        run(w, x, table)
        return 0.0

    compiled = kernel(block, dtype, "every activation", False)
    table, empty = np.array(sum(settings, ()), dtype), np.empty(0, dtype)

    def compute(z):
        values = np.tile(z, (count, 1))
        slopes = np.empty_like(values)
        compiled(values.reshape(-1), slopes.reshape(-1), *[empty] * 3, table)(0)
        names = [each.name for each in entries]
        return dict(zip(names, zip(values, slopes, strict=True), strict=True))

    return compute


@pytest.mark.parametrize("name", [entry.name for entry in HIDDEN])
def test_values_and_slopes_in_float32(in_float32, name):
    """Fast mathematics changes neither what is large nor what is no number."""
    activation = ACTIVATIONS[name]()
    large = np.array([20, 30.5, 88, 89, 100, 710, 1e4, 12345.678])
    z = np.concatenate([np.linspace(-12, 12, 481), large, -large, [1e-8, -1e-8]]).astype("float32")
    values, slopes = in_float32(z)[name]
    expected = activation.value(z.astype("float64"), *activation.values())
    np.testing.assert_allclose(values, expected, rtol=2e-6, atol=1e-6)
    exact = activation.derivative(z.astype("float64"), expected, *activation.values())
    np.testing.assert_allclose(slopes, exact, rtol=1e-5, atol=1e-5)
    assert np.isnan(in_float32(np.full(9, np.nan, "float32"))[name][0]).all()
    if name == "tanh":
        exact = 2 * special.expit(2 * z.astype("float64")) - 1
        np.testing.assert_allclose(values, exact, rtol=4.5 * np.finfo("float32").eps)


# ---- Kept on disk

SCRIPT = """
import sys
import numpy as np
from ann_cli.engine.activations import Elu, Sigmoid, Softplus, Tanh
from ann_cli.engine.layers.dense import Dense
from ann_cli.engine.losses import CrossEntropy
from ann_cli.engine.network import Network, chain_of
from ann_cli.engine.output import Output
from ann_cli.engine.optimizers import Sgd
from ann_cli.engine.rows import Rows
from ann_cli.engine.randomness import generators
from ann_cli.engine.trainers.back_propagation import BackPropagation
layers = [Dense(50, Elu()), Dense(3, Softplus()), Dense(3, Tanh())]
output = Output(Sigmoid(), CrossEntropy())
dtype, found = "float32", []
for engine in ("numba", "numpy"):
    network = Network(chain_of(layers, (3,), 1, output), output, dtype)
    network.initialize(np.random.default_rng(0))
    rows = Rows(np.eye(80, 3, dtype=dtype), np.eye(80, 1, dtype=dtype))
    list(BackPropagation(network, Sgd(0.5), generators(0), 3, 8, engine=engine).run(rows))
    found.append(network.theta)
np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-5)
print("compiled" if "numba" in sys.modules else "found")
"""
"""The code of all its layers calls exp, expm1, log, log1p, tanh and memset."""


def process(folder):
    """Train layers in another process, to what NumPy comes to; return whether it compiled."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    finished = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_a_second_process_compiles_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    exec(SCRIPT, {})  # the first
    (kept,) = (tmp_path / "ann").iterdir()
    written = kept.stat().st_mtime_ns
    assert process(tmp_path) == "found"
    assert list((tmp_path / "ann").iterdir()) == [kept]
    assert kept.stat().st_mtime_ns == written


@pytest.fixture
def compiles(tmp_path, monkeypatch):
    """compiles(): runs a kernel of a few instructions; whether it had to be compiled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    module, calls = kernels._module, []
    monkeypatch.setattr(kernels, "_module", lambda *given: calls.append(given) or module(*given))

    def block(w, x, y, weight, draws, table, number):
        w[0] += 1.0
        return w[0]

    def run():
        calls.clear()
        code = kernel(block, np.dtype("float64"), "a few instructions", False)
        assert code(np.ones(1), *[np.empty(0)] * 5)(0) == 2
        return len(calls) == 1

    return run


def test_kept_code_that_is_damaged_is_compiled_anew(compiles, tmp_path):
    assert compiles()
    (kept,) = (tmp_path / "ann").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert compiles()
    assert not compiles()


def test_a_folder_that_cannot_be_written(compiles, tmp_path):
    (tmp_path / "ann").write_text("")
    assert compiles()
    assert compiles()


def test_a_numba_that_cannot_be_imported_is_told(build, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ConfigError, match="use engine: numpy"):
        trained(build, "numba", sizes=(5, 3, 1))


def test_settings_need_no_new_compilation(build, monkeypatch):
    """The kernel is that of everything at once, row by row."""
    usual = {"sizes": (4, 5, 3), "hidden": ACTIVATIONS["randomized_relu"](), **OF_CLASSES}
    trained(build, "numba", **usual, **EVERYTHING)
    monkeypatch.setattr(kernels, "_module", None)  # it would compile
    changed = {"dropout": 0.2, "l1": 0.1, "l2": 0.3, "gradient_clip": 2.0}
    optimizer = AdamW(0.2, beta1=0.5, weight_decay=0.0)
    trained(build, "numba", **usual | {"optimizer": optimizer}, **changed, rows=70)
    without = BackPropagation(build((3, 4, 1)), Adam(0.5), generators(1), 4, 1, engine="numba")
    assert not without.is_compiled(250)


# ---- The choice


@pytest.mark.parametrize(
    ("sizes", "batch", "rows", "epochs", "faster"),
    [
        ((4, 8, 1), 1, 3_000_000, 1, "numba"),
        ((4, 8, 1), 1, 1_000, 10, "numpy"),
        ((784, 128, 10), 1, 60_000, 10, "numba"),
        ((784, 128, 10), 128, 60_000, 10, "numpy"),
        ((80, 64, 64, 1), 32, 2_344, 200, "numpy"),
        ((4, 64, 64, 1), 32, 3_000_000, 10, "numba"),
        ((4, 64, 64, 1), 3_000_000, 3_000_000, 10, "numpy"),
    ],
)
def test_the_faster_engine(build, sizes, batch, rows, epochs, faster):
    seconds = expected_seconds(build(sizes, Relu()), batch, epochs * rows // batch)
    assert min(seconds, key=seconds.get) == faster
