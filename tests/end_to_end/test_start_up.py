"""What is not needed is not imported: help comes at once, a mistake in the config soon."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

PROBE = """
import atexit, json, os, sys
leave = os._exit
def told(status):
    with open(sys.argv.pop() if False else os.environ["SEEN"], "w") as file:
        json.dump(sorted({name.split(".")[0] for name in sys.modules}), file)
    leave(status)
os._exit = told
from ann_cli.cli.main import main
main()
"""
HEAVY = {"numpy", "pandas", "rich", "pydantic", "yaml", "threadpoolctl", "optuna", "altair"}


@pytest.fixture
def imported(environment, tmp_path):
    """imported(*arguments): the packages that ann has imported when it leaves, and its status."""

    def run(*arguments):
        seen = tmp_path / "seen.json"
        finished = subprocess.run(
            [sys.executable, "-c", PROBE, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            env={**environment, "SEEN": str(seen)},
            timeout=120,
            check=False,
        )
        assert "ann_cli" in json.loads(seen.read_text()), finished.stderr
        return set(json.loads(seen.read_text())), finished.returncode

    return run


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--help",), 0),
        (("--version",), 0),
        ((), 2),
        (("train", "--help"), 0),
        (("predict", "--help"), 0),
        (("evaluate", "--help"), 0),
        (("inspect", "--help"), 0),
        (("report", "--help"), 0),
        (("plot", "--help"), 0),
        (("trace", "--help"), 0),
        (("init", "--help"), 0),
        (("check", "--help"), 0),
        (("schema", "--help"), 0),
        (("compare", "--help"), 0),
        (("compare-activations", "--help"), 0),
        (("tune", "--help"), 0),
        (("article", "--help"), 0),
        (("trian",), 2),
        (("train",), 2),
    ],
)
def test_help_imports_nothing_heavy(imported, arguments, status):
    modules, left = imported(*arguments)
    assert left == status
    assert modules & HEAVY == set()


def test_a_mistake_in_the_config_needs_neither_pandas_nor_rich(imported, tmp_path):
    (tmp_path / "bad.yaml").write_text("data: {fil: x}\n")
    for arguments in (
        ("train", "bad.yaml"),
        ("check", "none.yaml"),
        ("check", "bad.yaml", "--gradients"),
        ("trace", "bad.yaml"),
    ):
        modules, left = imported(*arguments)
        assert left == 2
        assert modules & {"pandas", "rich", "threadpoolctl"} == set()


def test_schema_needs_no_pandas(imported):
    modules, left = imported("schema")
    assert left == 0
    assert "pydantic" in modules
    assert modules & {"pandas", "rich"} == set()


def test_quiet_predictions_need_no_rich(imported, houses):
    modules, left = imported("predict", houses.weights, houses.validation)
    assert left == 0
    assert "pandas" in modules
    assert "rich" not in modules


def test_a_csv_needs_no_package_of_other_tables(imported, houses, tmp_path):
    packages = {"pyarrow", "sqlalchemy", "python_calamine"}  # pandas would take in the first
    for source, wanted in (("rows.csv", set()), ("rows.parquet", {"pyarrow"})):
        frame = pd.read_csv(houses.validation)
        frame.to_csv(tmp_path / "rows.csv", index=False)
        frame.to_parquet(tmp_path / "rows.parquet")
        modules, left = imported("predict", houses.weights, source)
        assert left == 0
        assert modules & packages == wanted


def test_the_package_offers_its_names_without_loading_them(environment, tmp_path):
    script = "import ann_cli, sys; print(sorted(sys.modules)); print(ann_cli.train, ann_cli.load)"
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    modules, functions = finished.stdout.splitlines()
    assert "'pandas'" not in modules
    assert "'numpy'" not in modules
    assert functions.count("<function") == 2
    assert Path(tmp_path).iterdir()
