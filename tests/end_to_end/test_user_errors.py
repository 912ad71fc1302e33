"""What a person does wrong: which status, where it is, what to do, and nothing written."""

import json

import pytest

GOOD = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (2 * n, n % 7, 3 * n + 1) for n in range(40))
CONFIG = "data: {file: d.csv, target: y}\nepochs: 2\nsave_to: run\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "d.csv").write_bytes(GOOD)
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def listing(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


def test_the_good_case_is_good(ann, folder):
    assert ann("train", "c.yaml").stdout == "run/weights.npz\n"


CONFIGS = {
    "unknown key": ("epoch: 3\n", "c.yaml:4: epoch: unknown key 'epoch'", "did you mean epochs?"),
    "not a number": ("seed: x\n", "c.yaml:4: seed: expected a whole number", ""),
    "below": ("batch_size: 0\n", "c.yaml:4: batch_size: expected a whole number of at least 1", ""),
    "misspelt": ("loss: hubber\n", "c.yaml:4: loss: 'hubber' is not a loss", "did you mean huber?"),
    "unlearnable": (
        "layers:\n  - {units: 3, activation: threshold}\n",
        "c.yaml:5: layers.0.activation",
        "",
    ),
    "twice": ("seed: 1\nseed: 2\n", "c.yaml:5: seed", ""),
    "not YAML": ("layers: [{units: 3\n", "c.yaml:", ""),
    "no such loss for it": ("loss: cross_entropy\n", "c.yaml:4: loss: ", ""),
    "empty folder name": ("early_stopping: {patience: 0}\n", "c.yaml:4: early_stopping.p", ""),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_mistake_in_the_config(ann, folder, case):
    added, place, remedy = CONFIGS[case]
    (folder / "c.yaml").write_text(CONFIG + added)
    before = listing(folder)
    told = ann("train", "c.yaml", status=2)
    assert told.stderr.startswith("error: ")
    assert place in told.stderr
    assert remedy in told.stderr
    assert told.stdout == ""
    assert listing(folder) == before


def test_all_mistakes_at_once_in_the_order_of_the_lines(ann, folder):
    (folder / "c.yaml").write_text("data: {fil: d.csv}\nepochs: -1\noptimizer: adm\n")
    told = ann("train", "c.yaml", "--set", "sed=1", status=2).stderr
    places = [line.split(" ")[1] for line in told.splitlines() if line.startswith("error:")]
    lines = [place for place in places if place.startswith("c.yaml:")]
    assert [place[:8] for place in lines] == ["c.yaml:1"] * 3 + ["c.yaml:2", "c.yaml:3"]
    assert "--set" in places


def numbers(**cells):
    """The good table with one row's line replaced; the header is line 1."""
    lines = GOOD.splitlines()
    for line, text in cells.items():
        lines[int(line[1:]) - 1] = text
    return b"\n".join(lines) + b"\n"


TABLES = {
    "no bytes": (b"", "d.csv: the file is empty"),
    "header only": (b"a,b,y\n", "d.csv: a header and no rows"),
    "blank lines only": (b"\n\n\n", "d.csv: nothing but blank lines"),
    "first row long": (numbers(l2=b"1,2,3,4"), "d.csv:2: 4 fields, where the header has 3"),
    "later row short": (numbers(l9=b"1,2"), "d.csv:9: 2 fields, where the header has 3"),
    "every row long": (GOOD.replace(b"\n", b",\n").replace(b"y,", b"y", 1), "d.csv:2: 4 fields"),
    "same name twice": (GOOD.replace(b"a,b,y", b"a,a,y"), "d.csv:1: a names the columns at pos"),
    "no name": (GOOD.replace(b"a,b,y", b",,"), "d.csv:1: the column at position 1 has no name"),
    "Latin-1": (numbers(l5=b"1,caf\xe9,3"), "d.csv:5: byte 6 (0xe9) is not UTF-8"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "d.csv: looks like UTF-16"),
    "gzip": (b"\x1f\x8b\x08\0" + GOOD, "d.csv: looks like gzip"),
    "JSON": (b'[{"a": 1, "y": 2}]', "d.csv: looks like JSON, and a CSV was expected"),
    "a config": (b"# mine\n" + CONFIG.encode(), "d.csv: looks like a config, and a CSV"),
    "Excel": (b"PK\x03\x04" + GOOD, "d.csv: looks like a zip archive or an Excel workbook"),
    "NUL": (numbers(l7=b"1,\0,3"), "d.csv:7: a NUL byte"),
    "open quote": (numbers(l4=b'1,"2,3'), "d.csv:4: a quote opens a cell"),
    "no target column": (GOOD.replace(b"a,b,y", b"a,b,Y"), "c.yaml:1: data.target: d.csv has no"),
    "target missing": (b"a,y\n1,\n2,\n", "d.csv: column y is the target, and every cell"),
    "target alone": (b"y\n1\n2\n3\n", "d.csv: no column is left to learn from"),
    "all constant": (b"a,y\n1,1\n1,2\n1,3\n1,4\n1,5\n", "d.csv: no column is left to learn from"),
    "all missing": (b"a,b,y\n,,1\n,,2\n,,3\n,,4\n", "d.csv: no column is left to learn from"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_mistake_in_the_table(ann, folder, case):
    content, words = TABLES[case]
    (folder / "d.csv").write_bytes(content)
    before = listing(folder)
    told = ann("train", "c.yaml", status=3)
    assert f"error: {words}" in told.stderr
    assert told.stdout == ""
    assert listing(folder) == before


def test_missing_files_name_the_nearest(ann, folder):
    assert "did you mean c.yaml?" in ann("train", "cc.yaml", status=2).stderr
    overridden = ann("train", "c.yaml", "--set", "data.file=dd.csv", status=3).stderr
    assert "dd.csv: no such file" in overridden
    assert "did you mean d.csv?" in overridden
    assert "no such file" in ann("predict", "none.npz", "d.csv", status=4).stderr
    ann("train", "c.yaml")
    assert "no such file" in ann("predict", "run/weights.npz", "none.csv", status=3).stderr
    assert "is a folder" in ann("predict", "run/weights.npz", "run", status=3).stderr


def damaged(whole):
    return {
        "text": b"just text\n",
        "empty": b"",
        "short": whole[: len(whole) // 2],
        "one byte": whole[:-1],
        "flipped": whole[:300] + bytes([whole[300] ^ 1]) + whole[301:],
    }


def test_what_is_no_weights_file(ann, folder):
    ann("train", "c.yaml")
    for name, content in damaged((folder / "run" / "weights.npz").read_bytes()).items():
        (folder / "bad.npz").write_bytes(content)
        for command in ("predict", "evaluate"):
            told = ann(command, "bad.npz", "d.csv", status=4)
            assert told.stderr.startswith("error: bad.npz: "), name
            assert "name a weights.npz that `ann train` has written" in told.stderr
            assert told.stdout == ""
    assert "folder" in ann("predict", ".", "d.csv", status=4).stderr
    whole = ann("predict", "run/weights.npz", "d.csv").stdout
    assert ann("predict", "run", "d.csv").stdout == whole


def test_predicting_from_a_table_that_does_not_fit(ann, folder):
    ann("train", "c.yaml")
    (folder / "e.csv").write_text("a,c\n1,2\n")
    told = ann("predict", "run/weights.npz", "e.csv", status=3)
    assert "e.csv: no column b" in told.stderr
    (folder / "e.csv").write_text("a,b\n1,2\n1,x\n")
    for form in ((), ("--format", "jsonl")):
        told = ann("predict", "run/weights.npz", "e.csv", "--strict", *form, status=3)
        assert 'e.csv:3, column b: "x", where a number was expected' in told.stderr
        told = ann("predict", "run/weights.npz", "e.csv", *form)
        assert "column b: 1 cell counted as missing" in told.stderr
        assert len(told.stdout.splitlines()) == 2 + (not form)
    (folder / "e.csv").write_text("a,b,prediction\n1,2,3\n")
    told = ann("predict", "run/weights.npz", "e.csv", "--append", status=3)
    assert "there is a column 'prediction' already" in told.stderr
    told = ann("predict", "run/weights.npz", "d.csv", "--probabilities", status=2)
    assert "--probabilities: a number is predicted here" in told.stderr
    assert "no column z" in ann("predict", "run/weights.npz", "d.csv", "--id", "z", status=3).stderr
    assert "no column y" in ann("evaluate", "run/weights.npz", "e.csv", status=3).stderr


def test_what_cannot_be_written(ann, folder):
    (folder / "file.txt").write_text("here already")
    before = listing(folder)
    told = ann("train", "c.yaml", "--set", "save_to=file.txt/run", status=5)
    assert told.stderr.startswith("error: file.txt/run: cannot be written: ")
    assert "save_to" in told.stderr
    assert ann("train", "c.yaml", "--set", "save_to=file.txt", status=5).stdout == ""
    assert listing(folder) == before
    assert (folder / "file.txt").read_text() == "here already"


def test_divergence_is_told(ann, folder):
    settings = ("--set", "optimizer={name: sgd, learning_rate: 1e6}", "--set", "epochs=50")
    told = ann("train", "c.yaml", *settings, status=6)
    assert "learning_rate" in told.stderr
    assert told.stdout == ""
    assert "Warning" not in told.stderr
    assert not (folder / "run" / "weights.npz").exists()


FAILURES = [
    (2, "config", ("train", "none.yaml")),
    (2, "config", ("check", "none.yaml")),
    (2, "usage", ("train",)),
    (2, "usage", ("tain",)),
    (2, "usage", ("predict", "a", "b", "--format", "xml")),
    (3, "data", ("init", "none.csv", "--target", "y")),
    (3, "data", ("init", "d.csv", "--target", "z")),
    (4, "weights", ("predict", "c.yaml", "d.csv")),
    (4, "weights", ("evaluate", "none.npz", "d.csv")),
    (5, "file", ("train", "c.yaml", "--set", "save_to=d.csv")),
    (6, "diverged", ("train", "c.yaml", "--set", "optimizer={name: sgd, learning_rate: 1e6}",
                     "--set", "epochs=50")),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "arguments"), FAILURES)
def test_a_failure_is_a_json_document_too(ann, folder, status, kind, arguments):
    plain = ann(*arguments, status=status)
    assert plain.stdout == ""
    told = ann(*arguments, "--json", status=status)
    error = json.loads(told.stdout)["error"]
    assert (error["kind"], error["exit_status"]) == (kind, status)
    assert all(set(each) == {"message", "place", "remedy"} for each in error["problems"])
    assert error["problems"][0]["message"] in told.stderr
    assert told.stderr == plain.stderr


def test_a_failure_halfway_leaves_one_json_document(ann, folder):
    ann("train", "c.yaml")
    rows = b"1,2\n" * 600_000
    (folder / "long.csv").write_bytes(b"a,b\n" + rows + b"1,x\n")
    told = ann("predict", "run/weights.npz", "long.csv", "--json", "--strict", status=3)
    assert json.loads(told.stdout)["error"]["problems"][0]["place"] == "long.csv:600002, column b"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trian", "c.yaml"), "did you mean train?"),
        (("zzz",), "No such command 'zzz'"),
        (("train", "c.yaml", "--sett", "a=1"), "--set"),
        (("predict", "a", "b", "--probabilites"), "--probabilities"),
        (("train",), "see ann train --help"),
        (("predict", "run"), "Missing argument 'DATA'"),
        (("init", "d.csv"), "--model\n  the columns are: a, "),
        (
            ("init", "d.csv", "d.csv", "--target", "y"),
            "their quoted pattern, such as 'sales/*.csv'",
        ),
        (("train", "c.yaml", "--set", "epochs"), "expected KEY=VALUE, found 'epochs'"),
        (("train", "c.yaml", "--set", "epocs=1"), "did you mean epochs?"),
    ],
)
def test_a_slip_on_the_command_line(ann, folder, arguments, words):
    told = ann(*arguments, status=2)
    assert told.stderr.startswith("error: ")
    assert words in told.stderr
    assert told.stdout == ""


def test_debug_alone_shows_the_traceback(ann, folder):
    assert "Traceback" not in ann("train", "none.yaml", status=2).stderr
    told = ann("train", "none.yaml", "--debug", status=2).stderr
    assert "Traceback (most recent call last)" in told
    assert "error: none.yaml: no such file" in told


def test_rows_without_a_target_are_left_out_and_counted(ann, folder):
    (folder / "d.csv").write_bytes(GOOD + b"1,2,\n3,4,\n")
    assert "left out 2 rows without y" in ann("train", "c.yaml").stderr
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert (metrics["rows"], metrics["dropped_rows"]) == (40, 2)


def test_a_network_that_does_not_beat_the_baselines_is_told(ann, folder):
    """Before its first step one whose weights are 0 predicts the mean, near enough."""
    asked = ("layers=[]", "initializer=zeros", "epochs=0")
    told = ann("train", "c.yaml", *(word for each in asked for word in ("--set", each))).stderr
    assert "The network cannot be told apart from mean" in told
