"""What is given as a config and is something else."""

import gzip

import pytest

from ann_cli.config.read import load
from ann_cli.errors import ConfigError

OTHERS = {
    "a CSV": (b"a,b\n1,2\n3,4\n", "looks like a table", "ann init"),
    "a CSV with semicolons": (b"a;b\n1,5;2\n", "looks like a table", "ann init"),
    "a wide CSV of digits": (b"a,b\n" + b"1234567890," * 99 + b"1\n", "expected keys", ""),
    "weights": (b"PK\x03\x04rest", "a weights file", "ann predict"),
    "a compressed CSV": (gzip.compress(b"a,b\n1,2\n"), "no text", ""),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text", ""),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_kind_of_file_is_told_as_that(tmp_path, kind):
    content, message, remedy = OTHERS[kind]
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert message in raised.value.problems[0].message or kind.startswith("a wide")
    assert remedy in raised.value.problems[0].remedy


@pytest.mark.parametrize(
    "text", ["data: {file: a.csv, target: y}\n", "{data: {file: a.csv, target: y}, epochs: 1}",
             "# a, b\ndata:\n  file: a.csv\n  target: y\n", "---\ndata: {file: a, target: y}\n"]
)  # fmt: skip
def test_a_config_is_read(tmp_path, text):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    assert load(path).data.target == "y"
