"""A training on real workers: the same bytes on any number of them, whatever becomes of them."""

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from threading import Event, Timer

import numpy as np
import pandas as pd
import pytest

from ann_cli.config.read import load
from ann_cli.errors import ConfigError, FileError
from ann_cli.run import begin, cluster, cluster_connection, cluster_watch
from ann_cli.run.cluster import Workers
from ann_cli.run.cluster_connection import unlike

distributed = pytest.importorskip("distributed")

# What Dask's own parts leave behind when they are killed is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")


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


@pytest.mark.parametrize("files", ["d.csv", "part-*.csv", "part-*.parquet"])
def test_workers_read_their_own_parts_of_files(config, tmp_path, files):
    """What they say of them is merged, and dropout and orders are drawn as in one process."""
    path = Path(config(tmp_path)["data"]["file"])
    frame = pd.read_csv(path)
    for at in (0, 100, 200):
        frame[at : at + 100].to_csv(path.with_name(f"part-{at}.csv"), index=False)
        frame[at : at + 100].to_parquet(path.with_name(f"part-{at}.parquet"), row_group_size=40)
    data = {"file": str(path.with_name(files)), "stream": True, "shuffle_rows": 20, "test": 0.1}
    data = config(tmp_path)["data"] | data
    here = trained(config(tmp_path / "here", data=data))
    with workers(2, processes=False) as made:
        assert trained(config(tmp_path / "there", made.scheduler_address, data=data)) == here


@pytest.fixture
def processes(environment, tmp_path):
    """A scheduler and two workers, a process each, and the address."""
    file = tmp_path / "scheduler.json"
    worker = ["worker", "--nthreads", "1", "--no-nanny"]
    asked = [["scheduler", "--port", "0", "--host", "127.0.0.1"], worker, worker]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *each, "--scheduler-file", file, "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=tmp_path,
        )
        for each in asked
    ]
    while not (file.exists() and file.stat().st_size):
        time.sleep(0.1)
    yield json.loads(file.read_text())["address"], started
    for each in started:
        each.kill()
        each.wait()


def killing(run, process, round_of_its_death):
    """Let a process be killed while a round is taken, which is told by its number."""
    rounds, taken = run.workers.rounds, []

    def mortal(replicas):
        take = rounds(replicas)

        def counted(start, now):
            taken.append(now)
            if len(taken) == round_of_its_death:
                Timer(0.003, process.kill).start()
            return take(start, now)

        return counted

    run.workers.rounds = mortal


def test_processes_that_are_killed(config, expected, processes, tmp_path, capfd):
    """A worker changes no byte; the scheduler leaves a checkpoint and an error, and no other word.

    Where a scheduler is killed while it brings a result, Dask raises what is told of a connection.
    """
    address, (scheduler, worker, _) = processes
    with begin(load(config(tmp_path / "one", address)), resume=False) as run:
        while len(run.workers._seen()) < 2:  # until both are there
            time.sleep(0.1)
        killing(run, worker, 3)
        for _ in run.epochs():
            pass
        assert run.finish().path.read_bytes() == expected
    assert worker.wait(10) == -signal.SIGKILL

    asked = config(tmp_path / "other", address, epochs=10_000)

    def loses_its_scheduler():
        with begin(load(asked), resume=False) as run:
            killing(run, scheduler, 5)
            list(run.epochs())

    with pytest.raises(FileError) as lost:
        loses_its_scheduler()
    (problem,) = lost.value.problems
    assert (problem.place, problem.message) == (address, "the scheduler went away")
    assert "--resume" in problem.remedy
    assert capfd.readouterr() == ("", "")
    del asked["cluster"]["address"]
    with begin(load(asked), resume=True) as run:  # in this process
        assert run.progress.done >= 1


def test_where_no_scheduler_answers_it_is_told(config, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_connection, "PATIENCE", 0.2)
    with pytest.raises(FileError, match="no Dask scheduler answers"):
        begin(load(config(tmp_path, "tcp://127.0.0.1:9")), resume=False)


def test_a_scheduler_that_never_answers_is_not_waited_for(config, tmp_path, monkeypatch):
    """As one that is stopped: the system takes the connection, and nothing comes."""
    monkeypatch.setattr(cluster_connection, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(FileError, match="no Dask scheduler answers"):
            begin(load(config(tmp_path, address)), resume=False)


TOLD = [Event(), Event(), Event()]


def until_told(number):
    """Take as long as it takes until that was told of."""
    return TOLD[number].wait(60)


def test_what_takes_long_is_told(monkeypatch):
    """Reading, a round in which steps are compiled, a training: each by its name."""
    monkeypatch.setattr(cluster_watch, "PATIENCE", 0.3)
    monkeypatch.setattr(cluster, "LOOK", 0.1)
    names = ["reading has taken", "a round has taken", "a training has taken"]
    told = []

    def say(line):
        told.append(line)
        for event, name in zip(TOLD, names, strict=True):
            if line.startswith(name):
                event.set()

    with workers(1, processes=False) as made:
        found = Workers(made.scheduler_address, 9, say)
        assert found.map(until_told, [0]) == [True]
        assert found._awaited(found._submit(until_told, 1)) is True
        assert list(found.side_by_side(until_told, [2], names[2])) == [(0, True)]
        found.close()
    assert all("on 1 worker" in line for line in told[1:])


def test_without_workers_it_does_not_wait_for_ever(config, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_watch, "FORSAKEN", 1.5)
    told = []
    with workers(0, processes=False) as made:
        asked = load(config(tmp_path, made.scheduler_address))
        with (
            begin(asked, resume=False, say=told.append) as run,
            pytest.raises(FileError, match="no worker came"),
        ):
            list(run.epochs())
    assert any("connecting" in line for line in told)


def test_other_versions_and_none_are_told_by_their_place():
    """Before anything of ann's own is sent: a worker that cannot read that ends."""
    found = {"tcp://a": "1.0", "tcp://b": "0.9", "tcp://c": PackageNotFoundError("ann-cli")}
    assert unlike(found, "1.0").endswith(": tcp://b has 0.9, tcp://c has none")
    assert unlike({f"tcp://{at}": "0.9" for at in range(9)}, "1.0").endswith(" and 6 more")
    assert not unlike({"tcp://a": "1.0"}, "1.0")


@pytest.mark.parametrize("address", ["somewhere", "local:0", "local:x", ""])
def test_an_address_is_one(config, tmp_path, address):
    asked = config(tmp_path) | {"cluster": {"address": address}}
    with pytest.raises(ConfigError, match="address"):
        load(asked)
