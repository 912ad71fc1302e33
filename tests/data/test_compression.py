"""Compressed tables: the rows are those of the plain file; bombs and damage are told."""

import gzip
import os
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import zstandard

from ann_cli.data.csv import compression as compressed
from ann_cli.data.csv.table import CsvTable
from ann_cli.errors import DataError

PLAIN = "a,b\n" + "".join(f"{row},{row * row % 9973}\n" for row in range(100_000))
KINDS = {"a": "number", "b": "number"}
COMPRESS = {".gz": gzip.compress, ".zst": zstandard.compress, ".GZ": gzip.compress}


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("ending", COMPRESS)
def test_the_rows_are_those_of_the_plain_file(write, ending):
    content = PLAIN.encode()
    plain = CsvTable(write("t.csv", content))
    half = content.index(b"\n", len(content) // 2) + 1
    parts = COMPRESS[ending](content[:half]) + COMPRESS[ending](content[half:])
    found = CsvTable(write(f"t.csv{ending}", parts))
    assert found.recognise() == KINDS
    for _ in range(2):  # as epochs of a streamed training do
        pd.testing.assert_frame_equal(found.read(KINDS), plain.read(KINDS))
    assert np.isclose(found.rows_about(), plain.rows_about(), rtol=0.2)


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("cut", [1, 4, 9, 1000, 100_000])
def test_a_file_cut_short_is_told(write, ending, cut):
    content = COMPRESS[ending](PLAIN.encode())
    with pytest.raises(DataError, match="cannot be inflated"):
        CsvTable(write(f"t.csv{ending}", content[:-cut])).read(KINDS)


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\0" * 99])
def test_another_content_than_the_name_says_is_told(write, ending, content):
    with pytest.raises(DataError, match=f"is no {ending} in spite of its name"):
        CsvTable(write(f"t.csv{ending}", content))


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_bomb_is_refused_early(write, ending):
    row = b"1,2\n" * (1 << 20)
    bomb = COMPRESS[ending](b"a,b\n" + row * 8)
    path = write(f"t.csv{ending}", bomb)
    with pytest.raises(DataError, match="more than 200 times its size"):
        CsvTable(path).read(KINDS)
    small = write(f"small.csv{ending}", COMPRESS[ending](b"a,b\n" + row[: 1 << 20]))
    assert len(CsvTable(small).read(KINDS)) == 1 << 18


def test_a_window_beyond_the_usual_is_refused(write):
    wide = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    writer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    content = writer.compress(PLAIN.encode() * 20) + writer.flush()
    with pytest.raises(DataError, match=r"too much memory(.|\n)*unzstd --long=31"):
        CsvTable(write("t.csv.zst", content))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python has zstd")
def test_zstd_without_its_package_says_what_to_install(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(DataError, match="pip install zstandard"):
        CsvTable(write("t.csv.zst", zstandard.compress(b"a\n1\n")))


def test_a_named_pipe_may_be_compressed(tmp_path):
    path = tmp_path / "pipe.gz"
    os.mkfifo(path)
    content = gzip.compress(PLAIN.encode())
    writer = threading.Thread(target=path.write_bytes, args=(content,))
    writer.start()
    found = CsvTable(path)
    assert len(found.read(found.recognise())) == 100_000
    writer.join()


def test_inflating_is_asked_for_by_the_name(write):
    with pytest.raises(DataError, match=r"looks like gzip.*\n.*ending \.gz"):
        CsvTable(write("t.csv", gzip.compress(b"a\n1\n")))
    assert set(compressed.FORMATS) == {".gz", ".zst"}
