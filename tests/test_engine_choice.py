"""Which engine trains, where it is told, and what is said where numba is missing."""

import sys

import numpy as np
import pandas as pd
import pytest

from ann_cli import train
from ann_cli.config.read import load as load_config
from ann_cli.errors import ConfigError
from ann_cli.report.terminal import Terminal
from ann_cli.run import begin


def config(tmp_path, **keys):
    x = np.random.default_rng(0).normal(size=(120, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "price": x[:, 0] - 2 * x[:, 1]})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    data = {"file": str(tmp_path / "rows.csv"), "target": "price"}
    layers = [{"units": 3, "activation": "tanh"}]
    save_to = str(tmp_path / "run")
    return {
        "data": data,
        "layers": layers,
        "epochs": 3,
        "batch_size": 1,
        "save_to": save_to,
        **keys,
    }


@pytest.fixture
def without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "ann_cli.engine.compiled.kernel", raising=False)


def test_both_engines_train_the_same_network(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runs = [
        train(config(tmp_path, engine=engine, precision="float64")) for engine in ("numpy", "numba")
    ]
    assert [run.metrics["engine"] for run in runs] == ["numpy", "numba"]
    first, second = (run.model.network.theta for run in runs)
    np.testing.assert_allclose(first, second, rtol=1e-8)
    for one, other in zip(*(run.history for run in runs), strict=True):
        assert one == pytest.approx(other, rel=1e-8)


def test_auto_takes_what_starts_at_once_for_little_work(tmp_path):
    assert train(config(tmp_path)).metrics["engine"] == "numpy"


def test_a_missing_engine_says_what_to_install(tmp_path, without_numba):
    with pytest.raises(ConfigError, match="numba, which is not installed") as caught:
        train(config(tmp_path, engine="numba"))
    assert "pip install numba" in caught.value.problems[0].remedy


@pytest.mark.parametrize(("epochs", "said"), [(30_000, True), (1000, False)])
def test_a_long_wait_says_what_to_install(tmp_path, without_numba, epochs, said):
    started = begin(load_config(config(tmp_path, epochs=epochs)), dry=True)
    assert started.trainer.engine == "numpy"
    assert any("pip install numba" in note for note in started.data_set.notes) == said


def test_the_terminal_names_the_engine(tmp_path, capsys):
    Terminal(sys.stderr).beginning(begin(load_config(config(tmp_path)), dry=True))
    assert "2 inputs → 3 tanh → 1 linear; 13 parameters; numpy" in capsys.readouterr().err


def test_what_is_not_compiled_takes_numpy_and_is_told(tmp_path):
    layers = [{"units": 3}, {"residual": [{"units": 3}]}]
    started = begin(load_config(config(tmp_path, epochs=30_000, layers=layers)), dry=True)
    assert started.trainer.engine == "numpy"
    told = "engine: numpy, as numba does not compile this network: layer 2 is a residual layer"
    assert told in started.data_set.notes
    with pytest.raises(ConfigError, match="layer 2 is a residual layer") as caught:
        begin(load_config(config(tmp_path, engine="numba", layers=layers)), dry=True)
    assert caught.value.problems[0].remedy == "use engine: auto, which takes numpy then"
