"""One round of each way to break things: the tests make a few, the soak as many as time allows."""

import csv
import gzip
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.config.schema import schema
from ann_cli.errors import AnnError, DivergedError, WeightsError
from ann_cli.model.checksums import differing
from ann_cli.model.model import Model
from ann_cli.run import Predictions

ROWS = pd.DataFrame({"a": [float(n) for n in range(30)], "b": [n % 4 for n in range(30)]})
ROWS["zone"] = ["north", "south", "west"] * 10


def table(folder: Path) -> Path:
    """Write a small table with numbers, a category, a target of numbers and one of classes."""
    path = folder / "d.csv"
    two = ["yes" if n % 3 else "no" for n in range(30)]
    ROWS.assign(y=(2 * ROWS["a"] - ROWS["b"]) % 5, two=two).to_csv(path, index=False)
    return path


def config(folder: Path, **keys: Any) -> dict[str, Any]:
    """Return a config that trains in a moment."""
    data = {"file": str(folder / "d.csv"), "target": "y", "exclude": ["two"]}
    return {"data": data, "layers": [{"units": 3}], "epochs": 1, "save_to": f"{folder}/run"} | keys


LAST = 100
"""The seed that is trained after a kill; the next round's begin behind it."""


def killed(folder: Path, draw: random.Random) -> bool:
    """Kill, at a random moment, a process that trains one seed after the other into one folder.

    Assert that each file is whole and the weights predict, and that a mixture of two runs is told;
    then train there again. Return whether it was a mixture.
    """
    child = os.fork()
    if not child:
        try:
            for seed in range(LAST + 1, LAST + 10_000):
                ann_cli.train(config(folder, seed=seed))
        finally:
            os._exit(1)
    time.sleep(draw.uniform(0.05, 0.35))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended by itself"
    run = folder / "run"
    if not (run / "SHA256SUMS").exists():
        return False  # the first run was not finished
    seeds = {
        "config.yaml": load_config(run / "config.yaml").seed,
        "metrics.json": json.loads((run / "metrics.json").read_text())["seed"],
        "weights.npz": ann_cli.load(run / "weights.npz").config.seed,
    }
    with open(run / "history.csv") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1"]
    assert max(seeds.values()) - min(seeds.values()) <= 1, seeds
    ann_cli.load(run / "weights.npz").predict(ROWS)
    mixed = bool(differing(run))
    assert mixed or len(set(seeds.values())) == 1, seeds
    ann_cli.train(config(folder, seed=LAST))
    assert differing(run) == []
    assert not list(run.glob(".*")), "the next run cleans up"
    return mixed


def resumed(folder: Path, draw: random.Random) -> str:
    """Kill a training at random moments, each time to be taken up where its checkpoint stands.

    Assert that it ends as one does that was never interrupted. Return how often it was killed.
    """
    keys = {"epochs": 150, "batch_size": 5, "layers": [{"units": 3, "dropout": 0.2}]}
    keys |= {"seed": draw.randrange(1000), "checkpoint_every": draw.choice([0, 0.001])}
    whole = ann_cli.train(config(folder, **keys, save_to=f"{folder}/whole"))
    kills = 0
    while kills < 4:
        child = os.fork()
        if not child:
            try:
                ann_cli.train(config(folder, **keys, save_to=f"{folder}/parts"), resume=kills > 0)
            finally:
                os._exit(0)
        time.sleep(draw.uniform(0.02, 0.2))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        kills += 1
    parts = ann_cli.train(config(folder, **keys, save_to=f"{folder}/parts"), resume=kills > 0)
    assert parts.path.read_bytes() == whole.path.read_bytes(), keys
    assert parts.history == whole.history
    shutil.rmtree(folder / "parts")
    return f"killed {kills} times"


def flipped(content: bytes, edits: list[tuple[int, int]]) -> bytes:
    """Return the content with bytes changed: (place, what it is XORed with)."""
    changed = bytearray(content)
    for at, bits in edits:
        changed[at % len(content)] ^= bits
    return bytes(changed)


EDITS = st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=4)


def same_or_refused(path: Path, content: bytes, expected: pd.DataFrame) -> bool:
    """Load changed weights; assert that they predict as before or are refused in one line."""
    path.write_bytes(content)
    try:
        model = ann_cli.load(path)
    except WeightsError as error:
        if "\n" in error.problems[0].message:
            raise
        return True
    assert_frame_equal(model.predict(ROWS), expected)
    return False


def drawn(node: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that a node of the JSON Schema describes, numbers being mostly small."""
    if "$ref" in node:
        # Deferred: a layer may hold layers.
        named = definitions[node["$ref"].rsplit("/", 1)[1]]
        return st.deferred(lambda: drawn(named, definitions))
    for word in ("allOf", "anyOf"):
        if word in node:
            return st.one_of(*(drawn(each, definitions) for each in node[word]))
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kind = node["type"] if isinstance(node["type"], str) else node["type"][0]
    if kind == "object":
        keys = node.get("properties", {})
        fields = {name: drawn(each, definitions) for name, each in keys.items()}
        needed = {name: fields.pop(name) for name in node.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    if kind == "array":
        least = node.get("minItems", 0)
        return st.lists(drawn(node["items"], definitions), min_size=least, max_size=2)
    if kind in ("integer", "number"):
        return _number(node, kind)
    return {
        "boolean": st.booleans(),
        "null": st.none(),
        "string": st.sampled_from(["a", "b", "zone", "-", "none.csv", "ü"]),
    }[kind]


def _number(node: dict[str, Any], kind: str) -> st.SearchStrategy[Any]:
    least = node.get("minimum", node.get("exclusiveMinimum", 0))
    most = min(node.get("maximum", node.get("exclusiveMaximum", 5)), 5)
    if kind == "integer":
        return st.integers(int(least), max(int(most), int(least)))
    usual = st.floats(
        least, most, exclude_min="exclusiveMinimum" in node, exclude_max="exclusiveMaximum" in node
    )
    return usual | st.sampled_from([least, most, 1e-300, 1e5])


def configs() -> st.SearchStrategy[dict[str, Any]]:
    """Return configs of any keys that the schema has, but for the data, which are the table."""
    whole = dict(schema())
    definitions = whole.get("definitions", {})
    kept = {
        key: each for key, each in whole["properties"].items() if key not in ("data", "save_to")
    }
    data = st.fixed_dictionaries(
        {"target": st.sampled_from(["y", "two"])},
        optional={
            "validation": st.sampled_from([0, 0.2, 0.5]),
            "scaling": st.sampled_from(["standard", "robust", "minmax", "none"]),
        },
    )
    keys = drawn({"type": "object", "properties": kept}, definitions)
    return st.builds(lambda data, keys: {"data": data, **keys}, data, keys)


def trains_or_is_refused(folder: Path, keys: dict[str, Any]) -> str:
    """Train a config: it does, it diverges, or it is refused; anything else is raised.

    The status is 2 where its keys do not fit each other, 3 where they do not fit the table.
    """
    data = keys["data"] | {"file": str(folder / "d.csv")}
    try:
        ann_cli.train({"recipe": "none"} | keys | {"data": data, "save_to": str(folder / "tried")})
    except DivergedError:
        return "diverged"
    except AnnError as error:
        if error.exit_status not in (2, 3):
            raise
        return "refused"
    return "trained"


def tables() -> st.SearchStrategy[bytes]:
    """Return bytes that may be a CSV: of any kind, of a CSV's own signs, or a table with edits."""
    whole = ROWS.assign(y=ROWS["a"] % 5, two=["yes", "no", "no"] * 10).to_csv(index=False).encode()
    signs = '01.,-+e"= \n\r\t;é\x1b\0√ainf'
    text = st.text(alphabet=signs, max_size=120).map(str.encode)
    edited = st.lists(st.tuples(st.integers(0, len(whole)), text), min_size=1, max_size=3)
    return st.one_of(
        st.binary(max_size=200),
        text.map(b"a,b,zone,two,y\n".__add__),
        st.builds(_inserted, st.just(whole), edited),
        st.builds(flipped, st.just(whole), EDITS),
    )


def _inserted(content: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for at, text in edits:
        content = content[:at] + text + content[at:]
    return content


def is_read_or_refused(folder: Path, content: bytes, ending: str, model: Model) -> str:
    """Train on bytes, and predict for them; anything but a result or an AnnError is raised.

    `ending` is one of a file's name; with .gz the bytes are compressed, with .zst they are not.
    """
    path = folder / f"hostile.csv{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".gz" else content)
    found = []
    data = {"file": str(path), "target": "y"}
    keys = {"data": data, "layers": [], "epochs": 1, "save_to": f"{folder}/hostile"}
    for action in (lambda: ann_cli.train(keys), lambda: list(Predictions(model, str(path)))):
        try:
            action()
        except AnnError as error:
            if error.exit_status not in (2, 3, 6) or len(str(error)) > 5000:
                raise
            found.append("refused")
        else:
            found.append("read")
    return "training and prediction " + " and ".join(found)
