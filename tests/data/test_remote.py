"""Files elsewhere: a real web server of this machine, and a file system in memory."""

import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from web import serving

import ann_cli
from ann_cli.config.locations import REMOTE, is_database, is_remote, without_secrets
from ann_cli.config.read import load
from ann_cli.data import remote
from ann_cli.data.open_table import open_table
from ann_cli.data.partitions import parts_of, pieces_of
from ann_cli.errors import ConfigError, DataError, FileError
from ann_cli.model.own_table import trained_on
from ann_cli.run import begin
from ann_cli.run.verify import verify

fsspec = pytest.importorskip("fsspec")
ENDINGS = ["csv", "csv.gz", "parquet", "feather", "jsonl"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"a": draw.normal(size=400).round(4), "k": draw.choice(["p", "q"], 400)})
    frame["y"] = frame["a"] + (frame["k"] == "p")
    for name, rows in (("one", frame), ("part-1", frame[:150]), ("part-2", frame[150:])):
        rows.to_csv(folder / f"{name}.csv", index=False)
        rows.to_csv(folder / f"{name}.csv.gz", index=False)
        rows.to_parquet(folder / f"{name}.parquet", row_group_size=50)
        rows.reset_index(drop=True).to_feather(folder / f"{name}.feather")
        rows.to_json(folder / f"{name}.jsonl", orient="records", lines=True)
    return folder


@pytest.fixture
def site(folder, monkeypatch):
    monkeypatch.setattr(remote, "WAITS", (0.0, 0.0))
    with serving(folder) as site:
        yield site


KINDS = {"a": "number", "k": "category", "y": "number"}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["one", "part-*"])
def test_a_table_elsewhere_is_what_it_is_here(folder, site, name, ending):
    here, there = (
        open_table(folder / f"{name}.{ending}"),
        open_table(f"{site.address}/{name}.{ending}"),
    )
    pd.testing.assert_frame_equal(there.read(KINDS), here.read(KINDS))
    assert (there.digest(), there.size) == (here.digest(), here.size)
    assert there.rows_about() == pytest.approx(
        here.rows_about(), rel=0.01 if name == "one" else 0.5
    )
    assert there.name == f"{site.address}/{name}.{ending}"


def test_files_within_another_and_files_that_are_kept_are_read_too(folder, site, tmp_path):
    here = open_table(folder / "part-*.csv").read(KINDS)
    with zipfile.ZipFile(folder / "all.zip", "w") as packed:
        for name in ("part-1.csv.gz", "part-2.csv.gz"):
            packed.write(folder / name, name)
    for address in (
        f"zip://*.gz::{folder}/all.zip",
        f"zip://*.gz::{site.address}/all.zip",
        f"simplecache::{site.address}/part-*.csv",
        f"file://{folder}/part-*.csv",
    ):
        pd.testing.assert_frame_equal(open_table(address).read(KINDS), here)


def test_a_server_without_parts_sends_a_csv_in_one_go(folder, site):
    site.ranges = False
    here = open_table(folder / "one.csv").read(KINDS)
    pd.testing.assert_frame_equal(open_table(f"{site.address}/one.csv").read(KINDS), here)
    pd.testing.assert_frame_equal(open_table(f"{site.address}/one.csv.gz").read(KINDS), here)
    large = pd.DataFrame({"a": np.random.default_rng(2).normal(size=20_000)})
    large.to_parquet(folder / "large.parquet")
    with pytest.raises(FileError, match="from the first byte only"):
        open_table(f"{site.address}/large.parquet")


def test_a_pass_reads_a_file_once(site, monkeypatch):
    """However many blocks it is read in."""
    monkeypatch.setattr(remote, "BLOCK", 1 << 14)
    (site.folder / "long.csv").write_text("a\n" + "1.5\n" * 100_000)
    for ranges in (True, False):
        site.ranges = ranges
        table = open_table(f"{site.address}/long.csv")
        table.recognise()
        site.sent = 0
        site.asked.clear()
        assert table.read({"a": "number"})["a"].sum() == 150_000
        if ranges:
            assert table.size <= site.sent < 2 * table.size
        else:  # a first part, the second, which it does not send, and all of it
            assert sum(each.startswith("GET") for each, _ in site.asked) == 3


def test_what_has_no_length_is_kept_for_the_next_pass(folder, site):
    site.lengths = False
    here = open_table(folder / "one.csv").read(KINDS)
    passing = open_table(f"{site.address}/one.csv").chunks_with_text(KINDS, ["a"], 150)
    pd.testing.assert_frame_equal(pd.concat([frame for frame, _ in passing]), here)
    for ending in ("csv", "parquet"):
        table = open_table(f"{site.address}/one.{ending}", spooled=True)
        site.asked.clear()
        pd.testing.assert_frame_equal(table.read(KINDS), here)
        assert table.repeatable
        assert not site.asked


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_breaks_is_tried_again_and_then_told(folder, site, ranges):
    site.ranges, site.breaks_after = ranges, 1000
    table = open_table(f"{site.address}/one.csv")
    if ranges:
        site.breaks = len(remote.WAITS)
        assert len(table.read(KINDS)) == 400
    site.breaks = 100
    with pytest.raises(FileError, match="cannot be read: the connection was lost") as raised:
        table.read(KINDS)
    assert raised.value.exit_status == 5


def all_epochs(config, folder, resume=False, between=lambda: None):
    with begin(load(config | {"save_to": str(folder)}), resume=resume) as run:
        assert run.progress.done == (1 if resume else 0)
        for _ in run.epochs():
            between()
        return run.finish().path.read_bytes()


@pytest.mark.parametrize("keys", [{}, {"cluster": {"replicas": 2}}])
def test_a_training_whose_rows_are_lost_leaves_a_checkpoint(site, tmp_path, keys):
    data = {"file": f"{site.address}/one.csv", "target": "y", "stream": True, "cache": False}
    config = {"data": data, "layers": [], "epochs": 4, "engine": "numpy", "batch_size": 8}
    config |= keys
    whole = all_epochs(config, tmp_path / "whole")
    with pytest.raises(FileError, match="the connection was lost") as raised:
        all_epochs(config, tmp_path / "broken", between=lambda: setattr(site, "breaks", 100))
    assert "ann train … --resume" in str(raised.value)
    site.breaks = 0
    assert all_epochs(config, tmp_path / "broken", resume=True) == whole


def test_a_server_that_says_nothing_is_told(site, monkeypatch):
    monkeypatch.setattr(remote, "PATIENCE", 0.2)
    fsspec.filesystem("http").clear_instance_cache()
    site.waits = 3.0
    with pytest.raises(FileError, match=r"no byte came within 0\.2 s"):
        open_table(f"{site.address}/one.csv")
    site.waits = 0.0
    fsspec.filesystem("http").clear_instance_cache()


def test_who_may_read_is_asked_of_the_environment(folder, site, tmp_path, monkeypatch):
    site.login = "joe:geheim"
    address = f"{site.address}/part-1.csv"
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    with pytest.raises(FileError, match="access is denied") as raised:
        open_table(address)
    assert "netrc" in str(raised.value)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login joe password geheim\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fsspec.filesystem("http").clear_instance_cache()
    assert len(open_table(address).read(KINDS)) == 150
    site.login = "joe:other"
    table = address.replace("//", "//joe:other@")
    assert open_table(table).name == address.replace("//", "//joe@")
    site.login = "nobody"
    with pytest.raises(FileError) as raised:
        open_table(table + "?token=abc")
    assert "other" not in str(raised.value)
    assert "abc" not in str(raised.value)


@pytest.mark.parametrize("address", ["http://h:40483/a.csv", "http://h/404/403.csv"])
@pytest.mark.parametrize(
    ("said", "expected", "told"),
    [
        ("401, message='Unauthorized', url='{}'", FileError, "access is denied"),
        ("404, message='Not Found', url='{}'", DataError, "no such file"),
        ("500, message='Internal', url='{}'", FileError, "cannot be read"),
    ],
)
def test_numbers_in_an_address_are_no_status(address, said, expected, told):
    with pytest.raises(expected, match=told), remote._told(address):
        raise RuntimeError(said.format(address))


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://joe:a/b@h/x.csv", "https://joe:a/b@h/x.csv"),  # whose host is joe
        ("https://joe:ab@h/x.csv", "https://joe@h/x.csv"),
        ("https://h/x.csv?X-Amz-Signature=ab&x=1", "https://h/x.csv?X-Amz-Signature=…&x=1"),
        ("https://h/x.csv?sig=a%2B&sv=2", "https://h/x.csv?sig=…&sv=2"),
        ("s3://key:ab@bucket/x.csv", "s3://key@bucket/x.csv"),
        ("postgresql://ann:ab@host/db", "postgresql://ann@host/db"),
        ("sales/a:b@c.csv?token=1", "sales/a:b@c.csv?token=1"),
    ],
)
def test_an_address_is_shown_without_its_secrets(location, shown):
    assert without_secrets(location) == shown
    if shown != location and is_remote(location):
        for key in ("file", "validation"):
            data = {"file": "x.csv", "target": "y", key: location}
            with pytest.raises(ConfigError, match="holds a password or a key") as raised:
                load({"data": data})
            assert "ab" not in str(raised.value)


def test_addresses_that_fsspec_knows_are_no_databases():
    from fsspec.registry import known_implementations

    # What stands for another system, or is no address of a file.
    others = {*"asynclocal async_wrapper asyncwrapper cached dask data dir generic".split()}
    others |= {*"pyscript reference root".split()}
    assert {*known_implementations} - {*REMOTE} <= others
    for scheme in REMOTE:
        assert is_remote(f"{scheme}://b/x.csv")
        assert not is_database(f"{scheme}://b/x.csv")
    for address in ("sqlite:///x.db", "postgresql+psycopg://h/db", "duckdb:///x"):
        assert is_database(address)
        assert not is_remote(address)
    assert not is_remote("sales/x:y.csv")
    assert is_remote("simplecache::s3://b/x.csv")


@pytest.mark.parametrize(
    ("address", "package", "remedy"),
    [
        (
            "https://h/x.csv",
            "aiohttp",
            'pip install "ann-cli[http]", or pip install fsspec aiohttp',
        ),
        ("s3://b/x.csv", "s3fs", 'pip install "ann-cli[s3]", or pip install fsspec s3fs'),
        ("gs://b/*.csv", "gcsfs", "pip install fsspec gcsfs"),
        ("memory://x.csv", "fsspec", "pip install fsspec"),
    ],
)
def test_a_package_that_is_missing_is_told(address, package, remedy, monkeypatch):
    known = sys.modules["fsspec.registry"]._registry  # the classes that were imported before
    for scheme in [each for each, own in REMOTE.items() if own == package]:
        monkeypatch.delitem(known, scheme, raising=False)
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError) as raised:
        open_table(address)
    assert f"needs the package {package}" in str(raised.value)
    assert remedy in str(raised.value)
    assert raised.value.exit_status == 2


def test_what_is_not_there_is_told(site, tmp_path):
    for name in ("none.csv", "none*.csv"):
        with pytest.raises(DataError, match="no such file"):
            open_table(f"{site.address}/{name}")
    with pytest.raises(FileError, match="cannot be read: "):
        open_table("http://127.0.0.1:9/x.csv")
    (site.folder / "changes.csv").write_text("a\n1\n")
    table = open_table(f"{site.address}/changes.csv")
    (site.folder / "changes.csv").write_text("a\n2\n")
    with pytest.raises(DataError, match="changed while it was read"):
        table.read({"a": "number"})
    (site.folder / "changes.csv").unlink()


@pytest.fixture
def memory(folder):
    """The address of the same files in memory."""
    system = fsspec.filesystem("memory")
    for path in folder.iterdir():
        system.pipe_file(f"/sales/{path.name}", path.read_bytes())
    yield "memory://sales"
    system.rm("/sales", recursive=True)


def test_a_training_elsewhere_gives_the_weights_of_one_here(folder, memory, tmp_path):
    found = []
    for place in (str(folder), memory):
        config = {"data": {"file": f"{place}/part-*.csv", "target": "y", "stream": True}}
        config |= {"layers": [], "epochs": 1, "engine": "numpy", "save_to": str(tmp_path / "run")}
        run = ann_cli.train(config)
        with np.load(run.path) as weights:
            found.append({name: weights[name].tobytes() for name in weights if name != "metadata"})
        assert trained_on(run.model, open_table(f"{memory}/part-*.csv"))
        assert len(run.model.table(f"{memory}/one.parquet").read(KINDS)) == 400
    assert found[0] == found[1]
    with pytest.raises(ConfigError, match="files elsewhere, asked only if you name it"):
        verify(run.path)
    assert verify(run.path, data=f"{memory}/part-*.csv").answer == "identical"


def test_a_part_reads_its_own_ranges(folder, site, monkeypatch):
    monkeypatch.setattr(remote, "BLOCK", 64)
    for name in ("wide-1", "wide-2"):
        (folder / f"{name}.csv").write_text("a,y\n" + "12345.678,1\n" * 50_000)
    table = open_table(f"{site.address}/wide-*.csv")
    kinds = table.recognise()
    parts = parts_of(table, pieces_of(table, 8), 8)
    site.sent = 0
    assert 10_000 < len(parts[1].read(kinds)) < 15_000
    assert site.sent < table.size / 8 + 4 * (1 << 16) + 2 * (1 << 18)
