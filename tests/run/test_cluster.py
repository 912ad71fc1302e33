"""A training on real workers: the same bytes on any number of them, whatever becomes of them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Timer

import numpy as np
import pytest
import yaml

from ann_cli.config.read import load
from ann_cli.errors import ConfigError, FileError
from ann_cli.run import begin, cluster

distributed = pytest.importorskip("distributed")

# What Dask's own parts leave behind when they are killed is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")

SOAK = pytest.mark.skipif(
    "ANN_SOAK" not in os.environ, reason="kills Dask's processes, whose ends take what time they do"
)
"""What is run by ANN_SOAK=1 alone: its course follows the clock of other processes."""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """config(folder, address, **keys): a config whose run lies in a folder."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(300, 2))
    lines = [f"{a:.5f},{b:.5f},{a * b + a:.5f}" for a, b in x]
    path = tmp_path_factory.mktemp("cluster") / "d.csv"
    path.write_text("\n".join(["a,b,y", *lines, ""]))

    def config(folder, address=None, **keys):
        layers = [{"units": 4, "activation": "tanh", "dropout": 0.1}]
        usual = {"data": {"file": str(path), "target": "y"}, "layers": layers, "epochs": 6}
        asked = {"replicas": 3} | ({"address": address} if address else {})
        return usual | {"cluster": asked, "save_to": str(folder)} | keys

    return config


def trained(asked):
    with begin(load(asked), resume=False) as run:
        for _ in run.epochs():
            pass
        return run.finish().path.read_bytes()


@pytest.fixture(scope="module")
def expected(config, tmp_path_factory):
    """The bytes of a training in one process."""
    return trained(config(tmp_path_factory.mktemp("expected")))


@contextmanager
def workers(count, processes):
    """Workers of a cluster; each a process, or all of them threads of this one."""
    with distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=processes,
        dashboard_address=None,
        silence_logs=100,
    ) as made:
        yield made


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_workers_gives_the_bytes_of_one_process(config, expected, tmp_path, count):
    with workers(count, processes=False) as made:
        assert trained(config(tmp_path, made.scheduler_address)) == expected


def test_workers_read_their_own_parts_of_a_file(config, tmp_path):
    """What they say of them is merged, and dropout and orders are drawn as in one process."""
    data = config(tmp_path)["data"] | {"stream": True, "shuffle_rows": 20, "test": 0.1}
    here = trained(config(tmp_path / "here", data=data))
    with workers(2, processes=False) as made:
        assert trained(config(tmp_path / "there", made.scheduler_address, data=data)) == here


@SOAK
def test_a_worker_that_is_killed_in_mid_round_changes_no_byte(config, expected, tmp_path):
    killed, rounds_taken = [], []
    with workers(2, processes=True) as made:

        def kill():
            worker = made.workers[len(killed) % 2]
            killed.append(worker.process.pid)
            os.kill(worker.process.pid, signal.SIGKILL)

        with begin(load(config(tmp_path, made.scheduler_address)), resume=False) as run:
            rounds = run.workers.rounds

            def mortal(replicas):
                take = rounds(replicas)

                def taken(start, now):
                    rounds_taken.append(now)
                    if len(rounds_taken) in (2, 4):
                        Timer(0.003 * len(killed), kill).start()
                    return take(start, now)

                return taken

            run.workers.rounds = mortal
            for _ in run.epochs():
                pass
            found = run.finish().path.read_bytes()
    assert found == expected
    assert len({*killed}) == 2


@pytest.fixture
def scheduler(environment, tmp_path):
    """A scheduler and a worker, each a process; its address, and what kills it."""
    file = tmp_path / "scheduler.json"
    dask, one = [sys.executable, "-m", "dask"], ["--nthreads", "1", "--no-nanny"]
    shared = ["--scheduler-file", file, "--no-dashboard"]
    listening = ["--port", "0", "--host", "127.0.0.1"]
    started = [
        subprocess.Popen(
            [*dask, *each, *shared],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=tmp_path,
        )
        for each in (["scheduler", *listening], ["worker", *one])
    ]
    while not (file.exists() and file.stat().st_size):
        time.sleep(0.1)
    yield json.loads(file.read_text())["address"], started[0].kill
    for each in started:
        each.kill()
        each.wait()


@SOAK
def test_a_scheduler_that_goes_away_leaves_a_checkpoint_and_one_line(
    config, environment, command, scheduler, tmp_path
):
    address, kill = scheduler
    keys = {"checkpoint_every": 0, "epochs": 2_000, "seed": 5}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config(tmp_path / "run", **keys)))
    training = subprocess.Popen(
        [command, "train", "c.yaml", "--cluster", address],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    while training.poll() is None and not (tmp_path / "run" / "checkpoint.npz").exists():
        time.sleep(0.1)
    kill()
    _, told = training.communicate(timeout=60)
    assert training.returncode == 5, told
    assert f"error: {address}: the scheduler went away\n" in told
    assert "--resume" in told
    assert "Traceback" not in told
    with begin(load(config(tmp_path / "run", **keys)), resume=True) as run:  # in this process
        assert run.progress.done >= 1


def test_where_no_scheduler_answers_it_is_told(config, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with pytest.raises(FileError, match="no Dask scheduler answers"):
        begin(load(config(tmp_path, "tcp://127.0.0.1:9")), resume=False)


def test_without_workers_it_does_not_wait_for_ever(config, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "FORSAKEN", 1.5)
    told = []
    with workers(0, processes=False) as made:
        asked = load(config(tmp_path, made.scheduler_address))
        with (
            begin(asked, resume=False, say=told.append) as run,
            pytest.raises(FileError, match="no worker came"),
        ):
            list(run.epochs())
    assert any("connecting" in line for line in told)


@pytest.mark.parametrize("address", ["somewhere", "local:0", "local:x", ""])
def test_an_address_is_one(config, tmp_path, address):
    asked = config(tmp_path) | {"cluster": {"address": address}}
    with pytest.raises(ConfigError, match="address"):
        load(asked)
