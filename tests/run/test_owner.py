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


IN_THE_WAY = {
    "data": ("history.csv", "same.yaml", ["data.file=history.csv", "save_to=a"]),
    "validation": ("weights.npz", "same.yaml", ["data.validation=weights.npz", "save_to=a"]),
    "by another path": (
        "history.csv",
        "same.yaml",
        ["data.file=../a/history.csv", "save_to=b/../a"],
    ),
    "a pattern": ("rows.csv", "same.yaml", ["data.file='*.csv'", "save_to=a"]),
    "a config": ("config.yaml", "config.yaml", ["save_to=a"]),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_no_file_that_is_read_is_replaced_by_one_of_the_run(configs, case):
    name, config, keys = IN_THE_WAY[case]
    source = configs / "a" / ("same.yaml" if name == "config.yaml" else "data.csv")
    (configs / "a" / name).write_bytes(source.read_bytes())
    before = {each: each.read_bytes() for each in (configs / "a").iterdir()}
    with pytest.raises(ConfigError, match=r"the run's own [a-z.]+ would be written there"):
        ann_cli.train(f"a/{config}", keys)
    assert {each: each.read_bytes() for each in (configs / "a").iterdir()} == before


def test_a_run_beside_its_data_is_trained_and_trained_anew_by_its_own_config(configs):
    run = ann_cli.train("a/same.yaml", ["save_to=a"])
    assert run.path.parent.samefile(configs / "a")
    ann_cli.train("a/config.yaml", ["save_to=a"], resume=False)
