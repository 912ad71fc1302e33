"""Tables made to harm: refused in little time and memory, in print that a terminal may show."""

import zlib

import pytest
import rounds
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ann_cli

GOOD = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (n, n % 4, n % 7) for n in range(40))
MEGABYTES = 120
"""Beyond what a process takes that has imported all of ann."""


def _gzip_bomb():
    writer = zlib.compressobj(1, wbits=31)
    rows = b"1,2,3\n" * 200_000
    parts = [writer.compress(GOOD), *(writer.compress(rows) for _ in range(99)), writer.flush()]
    return b"".join(parts)


def _zstd_bomb():
    writer = zstandard.ZstdCompressor(level=1).compressobj()
    rows = b"1,2,3\n" * 200_000
    parts = [writer.compress(GOOD), *(writer.compress(rows) for _ in range(299)), writer.flush()]
    return b"".join(parts)


HOSTILE = {
    "50 MB field": lambda: GOOD + b"1," + b"9" * 50_000_000 + b",3\n",
    "50 MB field in quotes": lambda: GOOD + b'1,"' + b"x" * 50_000_000 + b'",3\n',
    "50 MB of lines in quotes": lambda: GOOD + b'1,"' + b"x\n" * 25_000_000 + b'",3\n',
    "50 MB header": lambda: b"a" * 50_000_000 + b",b,y\n1,2,3\n",
    "header of lines in quotes": lambda: b'"' + b"a\n" * 25_000_000,
    "a million columns": lambda: b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n1\n",
    "a million equal names": lambda: b"a," * 1_000_000 + b"y\n",
    "a million cells": lambda: GOOD + b"1," * 1_000_000 + b"1\n",
    "blank lines": lambda: b"\n" * 50_000_000,
    "zeros": lambda: b"\0" * 50_000_000,
    "an open quote": lambda: GOOD + b'1,"2,3\n' + b"4,5,6\n" * 5_000_000,
    "short rows": lambda: GOOD + b"1,2\n" * 3_000_000,
    "control characters": lambda: GOOD + b"1,\x1b]0;title\x07\x1b[2J,3\n",
    "control characters in names": lambda: b"a,\x1b[31mb\r,\x07\n1,2,3\n",
    "infinities": lambda: GOOD + b"1,inf,3\n2,-Infinity,3\n3,1e400,3\n",
    "5,000 digits": lambda: GOOD + b"1," + b"1" * 5000 + b",3\n",
}
READ = ("control characters", "infinities", "5,000 digits")
"""Cells that count as missing, with a note."""

NAMED = {"bomb.csv.gz": _gzip_bomb, "bomb.csv.zst": _zstd_bomb}
CASES = {name: ("t.csv", make) for name, make in HOSTILE.items()} | {
    name: (name, make) for name, make in NAMED.items()
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    (folder / "t.csv").write_bytes(GOOD)
    data = {"file": str(folder / "t.csv"), "target": "y"}
    keys = {"data": data, "layers": [], "epochs": 1, "save_to": str(folder / "run")}
    return ann_cli.train(keys).path


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_little_time_and_memory(case, tmp_path, weights, warm_in):
    name, make = CASES[case]
    (tmp_path / name).write_bytes(make())
    (tmp_path / "c.yaml").write_text(f"data: {{file: {name}, target: y}}\nepochs: 1\n")
    for arguments in (["train", "c.yaml"], ["predict", weights, name]):
        finished = warm_in(tmp_path, *arguments, status=0 if case in READ else 3)
        told = finished.stderr
        assert told.startswith(("error: ", "classification", "regression", "note: "))
        assert len(told) < 3000
        assert all(each.isprintable() for each in told.replace("\n", "")), repr(told)
        assert finished.megabytes < MEGABYTES
        assert finished.seconds < 20  # a guard against what never ends: the benchmarks measure


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rounds.tables(), st.sampled_from(["", "", ".gz", ".zst"]))
def test_any_bytes_are_read_or_refused(tmp_path, weights, content, ending):
    rounds.is_read_or_refused(tmp_path, content, ending, ann_cli.load(weights))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(rounds.tables())
def test_any_bytes_through_the_command(tmp_path, weights, ann, content):
    (tmp_path / "t.csv").write_bytes(content)
    try:
        ann("predict", weights, "t.csv", "--append", status=3)
    except AssertionError:
        ann("predict", weights, "t.csv", "--append", status=0)


def test_control_characters_reach_no_terminal(tmp_path, ann):
    rows = "".join(
        f"{n},\x1b[31m{'xyz'[n % 3]}\x07,{n % 5},\x1b]0;c\x07{n % 2}\n" for n in range(80)
    )
    (tmp_path / "t.csv").write_text('a\x1b[2J,b\x07,"n\nnote: name",y\x1b[1m\n' + rows)
    (tmp_path / "c.yaml").write_text(
        'data: {file: t.csv, target: "y\\x1b[1m"}\nlayers: [{units: 3}]\nepochs: 1\n'
    )
    weights = "runs/c/weights.npz"
    for status, *arguments in (
        (0, "train", "c.yaml"),
        (0, "check", "c.yaml"),
        (0, "trace", "c.yaml", "--row", "1"),
        (0, "inspect", weights, "--data", "t.csv"),
        (0, "evaluate", weights, "t.csv"),
        (3, "init", "t.csv", "--target", "none"),
        (2, "train", "c.yaml", "--set", "optimizer.name=\x1b[2J"),
        (3, "predict", weights, "\x1b[2J.csv"),
    ):
        finished = ann(*arguments, status=status)
        for told in (finished.stdout, finished.stderr):
            assert all(each.isprintable() for each in told.replace("\n", "")), repr(told)
        assert "\nnote: name" not in finished.stderr
