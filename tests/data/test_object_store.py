"""A real object store with an S3 API, where it is installed: OpenStack Swift on this machine."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ann_cli
from ann_cli.data.open_table import open_table
from ann_cli.errors import AnnError
from ann_cli.run.verify import verify

STORE = Path(__file__).parents[1] / "object_store.py"
SYSTEM = "/usr/bin/python3"
"""Whose packages Debian's are: swift-proxy, swift-account, swift-container, swift-object."""

KEYS = {"AWS_ACCESS_KEY_ID": "ann:reader", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """The address of a server with a bucket of sales; a frame of all there are."""
    s3fs = pytest.importorskip("s3fs")
    if subprocess.run([SYSTEM, "-c", "import swift"], capture_output=True).returncode:
        pytest.skip("Swift is not installed")
    server = subprocess.Popen(
        [SYSTEM, STORE, tmp_path_factory.mktemp("store")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    address = server.stdout.readline().strip()
    own = {"endpoint_url": address, "client_kwargs": {"region_name": "us-east-1"}}
    system = s3fs.S3FileSystem(key="ann:reader", secret="secret", **own)
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"a": draw.normal(size=400).round(4), "k": draw.choice(["p", "q"], 400)})
    frame["y"] = frame["a"] + (frame["k"] == "p")
    system.mkdir("sales")
    for number, rows in enumerate((frame[:150], frame[150:]), start=1):
        system.pipe_file(f"sales/part-{number}.csv", rows.to_csv(index=False).encode())
        system.pipe_file(f"sales/part-{number}.parquet", rows.to_parquet(row_group_size=50))
    yield address, frame
    server.communicate()


@pytest.fixture
def allowed(bucket, monkeypatch):
    """allowed(**keys): the environment says where the bucket is, and who asks."""
    import s3fs

    others = []

    def allow(**keys):
        if keys:  # a connection for them alone
            s3fs.S3FileSystem.clear_instance_cache()
            others.append(keys)
        where = {"AWS_ENDPOINT_URL": bucket[0], "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in {**where, **KEYS, **keys}.items():
            monkeypatch.setenv(name, value)

    allow()
    yield allow
    if others:
        s3fs.S3FileSystem.clear_instance_cache()


def test_a_training_from_a_bucket_is_that_of_its_files(allowed, bucket, tmp_path):
    _, frame = bucket
    frame[:150].to_csv(tmp_path / "part-1.csv", index=False)
    frame[150:].to_csv(tmp_path / "part-2.csv", index=False)
    found = []
    for folder in ("s3://sales", tmp_path):
        config = {"data": {"file": f"{folder}/part-*.csv", "target": "y", "stream": True}}
        config |= {"layers": [], "epochs": 1, "engine": "numpy", "save_to": str(tmp_path / "run")}
        with np.load(ann_cli.train(config, resume=False).path) as weights:
            found.append([weights[name].tobytes() for name in weights if name != "metadata"])
    assert found[0] == found[1]
    assert verify(tmp_path / "run", data="s3://sales/part-*.csv").answer == "identical"
    kinds = {"a": "number", "k": "category"}
    there = open_table("s3://sales/part-*.parquet").read(kinds)
    pd.testing.assert_frame_equal(there, open_table(tmp_path / "part-*.csv").read(kinds))


REFUSED = {
    "no bucket": ({}, "s3://none/x.csv", 3, "s3://none/x.csv: no such bucket"),
    "no object": ({}, "s3://sales/x.csv", 3, "s3://sales/x.csv: no such file"),
    "no objects": ({}, "s3://sales/x*.csv", 3, "no such files: none has a name like this"),
    "a folder": ({}, "s3://sales", 3, "is a folder"),
    "another key": ({"AWS_SECRET_ACCESS_KEY": "x"}, "s3://sales/part-1.csv", 5, "access is denied"),
    "no keys": (dict.fromkeys(KEYS, ""), "s3://sales/part-1.csv", 5, "Unable to locate credential"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_bucket_does_not_give_is_told(allowed, case):
    keys, address, status, expected = REFUSED[case]
    allowed(**keys)
    with pytest.raises(AnnError) as raised:
        open_table(address)
    assert expected in str(raised.value)
    assert raised.value.exit_status == status
    assert "secret" not in str(raised.value)
