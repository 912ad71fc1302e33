"""`ann recommend` and its like through the installed command."""

import csv
import io
import json

import pytest

HEAD = "who,what,stars\n"


@pytest.fixture
def folder(tmp_path):
    rows = [(user, item, 5 if (user + item) % 2 else 1) for user in range(12) for item in range(9)]
    shown = [row for row in rows if (row[0] * 7 + row[1] * 3) % 4]
    text = "".join(
        f'u{user},"{"=1+1" if item == 1 else f"i{item}"}",{r}\n' for user, item, r in shown
    )
    (tmp_path / "r.csv").write_text(HEAD + text)
    return tmp_path


def _rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_from_a_table_to_recommendations(ann, folder):
    started = ann("init", "r.csv", "--user", "who", "--item", "what", "--rating", "stars")
    (folder / "r.yaml").write_text(started.stdout)
    assert ann("check", "r.yaml").stdout == ""
    short = ("--set", "epochs=3", "--set", "layers=[{units: 4}]")
    assert ann("train", "r.yaml", *short).stdout == "runs/r/weights.npz\n"
    found = _rows(ann("recommend", "runs/r", "--top", "2").stdout)
    assert list(found[0]) == ["user", "item", "rank", "score"]
    assert {row["user"] for row in found} == {f"u{n}" for n in range(12)}
    seen = {(row["who"], row["what"]) for row in _rows((folder / "r.csv").read_text())}
    trained = {(row["user"], row["item"]) for row in found} & seen
    # What validates and tests is not known to the model.
    assert len(trained) < len(found)
    assert all(1 <= float(row["score"]) <= 5 for row in found)
    asked = ann("recommend", "runs/r", "--users", "-", "--json", "--top", "1", input="who\nu3\nx\n")
    told = json.loads(asked.stdout)["recommendations"]
    assert [row["user"] for row in told] == ["u3", "x"]
    assert "1 who not there in training" in asked.stderr
    new = HEAD + "new,i2,5\nnew,i4,1\nnew,nothing,3\nu3,i0,5\n"
    asked = ann("recommend", "runs/r", "--ratings", "-", input=new)
    items = {row["item"] for row in _rows(asked.stdout) if row["user"] == "new"}
    assert items == {"i0", "=1+1", "i3", "i5", "i6", "i7", "i8"}
    assert "left out 1 row of items that were not there in training" in asked.stderr
    assert "1 who known from training: their ratings there count, too" in asked.stderr
    safe = ann("recommend", "runs/r", "--similar", "i2", "--safe-csv").stdout
    assert safe.startswith("item,rank,score\n")
    assert "'=1+1" in [row["item"] for row in _rows(safe)]


def test_pairs_from_standard_input(ann, folder):
    (folder / "r.yaml").write_text(
        "data: {file: r.csv, user: who, item: what, rating: stars}\nmodel: autoencoder\nepochs: 1\n"
        "layers: [{units: 4}]\n"
    )
    ann("train", "r.yaml", "-q")
    pairs = "what,who\ni2,u1\ni2,stranger\n,u1\n"
    found = ann("predict", "runs/r", "-", "--append", input=pairs)
    assert [list(row)[-1] for row in _rows(found.stdout)] == ["prediction"] * 3
    assert "column who: values not seen in training in 1 cell" in found.stderr
    assert "what is predicted of these is the biases alone" in found.stderr
    scored = json.loads(ann("evaluate", "runs/r", "r.csv", "--json").stdout)
    assert set(scored["sides"]) == {"training", "validation"}
    assert scored["ratings"] == scored["rows"]
    looked = json.loads(ann("inspect", "runs/r", "--json").stdout)
    assert looked["users"] == 12
    assert "it looks at" not in ann("inspect", "runs/r").stderr
    assert ann("report", "runs/r").stdout == "runs/r/report.html\n"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("recommend", "w", "--users", "a", "--similar", "b"), 2, "do not go together"),
        (("recommend", "w", "--top", "0"), 2, "--top"),
        (("recommend", "w", "--json", "--safe-csv"), 2, "--safe-csv is for a CSV"),
        (("init", "r.csv", "--user", "who"), 2, "--item is missing"),
        (("init", "r.csv", "--user", "who", "--item", "no"), 3, "there is no column 'no'"),
        (
            ("init", "r.csv", "--user", "who", "--item", "what", "--target", "stars"),
            2,
            "no --target",
        ),
    ],
)
def test_what_is_refused(ann, folder, arguments, status, said):
    assert said in ann(*arguments, status=status).stderr


def test_weights_of_a_table_recommend_nothing(ann, penguins):
    told = ann("recommend", penguins.weights, status=2).stderr
    assert "know of no users and items" in told
