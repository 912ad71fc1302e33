"""ann report, ann plot and ann train --report: what they print, write and refuse."""

import json
import shlex
import shutil

import numpy as np
import pytest

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def made(warm_in, tmp_path_factory):
    """A folder with rows, a config, and a run that has a report and its charts."""
    folder = tmp_path_factory.mktemp("report")
    lines = "".join(f"{at % 5},{at % 7},{at % 5 * at}\n" for at in range(60))
    (folder / "rows.csv").write_text(f"a,b,y\n{lines}")
    (folder / "it's.yaml").write_text(
        "data: {file: rows.csv, target: y}\nlayers: [{units: 2}]\nepochs: 2\nl2: auto\n"
    )
    trained = warm_in(folder, "train", "it's.yaml", "--report", "--set", "epochs=3", "--json")
    return folder, trained


def test_a_training_makes_its_report(made):
    folder, trained = made
    document = json.loads(trained.stdout)
    assert document["report"] == "runs/it's/report.html"
    assert "report: runs/it's/report.html" in trained.stderr
    text = (folder / document["report"]).read_text()
    assert text.startswith("<!doctype html>")
    assert document["metrics"]["written"] == {
        "data.file": "rows.csv",
        "data.target": "y",
        "layers.0.units": "2",
        "epochs": "3",
        "l2": "auto",
    }


def test_the_report_says_how_the_run_is_made_again(made, warm_in):
    """By its own words: the commands train the same network."""
    folder, _ = made
    page = folder / "page.html"
    told = warm_in(folder, "report", "runs/it's/weights.npz", "-o", page)
    assert told.stdout == f"{page}\n"
    text = page.read_text().replace("&#39;", "'").replace("&#34;", '"')
    train, verify, _ = text.partition("<code>")[2].partition("</code>")[0].splitlines()
    again = warm_in(folder, *shlex.split(train)[1:]).stdout.rstrip("\n")
    with np.load(folder / again) as one, np.load(folder / "runs/it's/weights.npz") as other:
        for name in {*one, *other} - {"metadata"}:
            assert one[name].tobytes() == other[name].tobytes(), name
    assert warm_in(folder, *shlex.split(verify)[1:]).stdout == "identical\n"
    rows = text.partition("keys of the config")[2].partition("</table>")[0]
    for key, value, source in [
        ("data.file", "rows.csv", "config"),
        ("epochs", "3", "config"),
        ("batch_size", "32", "default"),
        ("task", "regression", "default, auto"),
        ("optimizer.beta1", "0.9", "default"),
    ]:
        assert f'<th scope="row">{key}</th><td>{value}</td><td>{source}</td>' in rows, key
    assert "config, as auto" in rows


def test_charts_are_written_one_or_all(made, warm_in):
    folder, _ = made
    run = "runs/it's"
    document = json.loads(
        warm_in(folder, "report", run, "--charts", "charts", "--json", "-o", "x.html").stdout
    )
    assert {"curve", "differences"} <= set(document["figures"])
    assert len(document["charts"]) == 2 * len(document["figures"])
    for path in document["charts"]:
        start = (folder / path).read_bytes()[:8]
        assert start == PNG if path.endswith(".png") else start.startswith(b"<svg"), path
    assert warm_in(folder, "plot", run, "-o", "one.png").stdout == "one.png\n"
    assert (folder / "one.png").read_bytes() == (folder / "charts/curve.png").read_bytes()
    drawn = warm_in(folder, "plot", run, "--what", "differences", "-o", "-").stdout
    assert drawn == (folder / "charts/differences.svg").read_text()
    assert "var(--" not in drawn


def test_without_its_data_the_report_says_what_is_left_out(made, warm_in, tmp_path):
    folder, _ = made
    shutil.copytree(folder / "runs", tmp_path / "runs")
    told = warm_in(tmp_path, "report", "runs/it's", "-o", "-")
    assert "no such file; what shows rows is left out" in told.stderr
    assert "What shows rows is left out of this page" in told.stdout
    assert 'id="importance"' not in told.stdout
    # Rows of another file will do.
    shutil.copy(folder / "rows.csv", tmp_path / "other.csv")
    told = warm_in(tmp_path, "report", "runs/it's", "--data", "other.csv", "-o", "-")
    assert not told.stderr
    assert "other.csv is the file that the network was trained on" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["report", "nowhere"], 4, "nowhere: no such file"),
        (["report", "RUN", "-o", "no/page.html"], 5, "there is no folder no"),
        (["report", "RUN", "-o", "-", "--json"], 2, "leaves standard output to the page"),
        (["report", "RUN", "--data", "other.csv"], 3, "other.csv: no column a"),
        (["report", "RUN", "--data", "none.csv"], 3, "none.csv: no such file"),
        (["plot", "RUN", "-o", "x.jpg"], 2, "ends neither with .svg nor with .png"),
        (["plot", "RUN", "-o", "x.svg", "--what", "curv"], 2, "did you mean curve?"),
    ],
)
def test_what_cannot_be_is_told(made, warm_in, arguments, status, said):
    folder, _ = made
    (folder / "other.csv").write_text("b,y\n1,2\n")
    asked = ["runs/it's" if each == "RUN" else each for each in arguments]
    told = warm_in(folder, *asked, status=status)
    assert said in told.stderr + told.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [("metrics.json", '{"a": '), ("history.csv", "epoch,loss\n1,x\n"), ("metrics.json", "\xff")],
)
def test_a_damaged_file_of_the_run_is_named(made, warm_in, tmp_path, name, content):
    folder, _ = made
    run = tmp_path / "run"
    shutil.copytree(folder / "runs/it's", run)
    (run / name).write_text(content, "latin-1")
    told = warm_in(tmp_path, "report", "run", status=5)
    assert f"{name}: " in told.stderr
