"""Tables that are no CSV, through the installed command; a real server where it is installed."""

import io
import json
import os
import shutil
import subprocess
from glob import glob
from pathlib import Path

import pandas as pd
import pytest

CONFIG = (
    "data: {{file: {file}, target: price{more}}}\nlayers: [{{units: 4}}]\nepochs: 2\n"
    "engine: numpy\nsave_to: {save}\n"
)
ENDINGS = {
    "csv": pd.read_csv,
    "jsonl": lambda path: pd.read_json(path, lines=True),
    "parquet": pd.read_parquet,
    "feather": pd.read_feather,
}


@pytest.fixture
def sales(checkout, tmp_path):
    frame = pd.read_csv(checkout / "datasets" / "house_prices.csv").head(150)
    frame.to_parquet(tmp_path / "sales.parquet")
    return frame


@pytest.mark.parametrize("ending", ENDINGS)
def test_predictions_are_written_as_the_name_ends(ann, houses, tmp_path, sales, ending):
    printed = ann("predict", houses.weights, "sales.parquet", "--id", "area").stdout
    path = tmp_path / f"out.{ending}"
    path.write_text("before")
    options = ("--id", "area", "-o", path.name)
    assert ann("predict", houses.weights, "sales.parquet", *options).stdout == f"{path.name}\n"
    found = ENDINGS[ending](path)
    expected = pd.read_csv(io.StringIO(printed))
    assert list(found.columns) == ["area", "prediction"]
    assert len(found) == 150
    assert found["prediction"].tolist() == pytest.approx(expected["prediction"].tolist(), rel=1e-8)
    assert sorted(os.listdir(tmp_path)) == sorted([path.name, "sales.parquet"])


def test_a_file_is_replaced_once_all_rows_are_there(ann, houses, tmp_path):
    (tmp_path / "rows.csv").write_text("area,bedrooms,distance,age\n" + "1,2,3,4\n" * 9 + "1,2,3\n")
    for ending in ENDINGS:
        path = tmp_path / f"out.{ending}"
        path.write_text("before")
        ann("predict", houses.weights, "rows.csv", "-o", path, status=3)
        assert path.read_text() == "before"
    assert len(os.listdir(tmp_path)) == 5
    told = ann("predict", houses.weights, "rows.csv", "-o", "out.xlsx", status=2).stderr
    assert "ends in none of .csv, .jsonl" in told
    ann("predict", houses.weights, "rows.csv", "-o", "none/out.csv", status=5)
    ann("predict", houses.weights, "rows.csv", "-o", "out.jsonl", "--safe-csv", status=2)


def test_init_check_train_and_evaluate_read_parquet(ann, tmp_path, sales):
    started = ann("init", "sales.parquet", "--target", "price").stdout
    (tmp_path / "config.yaml").write_text(started)
    assert "file: sales.parquet" in started
    assert "150 rows to train" in ann("check", "config.yaml").stderr
    (tmp_path / "c.yaml").write_text(CONFIG.format(file="sales.parquet", more="", save="run"))
    ann("train", "c.yaml")
    score = json.loads(ann("evaluate", "run", "sales.parquet", "--json").stdout)
    assert score["rows"] == 150
    assert score["sides"]["training"]["rows"] == 120  # it knows the file again
    assert "sales.parquet" in ann("train", "c.yaml", "--restart").stderr


def test_standard_input_may_be_another_table(ann, houses, tmp_path, sales):
    sales.to_json(tmp_path / "sales.jsonl", orient="records", lines=True)
    sales.to_csv(tmp_path / "sales.csv", index=False)
    found = [
        ann("predict", houses.weights, "-", stdin=str(tmp_path / f"sales.{ending}")).stdout
        for ending in ("csv", "jsonl", "parquet")
    ]
    assert found[0].count("\n") == 151
    assert found[0] == found[1] == found[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a PostgreSQL server of its own, which ends with the tests."""
    programs = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    folder = Path("/tmp") / tmp_path_factory.mktemp("postgres").name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    user = []
    if os.getuid() == 0:  # as which it does not run
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        asked = [*user, f"{programs[-1]}/{program}", "-D", str(folder / "data"), *arguments]
        subprocess.run(asked, check=True, capture_output=True, cwd="/")

    run("initdb", "-A", "trust", "-U", "ann", "--no-sync", "-E", "UTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers=16MB"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql://ann@/postgres?host={folder}"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(folder)


def test_a_server_answers_what_its_csv_says(ann, tmp_path, server, sales):
    import sqlalchemy

    sales.insert(0, "n", range(len(sales)))
    engine = sqlalchemy.create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    sales.to_sql("sales", engine, index=False)
    engine.dispose()
    sales.to_csv(tmp_path / "sales.csv", index=False)
    asked = "SELECT * FROM sales WHERE 'a:b' LIKE '%' ORDER BY n"
    configs = {"csv": ("sales.csv", ""), "sql": (server, f', query: "{asked}"')}
    for name, (file, more) in configs.items():
        text = CONFIG.format(file=file, more=more, save=name)
        (tmp_path / f"{name}.yaml").write_text(text.replace("price", "price, exclude: [n]", 1))
        ann("train", f"{name}.yaml", "--set", "data.stream=true")
    weights = [ann("predict", name, "sales.csv").stdout for name in configs]
    assert weights[0] == weights[1]
    assert ann("predict", "csv", server, "--query", asked).stdout == weights[0]
    told = ann("predict", "csv", server, "--query", "DELETE FROM sales", status=3).stderr
    assert "the database says: " in told
    assert ann("predict", "sql", server).stdout == weights[0]
