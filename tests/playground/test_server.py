"""The server: whom it refuses, what it trains, and when it ends."""

import json
import re
import signal
import subprocess
import time
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import read
from ann_cli.errors import ConfigError
from ann_cli.playground import server as server_module
from ann_cli.playground.app import MOST_SESSIONS
from ann_cli.playground.guard import LARGEST, refusal
from ann_cli.playground.made_up import MADE_UP, made_up
from ann_cli.playground.server import Server
from ann_cli.playground.tables import Tables


def test_only_this_machines_own_pages_with_the_token_are_answered(playground, answer):
    address, port = playground.address, playground.port
    assert answer(address)[0] == 200
    own = f"http://127.0.0.1:{port}"
    assert answer(address, Origin=own)[0] == 200
    assert answer(address, Host=f"localhost:{port}")[0] == 200
    for headers in (
        {"Host": "example.com"},
        {"Host": f"example.com:{port}"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://example.com"},
        {"Origin": "null"},
        {"Origin": f"https://127.0.0.1:{port}"},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port + 1}"},
    ):
        for body in (None, b"{}"):
            assert (
                answer(f"{address}events" if body is None else address, body, **headers)[0] == 403
            )
    for place in ("", "playground.js", "tables", "events", "wrong/events", "wrong/abc/play"):
        assert answer(f"{own}/{place}")[0] == 403, place
        assert answer(f"{own}/{place}", b"{}")[0] == 403, place
    assert refusal(f"/{playground.token}x/", {"host": f"127.0.0.1:{port}"}, port, playground.token)


def test_no_answer_may_be_kept_embedded_or_read_by_others(playground):
    with urlopen(playground.address) as found:
        headers = {name.lower(): value for name, value in found.headers.items()}
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert not [name for name in headers if name.startswith("access-control")]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        ({"layers": [{"units": "8"}, {"units": 0}]}, "layers.1.units", "at least 1"),
        ({"layers": [{"units": 8, "activation": "tan"}]}, "layers.0.activation", "tanh"),
        ({"layers": [{"conv": 8, "kernel": 3}]}, "layers.0", "dense"),
        ({"optimizer": {"name": "adam", "learning_rate": "x"}}, "optimizer.learning_rate", "'x'"),
        ({"optimizer": "brute_force"}, "optimizer", "search"),
        ({"batch_size": "half"}, "batch_size", "full"),
        ({"noise": 2}, "noise", "from 0 to 1"),
        ({"data": "xorr"}, "data", "xor"),
        ({"save_to": "/tmp/x"}, "save_to", "does not set"),
        ([1], "", "mapping"),
    ],
)
def test_what_is_wrong_is_said_at_its_key(tab, settings, place, said):
    page = tab()
    (problem, *_) = page.ask("settings", settings, status=422)["problems"]
    assert problem["place"] == place
    assert said in problem["message"] + problem["remedy"]
    assert page.ask("play") is None  # the training before is still there


def test_requests_are_bounded(tab, answer):
    page = tab()
    there = f"{page.address}{page.name}"
    assert answer(f"{there}/settings", b"[" * (LARGEST + 1))[0] == 413
    assert answer(f"{there}/settings", b"[" * (LARGEST - 1))[0] in (400, 422)
    assert answer(f"{there}/nothing", b"{}")[0] == 404
    assert answer(f"{page.address}..%2fguard.py")[0] == 404
    pages = [tab() for _ in range(MOST_SESSIONS - 1)]
    with urlopen(f"{page.address}events") as refused:
        assert "tabs train already" in refused.read().decode()
    assert len(pages) == MOST_SESSIONS - 1


def test_two_tabs_train_apart_and_closing_one_ends_its_training(tab, playground):
    first, second = tab({"epochs": 10**6}), tab({"epochs": 10**6})
    first.ask("play")
    first.next("state", lambda state: state["epoch"] > 2)
    second.ask("play", True)
    assert second.next("state", lambda state: state["epoch"])["epoch"] == 1
    session = playground.sessions.get(first.name)
    first.stream.close()
    end = time.monotonic() + 120
    while playground.sessions.get(first.name) is not None and time.monotonic() < end:
        time.sleep(0.05)
    assert session.ended
    assert playground.sessions.get(second.name)
    with pytest.raises(AssertionError, match="has ended"):
        first.ask("play")


@pytest.mark.parametrize("data", ["own", "spirals"])
def test_what_is_saved_trains_as_the_page_does(tab, ann, tmp_path, data):
    """ann check takes the config, ann trace has the numbers of the steps, ann train the losses."""
    page = tab(
        {
            "data": data,
            "noise": 0.1 if data == "spirals" else 0,
            "layers": [{"units": 5, "activation": {"name": "leaky_relu", "slope": 0.2}}],
            "optimizer": {"name": "momentum", "learning_rate": 0.05},
            "batch_size": 16,
            "epochs": 4,
            "seed": 3,
        }
    )
    steps = [page.ask("step", 2) for _ in range(2)]
    (tmp_path / "config.yaml").write_text(page.saved("config.yaml"))
    if data == "spirals":
        (tmp_path / "spirals.csv").write_text(page.saved("rows.csv"))
    ann("check", "config.yaml")
    traced = json.loads(ann("trace", "config.yaml", "--row", "2", "--steps", "2", "--json").stdout)
    assert steps[0] == {**traced, "steps": traced["steps"][:1]}
    assert steps[1] == {**traced, "steps": traced["steps"][1:]}
    page.ask("restart")
    page.ask("play")
    seen = []
    page.next("state", lambda state: seen.extend(state["history"]) or state["over"])
    ann("train", "config.yaml")
    history = pd.read_csv(tmp_path / "runs" / "config" / "history.csv")
    columns = history[["epoch", "loss", "validation_loss"]].to_numpy()
    np.testing.assert_allclose(np.array(seen)[-4:], columns, rtol=1e-6)


def test_noise_moves_the_rows_that_train_alone(table, tmp_path):
    tables = Tables(read({"data": {"file": str(table), "target": "kind"}}), str(tmp_path))
    still, moved = (tables.scene({"noise": noise}).data_set for noise in (0, 0.5))
    shift = (moved.training.x - still.training.x).std(axis=0) / still.training.x.std(axis=0)
    np.testing.assert_allclose(shift, 0.5, rtol=0.25)
    assert (moved.validation.x == still.validation.x).all()
    assert (moved.training.y == still.training.y).all()


@pytest.mark.parametrize("name", MADE_UP)
def test_made_up_tables_have_two_classes_that_no_line_separates(name):
    rows = pd.DataFrame([line.split(",") for line in made_up(name, 0.0).splitlines()[1:]])
    points = rows[[0, 1]].to_numpy(float)
    labels = rows[2].to_numpy()
    assert np.abs(points).max() <= 1
    first = labels == labels[0]
    assert 0.4 < first.mean() < 0.6
    # Fisher's line, from the means and the spread within the classes.
    within = np.cov(points[first].T) + np.cov(points[~first].T)
    direction = np.linalg.solve(within, points[first].mean(0) - points[~first].mean(0))
    side = (points - points.mean(0)) @ direction > 0
    assert (side == first).mean() < 0.75


def test_the_command_prints_its_address_and_ends_by_ctrl_c(command, environment, table, tmp_path):
    asked = [command, "playground", str(table), "--target", "kind", "--no-open"]
    with subprocess.Popen(
        asked,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        address = started.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/\n", address)
        with urlopen(f"{address.strip()}events") as stream:
            assert b"session" in stream.readline()
            started.send_signal(signal.SIGINT)
            out, told = started.communicate(timeout=120)
    assert started.returncode == 130
    assert (out, told) == ("", "The playground is at the address below; Ctrl-C ends it.\n")


def test_what_cannot_be_served_is_said_in_one_line(monkeypatch, playground, table, tmp_path, ann):
    tables = playground.sessions.tables
    with pytest.raises(ConfigError, match=f"port {playground.port} cannot be had: .*in use"):
        Server(tables, playground.port)
    told = ann("playground", table, status=2).stderr
    assert "DATA needs --target NAME" in told
    monkeypatch.setattr(server_module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "ann-cli\[playground\]"'):
        server_module.check_installed()
