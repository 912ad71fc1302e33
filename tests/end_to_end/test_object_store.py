"""A real object store with an S3 API, where it is installed: OpenStack Swift on this machine."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STORE = Path(__file__).parents[1] / "object_store.py"
SYSTEM = "/usr/bin/python3"
"""Whose packages Debian's are: swift-proxy, swift-account, swift-container, swift-object."""

CONFIG = "data: {file: 's3://sales/part-*.csv', target: y, stream: true}\nlayers: []\nepochs: 2\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The environment in which ann finds a bucket of sales; a frame of all there are."""
    s3fs = pytest.importorskip("s3fs")
    if subprocess.run([SYSTEM, "-c", "import swift"], capture_output=True).returncode:
        pytest.skip("Swift is not installed")
    folder = tmp_path_factory.mktemp("store")
    server = subprocess.Popen(
        [SYSTEM, STORE, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    address = server.stdout.readline().strip()
    keys = {"AWS_ACCESS_KEY_ID": "ann:reader", "AWS_SECRET_ACCESS_KEY": "secret"}
    own = {"endpoint_url": address, "client_kwargs": {"region_name": "us-east-1"}}
    system = s3fs.S3FileSystem(key="ann:reader", secret="secret", **own)
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"a": draw.normal(size=400).round(4), "k": draw.choice(["p", "q"], 400)})
    frame["y"] = frame["a"] + (frame["k"] == "p")
    system.mkdir("sales")
    for number, rows in enumerate((frame[:150], frame[150:]), start=1):
        system.pipe_file(f"sales/part-{number}.csv", rows.to_csv(index=False).encode())
        system.pipe_file(f"sales/part-{number}.parquet", rows.to_parquet(row_group_size=50))
    yield {**keys, "AWS_ENDPOINT_URL": address, "AWS_DEFAULT_REGION": "us-east-1"}, frame
    server.communicate()


def test_a_training_from_a_bucket_is_that_of_its_files(ann, tmp_path, store):
    environment, frame = store
    frame[:150].to_csv(tmp_path / "part-1.csv", index=False)
    frame[150:].to_csv(tmp_path / "part-2.csv", index=False)
    (tmp_path / "c.yaml").write_text(CONFIG + "engine: numpy\nsave_to: there\n")
    ann("train", "c.yaml", env=environment)
    ann("train", "c.yaml", "--set", "data.file=part-*.csv", "--set", "save_to=here")
    there, here = (np.load(tmp_path / name / "weights.npz") for name in ("there", "here"))
    assert [there[name].tobytes() for name in here if name != "metadata"] == [
        here[name].tobytes() for name in here if name != "metadata"
    ]
    rows = ann("predict", "here", "s3://sales/part-*.parquet", env=environment).stdout
    assert rows == ann("predict", "here", "part-*.csv").stdout
    told = ann("verify", "there", "--data", "s3://sales/part-*.csv", env=environment)
    assert "identical" in told.stdout


REFUSED = {
    "no bucket": ({}, "s3://none/x.csv", 3, "s3://none/x.csv: no such bucket"),
    "no object": ({}, "s3://sales/x.csv", 3, "s3://sales/x.csv: no such file"),
    "no objects": ({}, "s3://sales/x*.csv", 3, "no such files: none has a name like this"),
    "a folder": ({}, "s3://sales", 3, "is a folder"),
    "another key": ({"AWS_SECRET_ACCESS_KEY": "x"}, "s3://sales/part-1.csv", 5, "access is denied"),
    "no keys": ({"AWS_SECRET_ACCESS_KEY": "", "AWS_ACCESS_KEY_ID": ""}, "s3://sales/part-1.csv", 5,
                "Unable to locate credentials"),
}  # fmt: skip


def test_what_a_bucket_does_not_give_is_told(ann, houses, store):
    for keys, address, status, expected in REFUSED.values():
        told = ann("predict", houses.weights, address, status=status, env={**store[0], **keys})
        assert expected in told.stderr
        assert "secret" not in told.stderr
