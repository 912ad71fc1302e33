"""The article's claims: each can be tried, and `ann article` tries it."""

import importlib.util
import json
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ann_cli.cli.main import ann as group
from ann_cli.config.read import read
from ann_cli.experiments.claims import claims
from ann_cli.experiments.variations import variations

CHECKOUT = Path(__file__).parents[2]
CLAIMS = claims()


@pytest.fixture
def folder(tmp_path):
    """A folder with the configs and the data that the commands name."""
    shutil.copytree(CHECKOUT / "configs" / "article", tmp_path / "configs" / "article")
    (tmp_path / "datasets").mkdir()
    shutil.copy(CHECKOUT / "datasets" / "house_prices.csv", tmp_path / "datasets")
    return tmp_path


def test_every_claim_says_what_was_measured_and_whether_it_holds():
    for claim in CLAIMS.values():
        assert re.search(r"\d", claim.measured)
        assert re.match(r"yes|in part|no\b", claim.holds)
        assert claim.claim.endswith(".")
        assert claim.look.endswith(".")


def test_every_claim_is_measured_by_the_benchmark():
    path = CHECKOUT / "tests" / "benchmarks" / "article.py"
    spec = importlib.util.spec_from_file_location("article", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list(module.MEASURES) == list(CLAIMS)


def test_every_command_is_one(monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    for line in (command for claim in CLAIMS.values() for command in claim.commands):
        if not line.startswith("ann "):
            continue
        name, *arguments = shlex.split(line)[1:]
        command = group.get_command(None, name)
        with command.make_context(name, arguments) as context:
            given = context.params
        draft = read(given["config"])
        draft.config(given["overrides"])
        for each in given.get("vary", ()):
            assert len(variations([each])) > 1


def test_every_config_of_the_article_is_a_claims():
    told = {config for claim in CLAIMS.values() for config in claim.configs}
    for path in (CHECKOUT / "configs" / "article").glob("*.yaml"):
        assert f"configs/article/{path.name}" in told


def test_claims_are_listed_and_shown(ann):
    listed = ann("article").stdout
    told = " ".join(listed.split())
    for claim in CLAIMS.values():
        assert re.search(rf"^{claim.name} ", listed, re.MULTILINE)
        assert claim.claim in told
    assert max(map(len, listed.splitlines())) <= 80
    document = json.loads(ann("article", "--json").stdout)
    assert [each["name"] for each in document["claims"]] == list(CLAIMS)
    shown = ann("article", "memory", "--show")
    assert shown.stdout.count("\n  $ ") == 3
    assert not shown.stderr
    assert "did you mean xor?" in ann("article", "xorr", status=2).stderr


def test_a_claim_is_tried_and_one_that_is_to_fail_may(ann_in, folder):
    tried = ann_in(folder, "article", "learning-rate", "--json")
    runs = json.loads(tried.stdout)["runs"]
    assert [each["exit_status"] for each in runs] == [0, 0, 6]
    assert runs[1]["output"]["metrics"]["epochs"] == 100
    assert all(each["megabytes"] > 10 for each in runs)
    for told in ("Look at: R²", "exit status 6, as the claim says", "Last measured: R²"):
        assert told in tried.stderr


def test_a_command_that_fails_ends_it(ann_in, folder):
    env = {"ANN_SET": "no_key=1"}
    ended = ann_in(folder, "article", "xor", "-q", env=env, status=2)
    assert ended.stderr.count("error: ") == 1


def test_a_signal_ends_the_command_in_its_own_way(command, environment, folder):
    said = folder / "said"
    with said.open("w") as file:
        started = subprocess.Popen(
            [command, "article", "three-ways"],
            cwd=folder,
            stderr=file,
            env={**environment, "ANN_SET": "engine=numpy checkpoint_every=0"},
        )
    while not (folder / "runs" / "row_by_row" / "checkpoint.npz").exists():
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGTERM)
    assert started.wait(120) == 128 + signal.SIGTERM
    assert "; go on: ann train --resume configs/article/three_ways.yaml" in said.read_text()


def test_a_page_of_a_claim_is_made_where_it_is_asked_for(ann, folder):
    told = ann("article", "xor", "--report", "page.html")
    assert told.stdout == "page.html\n"
    html = (folder / "page.html").read_text()
    assert CLAIMS["xor"].claim in html
    assert CLAIMS["dying"].claim not in html
    assert not (folder / "runs").exists()
    # A claim in the place of FILE is no page.
    assert "does not end in .html" in ann("article", "--report", "xor", status=2).stderr
