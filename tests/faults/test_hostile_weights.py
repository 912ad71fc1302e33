"""Weights files changed in any byte, cut anywhere, or made to harm."""

import io
import json
import os
import re
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest
from numpy.lib import format as npy
from pandas.testing import assert_frame_equal

import ann_cli
from ann_cli.config.plain_config import as_dict
from ann_cli.errors import ConfigError, WeightsError
from ann_cli.model import weights

ROWS = pd.DataFrame({"a": [1.0, 2.5], "b": [0.0, 9.0]})
MEMORY = 30_000_000
"""Bytes that reading a hostile file may take at most; the file itself is never held whole."""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small model and the bytes of its weights file."""
    folder = tmp_path_factory.mktemp("small")
    table = pd.DataFrame({"a": np.arange(30.0) * 2, "b": np.arange(30.0) % 4})
    table.assign(y=table["a"] - table["b"]).to_csv(folder / "d.csv", index=False)
    data = {"file": str(folder / "d.csv"), "target": "y"}
    config = {"data": data, "layers": [], "epochs": 1, "task": "regression"}
    run = ann_cli.train(config | {"save_to": str(folder / "run")})
    assert run.model.network.theta.size == 3  # as the cases below have it
    return run.model, run.path.read_bytes()


def load(content):
    """Return the model in these bytes, or the one line that refuses them."""
    try:
        return weights.read(io.BytesIO(content), "w.npz")
    except WeightsError as error:
        (problem,) = error.problems
        assert "\n" not in problem.message
        assert len(problem.message) < 300
        return problem.message


def unchanged(small, found):
    model, _ = small
    assert_frame_equal(found.predict(ROWS), model.predict(ROWS))
    assert found.encoder == model.encoder
    assert as_dict(found.config) == as_dict(model.config)
    assert (found.metrics, found.versions) == (model.metrics, model.versions)


def test_a_bit_of_every_byte_flipped(small):
    _, content = small
    harmless = 0
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 8
        found = load(bytes(changed))
        if not isinstance(found, str):
            harmless += 1
            unchanged(small, found)
    members = len(zipfile.ZipFile(io.BytesIO(content)).infolist())
    assert harmless < 70 * members  # dates, versions, attributes: what the zip says twice or idly


def test_every_truncation(small):
    _, content = small
    for end in range(len(content)):
        assert isinstance(load(content[:end]), str), end
        assert isinstance(load(content[end + 1 :]), str), end
    assert isinstance(load(content + b"\0"), str)


def test_two_bytes_exchanged_and_a_piece_doubled(small):
    _, content = small
    generator = np.random.default_rng(0)
    for _ in range(300):
        one, other = sorted(generator.integers(0, len(content), 2))
        doubled = content[:other] + content[one:]
        if one != other:
            assert isinstance(load(doubled), str)


def test_a_handful_through_the_command(small, ann, tmp_path):
    _, content = small
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    for name, damaged in {"half": content[: len(content) // 2], "flipped": bytes(flipped)}.items():
        (tmp_path / f"{name}.npz").write_bytes(damaged)
        told = ann("predict", f"{name}.npz", "d.csv", status=4)
        first, *remedy = told.stderr.splitlines()
        assert first.startswith(f"error: {name}.npz: ")
        assert remedy == ["  name a weights.npz that `ann train` has written"]
        assert told.stdout == ""


def header(descr, shape, pad=0):
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + b" " * pad


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(each.filename, archive.read(each)) for each in archive.infolist()]


def joined(members, compression=zipfile.ZIP_STORED, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            with archive.open(zipfile.ZipInfo(name), "w") as member:
                member.write(content)
            archive.infolist()[-1].compress_type = compression
        archive.comment = comment
    return buffer.getvalue()


def with_metadata(content, change):
    """The file with its metadata's text changed."""
    members = dict(parts(content))
    text = str(np.load(io.BytesIO(members["metadata.npy"])))
    buffer = io.BytesIO()
    np.save(buffer, np.array(change(text)))
    return joined((members | {"metadata.npy": buffer.getvalue()}).items())


def edited(**keys):
    return lambda text: json.dumps(json.loads(text) | keys)


def deep(text, **keys):
    stored = json.loads(text)
    stored["config"] |= keys
    return json.dumps(stored)


def zeros(count):
    return header("<f4", (count,)) + bytes(4 * count)


def replaced(content, name, new):
    return [(each, new if each == name else old) for each, old in parts(content)]


BIAS = "layers.0.bias.npy"
HOSTILE = {
    "a member twice": lambda content: joined([*parts(content), parts(content)[0]]),
    "a member more": lambda content: joined([*parts(content), ("x.npy", zeros(1))]),
    "a member less": lambda content: joined(parts(content)[1:]),
    "no metadata": lambda content: joined(parts(content)[:-1]),
    "a name that climbs": lambda content: joined(
        [*parts(content)[:-2], ("../../bias.npy", zeros(1)), parts(content)[-1]]
    ),
    "not an array": lambda content: joined([*parts(content), ("run.sh", b"echo")]),
    "a comment": lambda content: joined(parts(content), comment=b"hello"),
    "deflated": lambda content: joined(parts(content), zipfile.ZIP_DEFLATED),
    "a header of 60 kB": lambda content: joined(
        replaced(content, BIAS, b"\x93NUMPY\x01\x00\x60\xea" + b" " * 60_000 + bytes(4))
    ),
    "a header of 4 GB": lambda content: joined(
        replaced(content, BIAS, b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(4))
    ),
    "a shape of 10¹²": lambda content: joined(
        replaced(content, BIAS, header("<f4", (10**6, 10**6)) + bytes(4))
    ),
    "a shape of another order": lambda content: joined(
        replaced(content, BIAS, header("<f4", (1, 1)) + bytes(4))
    ),
    "bytes behind the array": lambda content: joined(
        replaced(content, BIAS, header("<f4", (1,)) + bytes(8))
    ),
    "objects": lambda content: joined(replaced(content, BIAS, header("|O", (1,)) + bytes(8))),
    "big-endian": lambda content: joined(replaced(content, BIAS, header(">f4", (1,)) + bytes(4))),
    "a record": lambda content: joined(
        replaced(content, BIAS, header([("a", "<f4")], (1,)) + bytes(4))
    ),
    "not a number": lambda content: joined(
        replaced(content, BIAS, header("<f4", (1,)) + np.float32("nan").tobytes())
    ),
    "metadata of 40 MB": lambda content: with_metadata(
        content, lambda text: text + " " * 10_000_000
    ),
    "a million empty lists": lambda content: with_metadata(
        content, lambda text: "[" + "[]," * 3_200_000 + "[]]"
    ),
    "brackets without end": lambda content: with_metadata(content, lambda text: "[" * 3_000_000),
    "a number without end": lambda content: with_metadata(content, lambda text: "9" * 1_000_000),
    "NaN": lambda content: with_metadata(content, edited(metrics={"r2": float("nan")})),
    "a side's scores a text": lambda content: with_metadata(
        content, edited(metrics={"training": "high"})
    ),
    "a side's scores a list": lambda content: with_metadata(
        content, edited(metrics={"validation": [1, 2]})
    ),
    "a key more": lambda content: with_metadata(content, edited(more=1)),
    "another seed": lambda content: with_metadata(content, edited(seed=7)),
    "a seed of text": lambda content: with_metadata(content, edited(seed="0")),
    "other columns": lambda content: with_metadata(content, edited(columns=["b", "a"])),
    "versions of a list": lambda content: with_metadata(content, edited(versions=[])),
    "900,000 layers": lambda content: with_metadata(
        content, lambda text: deep(text, layers=[{}] * 900_000)
    ),
    "10¹² weights": lambda content: joined([
        *[("layers.1.weights.npy", zeros(1)), ("layers.1.bias.npy", zeros(1))],
        *[("layers.2.weights.npy", zeros(1)), ("layers.2.bias.npy", zeros(1))],
        *parts(with_metadata(content, lambda text: deep(text, layers=2 * [
            {"units": 1_000_000, "activation": "relu", "dropout": 0.0}]))),
    ]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")  # which is what is to be made
@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_at_little_cost(small, case):
    content = HOSTILE[case](small[1])
    tracemalloc.start()
    try:
        found = load(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, str), case
    assert peak < max(MEMORY, 12 * len(content)), f"{peak:,}"


def test_the_set_of_members_is_exact(small):
    for case in ("a name that climbs", "a member more", "no metadata"):
        assert re.search("arrays .* its layers need|no metadata", load(HOSTILE[case](small[1])))


def test_a_file_rewritten_as_it_is_loads(small):
    """What the cases above change is what has them refused."""
    assert_frame_equal(load(joined(parts(small[1]))).predict(ROWS), small[0].predict(ROWS))
    unchanged(small, load(with_metadata(small[1], lambda text: text)))


def test_a_directory_that_claims_more_than_the_file(small):
    _, content = small
    for at in (12, 16):  # the directory's size, and its place
        end = bytearray(content)
        end[len(content) - 22 + at : len(content) - 22 + at + 4] = b"\xff" * 4
        assert isinstance(load(bytes(end)), str)
    locator = b"PK\x06\x07" + bytes(16)
    assert isinstance(load(content[:-22] + locator + content[-22:]), str)


LIMITED = """
import resource, sys
import ann_cli.run
from ann_cli.config.plain_config import as_dict
from ann_cli.errors import ConfigError, WeightsError
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60,) * 2)  # ten times what they all take
for path in sys.argv[1:]:
    try:
        ann_cli.run.load(path)
        print("loaded")
    except WeightsError:
        print("refused")
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="there is no /proc")
def test_bombs_within_200_megabytes(small, tmp_path):
    """The header that cost numpy.load 790 MB, and others of its kind, under RLIMIT_AS."""
    _, content = small
    spaces = b"\x93NUMPY\x02\x00" + (400_000_000).to_bytes(4, "little")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, old in parts(content):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(old if name != BIAS else spaces)
                for _ in range(400 if name == BIAS else 0):
                    member.write(b" " * 1_000_000)
    assert len(bomb.getvalue()) < 500_000
    cases = {"header": bomb.getvalue(), "good": content}
    for name in ("a million empty lists", "brackets without end", "10¹² weights"):
        cases[name] = HOSTILE[name](content)
    for name, each in cases.items():
        (tmp_path / f"{name}.npz").write_bytes(each)
    (tmp_path / "endless.npz").symlink_to("/dev/zero")
    paths = [str(tmp_path / f"{name}.npz") for name in (*cases, "endless")]
    told = subprocess.run(
        [sys.executable, "-P", "-c", LIMITED, *paths],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["refused", "loaded", *["refused"] * 4], told.stderr


def test_a_pipe_is_read(small, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    _, content = small
    writer = subprocess.Popen(["cp", "/dev/stdin", tmp_path / "pipe"], stdin=subprocess.PIPE)
    writer.stdin.write(content)
    writer.stdin.close()
    unchanged(small, ann_cli.load(tmp_path / "pipe"))
    assert writer.wait() == 0


def test_what_is_saved_is_within_what_is_read(small, monkeypatch):
    monkeypatch.setattr(weights, "MOST_CHARACTERS", 100)
    with pytest.raises(ConfigError, match="more than 100 characters"):
        weights.content(small[0])
