"""A weights file is read as it was written, or refused: nothing between, and no other error."""

import copy
import io
import json
import random
import zipfile

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

import ann_cli
from ann_cli.config.plain_config import as_dict
from ann_cli.errors import AnnError, WeightsError
from ann_cli.model import weights


def parts(content):
    """Return the arrays of a weights file and its metadata."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, json.loads(str(arrays.pop("metadata")))


def joined(arrays, metadata):
    """Return the bytes of a file of these arrays, with metadata of any kind."""
    text = metadata if isinstance(metadata, np.ndarray) else np.array(json.dumps(metadata))
    content = io.BytesIO()
    np.savez(content, **arrays, metadata=text)
    return content.getvalue()


@pytest.fixture
def load(tmp_path):
    """Return the function that loads bytes."""

    def load(content):
        path = tmp_path / "weights.npz"
        path.write_bytes(content)
        return ann_cli.load(path)

    return load


def refused(load, content):
    with pytest.raises(WeightsError) as raised:
        load(content)
    assert raised.value.exit_status == 4
    assert raised.value.problems[0].place.endswith("weights.npz")
    return str(raised.value)


def test_numpy_opens_it(one):
    model, content, _ = one("softmax of three")
    arrays, metadata = parts(content)
    inputs = len(model.encoder.inputs)
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {
        "layers.0.weights": (inputs, 5),
        "layers.0.bias": (5,),
        "layers.1.weights": (5, 3),
        "layers.1.bias": (3,),
    }
    assert {array.dtype for array in arrays.values()} == {np.dtype("float32")}
    assert set(metadata) == {
        "format",
        "task",
        "config",
        "encoder",
        "columns",
        "classes",
        "metrics",
        "data_bytes",
        "data_sha256",
        "versions",
        "seed",
        "calibration",
    }
    assert metadata["classes"] == list(model.classes)
    assert "save_to" not in metadata["config"]


def test_equal_models_give_equal_bytes(one, tmp_path):
    model, content, _ = one("hinge of three")
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path in paths:
        weights.save(path, model)
        assert path.read_bytes() == content
    other = copy.deepcopy(model)
    other.network.theta[0] = np.nextafter(other.network.theta[0], np.float32(1e9))
    weights.save(paths[1], other)
    assert paths[1].read_bytes() != content


def test_joining_the_parts_again_changes_nothing(one, load):
    model, content, rows = one("softmax of three")
    assert_frame_equal(load(joined(*parts(content))).predict(rows), model.predict(rows))


def test_every_truncation_is_refused(one, load):
    _, content, _ = one("softmax of three")
    ends = {0, 1, 4, len(content) - 1, *np.linspace(2, len(content) - 2, 50).astype(int).tolist()}
    for end in ends:
        refused(load, content[:end])


def flips(content):
    """Yield the file with a byte changed: anywhere, then in the headers, where none is checked."""
    generator = random.Random(0)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        directory = range(archive.start_dir, len(content))
        heads = [
            at
            for one in archive.infolist()
            for at in range(one.header_offset, +one.header_offset + 160)
        ]
    for places, count in ((range(len(content)), 200), (directory, 200), (heads, 200)):
        for _ in range(count):
            changed = bytearray(content)
            changed[generator.choice(places)] ^= 1 << generator.randrange(8)
            yield bytes(changed)


def test_every_flip_is_refused_or_harmless(one, load):
    model, content, _ = one("softmax of three")
    harmless = 0
    for changed in flips(content):
        try:
            again = load(changed)
        except WeightsError:
            continue
        harmless += 1
        assert (again.network.theta == model.network.theta).all()
        assert (as_dict(again.config), again.encoder) == (as_dict(model.config), model.encoder)
        assert (again.metrics, again.versions) == (model.metrics, model.versions)
    assert harmless < 200  # a date or an attribute of the zip


def test_wrong_members(one, load):
    arrays, metadata = parts(one("softmax of three")[1])
    first, second = arrays["layers.0.weights"], arrays["layers.0.bias"]
    wrong = [
        {name: array for name, array in arrays.items() if name != "layers.1.bias"},
        arrays | {"layers.2.weights": second},
        arrays | {"layers.0.weights": first.T},
        arrays | {"layers.0.weights": first[:-1]},
        arrays | {"layers.0.weights": first.astype("float64")},
        arrays | {"layers.0.weights": first.astype(">f4")},
        arrays | {"layers.0.weights": first.astype(str)},
        arrays | {"layers.0.bias": np.full_like(second, np.nan)},
        arrays | {"layers.0.bias": np.full_like(second, np.inf)},
        arrays | {"layers.0.bias": second.astype(object)},
        {},
    ]
    for each in wrong:
        refused(load, joined(each, metadata))


def test_no_pickle_is_ever_run(one, load, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    arrays, metadata = parts(one("softmax of three")[1])
    trap = np.array(Trap(), dtype=object)
    refused(load, joined(arrays | {"layers.0.bias": trap}, metadata))
    refused(load, joined(arrays, trap))
    assert not tmp_path.joinpath("sprung").exists()


@pytest.mark.parametrize(
    "metadata",
    [
        np.array("not JSON"),
        np.array(""),
        np.array("[" * 100_000),
        np.array(["{}", "{}"]),
        np.array(1.0),
        np.array(b"{}"),
        None,
        [],
        {},
        {"format": 1},
        "text",
        3,
    ],
    ids=repr,
)
def test_wrong_metadata(one, load, metadata):
    refused(load, joined(parts(one("softmax of three")[1])[0], metadata))


def test_another_format_is_told(one, load):
    arrays, metadata = parts(one("softmax of three")[1])
    text = refused(load, joined(arrays, metadata | {"format": 2}))
    assert "format 2, and this version of ann reads 1" in text


def paths(value, before=()):
    """Yield the way to every value inside nested mappings and lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*before, key)
        if isinstance(each, dict | list):
            yield from paths(each, (*before, key))


JUNK = [None, True, -1, 10**400, 0.5, float("nan"), "", "-", "/etc/passwd", [], ["a"], {}, {"a": 1}]


def test_metadata_of_any_kind_is_refused_or_works(one, load, monkeypatch):
    """A changed value is another model or a refusal, never a crash; and no other file is read."""

    read = []
    monkeypatch.setattr("ann_cli.config.read._content", lambda path, label: read.append(path))
    _, content, rows = one("softmax of three")
    arrays, metadata = parts(content)
    places = [each for each in paths(metadata) if each[0] not in ("metrics", "versions")]
    generator = random.Random(1)
    tried = [(place, junk) for place in places for junk in generator.sample(JUNK, 4)]
    tried += [(("config",), junk) for junk in JUNK] + [(("encoder",), junk) for junk in JUNK]
    for place, junk in tried:
        changed = copy.deepcopy(metadata)
        inside = changed
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = junk
        try:
            model = load(joined(arrays, changed))
            assert model.config.task == "classification"
            model.predict(rows, probabilities=True)
        except AnnError:
            continue
    assert not read


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("task", "regression"),
        ("task", "auto"),
        ("loss", {"name": "huber", "threshold": 1.0}),
        ("output_activation", "linear"),
        ("loss", "auto"),
    ],
)
def test_a_config_that_does_not_fit_its_classes(one, load, key, value):
    arrays, metadata = parts(one("softmax of three")[1])
    metadata["config"][key] = value
    refused(load, joined(arrays, metadata))


def test_a_number_and_classes_are_not_exchanged(one, load):
    arrays, metadata = parts(one("regression linear")[1])
    metadata["encoder"]["target"] = {"name": "price", "classes": ["a", "b"]}
    refused(load, joined(arrays, metadata))


def test_a_missing_file_a_folder_and_another_kind(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    reasons = {
        "none.npz": "no such file",
        "": "this folder holds no weights.npz",
        "a.csv": "not a weights file",
        "array.npy": "not a weights file",
        "other.zip": "damaged, or not a weights file: hello.txt is not an array",
        "nul\0": "embedded null byte",
    }
    for name, reason in reasons.items():
        for path in (tmp_path / name, str(tmp_path / name)):
            with pytest.raises(WeightsError, match=r"name a weights\.npz") as raised:
                ann_cli.load(path)
            assert raised.value.problems[0].message == reason


def test_a_config_in_the_place_of_weights_is_named(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# what is learned\n\ndata: {file: a.csv, target: y}\n" + "#\n" * 5000)
    with pytest.raises(WeightsError) as raised:
        ann_cli.load(path)
    (problem,) = raised.value.problems
    assert problem.message == "this is a config, and weights were expected"
    assert problem.remedy == f"`ann train {path}` writes weights"
