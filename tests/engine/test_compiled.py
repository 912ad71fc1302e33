"""The compiled engine against the NumPy engine: the same rows, the same draws, the same steps.

Each case takes seconds to compile, so that every loss meets one optimizer, without hidden layers;
the formulas of those are compiled alone. ANN_EVERY_PAIR=1 tries every activation with every
optimizer, in some minutes.
"""

import ast
import inspect
import os
import subprocess
import sys
import textwrap
from itertools import cycle, islice, product

import numpy as np
import pytest
from scipy import special

from ann_cli.engine import activations
from ann_cli.engine.activations import ACTIVATIONS, Relu, Softmax
from ann_cli.engine.choice import expected_seconds
from ann_cli.engine.compiled import kernel as kernels
from ann_cli.engine.compiled.formulas import formula, reader
from ann_cli.engine.compiled.kernel import kernel
from ann_cli.engine.compiled.refusal import refusal
from ann_cli.engine.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    HalfSquaredError,
    Loss,
)
from ann_cli.engine.optimizers import OPTIMIZERS, Adam, AdamW, Sgd
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
TABLES = (list(OPTIMIZERS.values()), LOSS_PAIRS)
CASES = list(islice(zip(*map(cycle, TABLES), strict=True), max(map(len, TABLES))))
CASES = [(None, *each) for each in CASES]
if os.environ.get("ANN_EVERY_PAIR"):
    CASES += product(HIDDEN, OPTIMIZERS.values(), LOSS_PAIRS[:1])
EVERYTHING = {"dropout": 0.3, "l1": 1e-3, "l2": 1e-2, "gradient_clip": 0.5, "weighted": True}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of the tests' own: what another version left behind is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder / "ann"


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
def test_every_entry_of_the_tables(build, hidden, optimizer, pair):
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


def test_every_entry_is_among_the_cases():
    assert {optimizer for _, optimizer, _ in CASES} == set(OPTIMIZERS.values())
    assert {pair for _, _, pair in CASES} == set(LOSS_PAIRS)
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


@pytest.mark.parametrize(("clip", "sizes"), [(None, (4, 9, 5, 3)), (0.5, (4, 5, 3))])
def test_everything_at_once_row_by_row(build, clip, sizes):
    """Clipped with a hidden layer less: what is clipped is one vector, however many there are."""
    assert_same(
        build,
        sizes=sizes,
        hidden=ACTIVATIONS["randomized_relu"](),
        output=Softmax(),
        loss=CrossEntropy(),
        optimizer=AdamW(),
        **{**EVERYTHING, "gradient_clip": clip},
    )


@pytest.mark.parametrize("name", ["tanh", "randomized_relu"])
def test_float32_to_its_rounding(build, name):
    hidden = ACTIVATIONS[name]()
    assert_same(build, 1e-5, hidden=hidden, optimizer=Adam(0.01), dropout=0.2, dtype="float32")


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


@pytest.mark.parametrize("name", [entry.name for entry in HIDDEN])
def test_values_and_slopes_in_float32(name):
    """Fast mathematics changes neither what is large nor what is no number."""
    activation = ACTIVATIONS[name]()
    large = np.array([20, 30.5, 88, 89, 100, 710, 1e4, 12345.678])
    z = np.concatenate([np.linspace(-12, 12, 481), large, -large, [1e-8, -1e-8]]).astype("float32")
    function, read = formula(activation.value, z.dtype), reader(len(activation.values()))
    derivative = formula(activation.derivative, z.dtype)

    def block(z, settings, slopes, weight, draws, table, number):
        each = read(settings, 0)
        for index in range(len(z)):
            a = function(z[index], *each)
            slopes[index] = derivative(z[index], a, *each)
            z[index] = a
        return 0.0

    compiled = kernel(block, z.dtype, f"{name} alone", False)

    def computed(numbers):
        values, settings = numbers.copy(), np.array(activation.values(), "float32")
        slopes = np.empty_like(values)
        compiled(values, settings, slopes, *[np.empty(0, "float32")] * 3)(0)
        return values, slopes

    values, slopes = computed(z)
    expected = activation.value(z.astype("float64"), *activation.values())
    np.testing.assert_allclose(values, expected, rtol=2e-6, atol=1e-6)
    exact = activation.derivative(z.astype("float64"), expected, *activation.values())
    np.testing.assert_allclose(slopes, exact, rtol=1e-5, atol=1e-5)
    assert np.isnan(computed(np.full(9, np.nan, "float32"))[0]).all()
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


def test_a_second_process_compiles_nothing(tmp_path):
    assert process(tmp_path) == "compiled"
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


def test_settings_need_no_new_compilation(build, cache):
    trained(build, "numba", optimizer=Adam(0.01), l2=0.1)
    kept = set(cache.iterdir())
    trained(build, "numba", optimizer=Adam(0.2, beta1=0.5), l2=0.3, rows=70)
    assert set(cache.iterdir()) == kept
    without = BackPropagation(build((3, 4, 1)), Adam(0.01), generators(1), 4, 1, engine="numba")
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
