"""Configs made to harm: each refused with its line, in a few lines; the soak takes the time."""

import pytest

from ann_cli.config.read import LARGEST, load
from ann_cli.errors import ConfigError

HEAD = "data: {file: d.csv, target: y}\n"
LETTERS = "bcdefghi"
NINES = "9" * 5000
HOSTILE = {
    "a billion laughs": (
        "a: &a [x, x]\n"
        + "".join(
            f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]\n"
            for before, one in zip("a" + LETTERS, LETTERS, strict=False)
        ),
        1,
        "&a repeats a part elsewhere",
    ),
    "557 bytes of merges": (
        "x0: &x0 {a: 1}\n"
        + "".join(f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 20)),
        1,
        "&x0 repeats a part elsewhere",
    ),
    "a merge key alone": (HEAD + "<<: {epochs: 3}\n", 2, "'<<' merges a part from elsewhere"),
    "a cycle": ("data: &a {file: *a}\n", 1, "&a repeats a part elsewhere"),
    "51 deep": (HEAD + "layers: " + "[" * 51, 2, "nested more than 50 deep"),
    "a million deep": ("[" * 1_000_000, 1, "nested more than 50 deep"),
    "deep mappings": ("{a: " * 250_000, 1, "nested more than 50 deep"),
    "deep blocks": ("".join(" " * n + "a:\n" for n in range(1000)), 51, "nested more than 50"),
    "dashes": ("- " * 500_000, 1, "nested more than 50 deep"),
    "too many values": (HEAD + f"layers: [{'{},' * 20_000}]", 2, "more than 20,000 keys, values"),
    "1 MiB and a byte": ("#" * (LARGEST + 1), None, "larger than 1 MiB"),
    "5,000 digits": (HEAD + f"seed: {NINES}\n", 2, "more than 400 digits"),
    "5,000 decimals": (HEAD + f"\nl1: 0.{NINES}\n", 3, "more than 400 digits"),
    "5,000 digits in quotes": (HEAD + f"seed: '{NINES}'\n", 2, "expected a whole number"),
    "a tag that would run": (
        HEAD + "x: !!python/object/apply:os.system [true]\n",
        2,
        "the tag !!python/object/apply:os.system has no use here",
    ),
    "two documents": (f"{HEAD}---\n{HEAD}", 2, "a second document starts here"),
    "NUL": (HEAD + "x: a\0b\n", 2, r"a character that no YAML may hold: '\x00'"),
    "one key of 1 MB": ("x" * 1_000_000 + ": 1\n", 1, "a ':' is not expected here"),
    "one value of 1 MB": (HEAD + "seed: " + "x" * 1_000_000, 2, "expected a whole number"),
    "a list as a key": ("? " * 300_000, 1, "a key must be a plain word"),
    "anchors": ("&a " * 300_000, 1, ""),
    "strings without commas": ("[" + '"a" ' * 200_000, 1, "a list that [ opened goes on wrongly"),
    "6,000 times a key": (HEAD + "seed: 1\n" * 6000, 3, "the key 'seed' stands here twice"),
    "9,000 unknown keys": (
        HEAD + "".join(f"epoch{n}: 1\n" for n in range(9000)),
        2,
        "unknown key 'epoch0'",
    ),
    "9,000 tags": (HEAD + f"x: [{', '.join(['!!str a'] * 9000)}]", 2, "the tag !!str has no use"),
    "4,900 wrong layers": (HEAD + f"layers: [{'{unit: 3},' * 4900}]", 2, "no key here"),
    "a million newlines": ("\n" * 1_000_000, 1, "the config is empty"),
    "10⁹ units": (HEAD + "layers: [{units: 1000000000}]", 2, "at most 1000000, found 1000000000"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_in_few_lines(tmp_path, case):
    text, line, message = HOSTILE[case]
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(path)
    first, *others = raised.value.problems
    assert first.message.startswith(message) or message in first.message
    assert first.place.startswith(f"{path}:{line}" if line else str(path))
    assert len(others) <= 20
    assert len(str(raised.value)) < 20_000


def test_the_most_that_is_allowed_is_read(tmp_path):
    """As many events, digits and levels as there may be are no hindrance."""
    path = tmp_path / "c.yaml"
    zeros = "0" * 390
    path.write_text(HEAD + f"l1: 0.{zeros}\nlayers: [{'{units: 1},' * 4900}]\n")
    assert len(load(path).layers) == 4900
    path.write_text(HEAD + f"epochs: {zeros}7\n# {'9' * 5000}\n")
    assert load(path).epochs == 7
    path.write_text(f"data: {{file: '{'9' * 1000}', target: y}}\n")
    assert load(path).data.file == "9" * 1000
    path.write_text(HEAD + "#" * (LARGEST - len(HEAD)))
    assert load(path).data.target == "y"
