"""A run folder belongs to the config that made it, for as long as that config is there."""

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.errors import ConfigError


@pytest.fixture
def configs(tmp_path, monkeypatch):
    """Two configs of one name, in folders a and b, with data of their own."""
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        frame = pd.DataFrame({"x": np.arange(30.0), "y": np.arange(30.0) * 2})
        frame.to_csv(tmp_path / folder / "data.csv", index=False)
        text = "data: {file: data.csv, target: y}\nlayers: []\nepochs: 1\n"
        (tmp_path / folder / "same.yaml").write_text(text)
    return tmp_path


def test_another_configs_run_is_not_replaced(configs):
    before = ann_cli.train("a/same.yaml").path.read_bytes()
    ann_cli.train("a/same.yaml")
    with pytest.raises(ConfigError, match=r"another config lies here: .*a/same\.yaml") as raised:
        ann_cli.train("b/same.yaml")
    assert "save_to" in str(raised.value)
    assert "--restart" in str(raised.value)
    assert (configs / "runs" / "same" / "weights.npz").read_bytes() == before
    ann_cli.train("b/same.yaml", resume=False)
    ann_cli.train("b/same.yaml", ["epochs=2"])
    ann_cli.train("a/same.yaml", ["save_to=elsewhere"])


def test_a_config_that_moved_takes_its_run_along(configs):
    ann_cli.train("a/same.yaml")
    (configs / "a" / "same.yaml").rename(configs / "same.yaml")
    ann_cli.train("same.yaml", ["data.file=a/data.csv"])


def test_a_run_from_before_this_was_kept_is_replaced(configs):
    ann_cli.train("a/same.yaml")
    for text in ("{}", "no json", '{"config": 5}'):
        (configs / "runs" / "same" / "metrics.json").write_text(text)
        ann_cli.train("b/same.yaml", resume=None)
