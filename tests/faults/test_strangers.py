"""What lies where ann reads or writes may be a stranger's: it is looked at before it is used."""

import os
import shutil
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from ann_cli import cache
from ann_cli.data.csv.table import CsvTable
from ann_cli.data.opening import Opening
from ann_cli.engine.compiled import kept_code
from ann_cli.errors import DataError
from ann_cli.files import UnfitError, open_named, open_own, read_own
from ann_cli.model.environment import environment
from ann_cli.model.lock import Lock, is_locked
from ann_cli.run import compile_first

ANN = Path(sys.executable).with_name("ann")
MEGABYTES = 200
"""That a command may take beyond what it has imported, whatever lies there."""

SECONDS = 10
"""Of processor time: ten times what is promised, as a machine may be slow."""

CONFIG = "data: {file: d.csv, target: y}\nlayers: [{units: 2}]\nepochs: 1\nsave_to: run\n"
ROWS = "".join(f"{at},{at * 7 % 41}\n" for at in range(40))


def place(kind, path, elsewhere):
    """Put something at a path that is no file of ann's own."""
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "dangling link":
        path.symlink_to(elsewhere.with_name("nowhere"))
    elif kind == "hard link":
        os.link(elsewhere, path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        with open(path, "wb") as file:
            file.truncate(10 << 30)


KINDS = ("link", "dangling link", "hard link", "pipe", "device", "folder", "10 GB")
OWN = (".lock", "checkpoint.npz", "SHA256SUMS", "weights.npz", "metrics.json", "config.yaml")


def ann(folder, *arguments, **options):
    """Run a command in a folder, with 2 GB of memory at most and no more than two minutes."""
    limited = ("bash", "-c", 'ulimit -v 4000000; exec "$@"', "bash", ANN, *arguments)
    return subprocess.run(
        limited, cwd=folder, capture_output=True, text=True, timeout=120, check=False, **options
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "c.yaml").write_text(CONFIG)
    (tmp_path / "d.csv").write_text("x,y\n" + ROWS)
    (tmp_path / "stranger").write_text("a stranger's\n")
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OWN)
def test_opening_what_is_none_of_ours_neither_waits_nor_reads_on(folder, name, kind):
    path = folder / "run" / name
    place(kind, path, folder / "stranger")
    begun = time.monotonic()
    if kind == "hard link":  # a file like another; it is replaced, and never written into
        assert read_own(path, 100) == b"a stranger's\n"
    else:
        with pytest.raises((UnfitError, OSError)):
            read_own(path, 1 << 20)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_is_taken_of_a_file_of_our_own_only(folder, kind):
    place(kind, folder / "run" / ".lock", folder / "stranger")
    if kind == "10 GB":
        Lock(folder / "run").release()
    else:
        with pytest.raises(Exception, match=r"is a|another name|director"):
            Lock(folder / "run")
    assert not is_locked(folder / "run")
    assert (folder / "stranger").read_text() == "a stranger's\n"


EVERY = (*KINDS, "open to a group", *(["another user's"] if os.geteuid() == 0 else []))
SOME = ("link", "pipe")
WRITES = (".lock", "checkpoint.npz", "checkpoint.previous.npz", *OWN[2:], "history.csv")
COMMANDS = {
    "predict": (("predict", "run", "d.csv"), ["weights.npz"]),
    "evaluate": (("evaluate", "run", "d.csv"), []),
    "inspect": (("inspect", "run"), []),
    "verify": (("verify", "run"), ["weights.npz", "config.yaml"]),
    "train": (("train", "c.yaml", "--restart"), [".lock", "checkpoint.npz"]),
    "resume": (("train", "c.yaml", "--resume", "--set", "epochs=2"), ["checkpoint.npz"]),
}
"""Each command, and the files of a run folder that it is tried on with every kind.

What one command opens as another does is tried with some: weights are loaded in one place.
"""

SAID = {"link": "is a link", "dangling link": "is a link", "device": "is a link"}
SAID |= {"pipe": "is a pipe", "folder": "is a folder", "another user's": "belongs to another user"}
SAID["hard link"] = "has another name"

CASES = [
    (command, name, kind)
    for command, (arguments, all_kinds) in COMMANDS.items()
    for name in WRITES
    for kind in (EVERY if name in all_kinds else SOME)
    if arguments[0] == "train" or name in (*all_kinds, "weights.npz", "SHA256SUMS")
]


def status_of(command, name, kind):
    """Return what a command ends with: 5 where it cannot write, 4 where the weights are none."""
    is_ours = kind in ("open to a group", "another user's")
    if command in ("train", "resume"):  # a regular file is replaced, and not written into
        fit = kind in ("10 GB", "open to a group") or (kind == "hard link" and name != ".lock")
        return 0 if fit else 5
    if name == "weights.npz":
        return 0 if is_ours else 4
    # What is no file beside the weights is passed over: they hold the config, too.
    return 2 if name == "config.yaml" and kind in ("link", "hard link", "10 GB") else 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory, limited_in):
    """A folder with a run and a copy of that run."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "c.yaml").write_text(f"{CONFIG}engine: numpy\ncheckpoint_every: 0\n")
    (folder / "d.csv").write_text("x,y\n" + ROWS)
    limited_in(folder, "train", "c.yaml")
    shutil.copytree(folder / "run", folder / "copy")
    return folder


@pytest.mark.parametrize(("asked", "name", "kind"), CASES, ids=map(" ".join, CASES))
def test_no_command_is_led_out_of_the_run_folder(trained, limited_in, asked, name, kind):
    """It ends soon and small, with one line where it fails; what is a stranger's stays as it is."""
    folder = trained
    shutil.rmtree(folder / "run")
    shutil.copytree(folder / "copy", folder / "run")
    (folder / "stranger").write_text("a stranger's\n")
    path = folder / "run" / name
    if kind in ("open to a group", "another user's"):
        path.touch()
        path.chmod(0o660)
        os.chown(path, 23456 if kind == "another user's" else -1, -1)
    else:
        place(kind, path, folder / "stranger")
    before = {each: each.stat().st_mtime_ns for each in folder.iterdir() if each.name != "run"}
    done = limited_in(folder, *COMMANDS[asked][0], status=status_of(asked, name, kind))
    assert done.megabytes < MEGABYTES
    assert done.seconds < SECONDS
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == (done.returncode != 0)
    assert all(name in line for line in errors)
    if done.returncode == 5:
        assert SAID[kind] in errors[0]
    assert before == {
        each: each.stat().st_mtime_ns for each in folder.iterdir() if each.name != "run"
    }
    assert (folder / "stranger").read_text() == "a stranger's\n"


def test_a_device_is_no_data_and_a_pipe_with_a_name_is(folder):
    with pytest.raises(DataError, match="is a device"):
        CsvTable("/dev/zero")
    with open("/dev/zero", "rb") as zeros:
        done = ann(folder, "check", "c.yaml", "--set", "data.file=-", stdin=zeros)
    assert (done.returncode, "NUL bytes only" in done.stderr) == (3, True)
    os.mkfifo(folder / "pipe")
    writing = subprocess.Popen(["cp", folder / "d.csv", folder / "pipe"])
    table = CsvTable(folder / "pipe")
    assert table.columns == ["x", "y"]
    assert sum(map(len, table.chunks(table.recognise()))) == 40
    writing.wait(120)


def test_a_socket_or_a_folder_is_no_file_of_a_person(folder):
    with pytest.raises(IsADirectoryError):
        open_named(folder)


def test_a_private_file_is_nobody_elses(folder):
    path = folder / "kept"
    path.write_bytes(b"code")
    path.chmod(0o600)
    os.close(open_own(path, private=True))
    path.chmod(0o620)
    with pytest.raises(UnfitError, match="other users"):
        open_own(path, private=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_a_file_of_another_user_is_none_of_ours(folder):
    path = folder / "run" / "checkpoint.npz"
    path.parent.mkdir()
    path.write_bytes(b"theirs")
    os.chown(path, 23456, 23456)
    for private in (False, True):
        with pytest.raises(UnfitError, match="another user"):
            open_own(path, private=private)
    os.chown(folder / "run", 23456, 23456)  # who owns the folder may own what lies in it
    os.close(open_own(path))


@pytest.mark.parametrize("change", ["replaced", "overwritten", "overwritten in silence"])
def test_rows_that_change_between_two_passes_are_refused(folder, change):
    path = folder / "d.csv"
    table = CsvTable(path, Opening(hashed=True))
    kinds = table.recognise()
    list(table.chunks(kinds))
    seen, other = path.stat(), "x,y\n" + ROWS.replace("1", "2")
    if change == "replaced":
        (folder / "new").write_text(path.read_text())
        os.replace(folder / "new", path)
    else:
        path.write_text(other)
    if change == "overwritten in silence":
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    with pytest.raises(DataError, match="changed while it was read"):
        list(table.chunks(kinds))


GARBAGE = {
    "empty": lambda code: b"",
    "garbage": lambda code: b"garbage" * 999,
    "garbage behind its first bytes": lambda code: code[:4] + b"garbage" * 999,
    "cut short": lambda code: code[: len(code) // 2],
    "garbage behind its header": lambda code: code[:64] + b"\xa5" * (len(code) - 64),
}


@pytest.mark.skipif(sys.platform != "linux", reason="object files of Linux")
def test_machine_code_that_is_none_of_ours_is_compiled_anew(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    from ann_cli.engine.compiled import kernel as kernels

    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "kept")
    path = tmp_path / "kept" / f"a name{kept_code.ENDING}"
    code = kernels._processor().emit_object(kernels.llvm.parse_assembly(MODULE))
    kept_code.keep("a name", code)
    assert kept_code.kept("a name") == code
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name, made in GARBAGE.items():
        bad = made(code)
        path.write_bytes(sha256(bad).digest() + bad)
        assert kept_code.kept("a name") is None, name
    kept_code.keep("a name", code)
    path.parent.chmod(0o770)
    assert kept_code.kept("a name") is None
    path.parent.chmod(0o700)
    path.unlink()
    os.mkfifo(path)
    assert kept_code.kept("a name") is None


@pytest.mark.parametrize("place", ["a folder", "a file", "others write there"])
def test_compiling_once_is_told_where_code_is_kept_only(tmp_path, monkeypatch, place):
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "kept" / "ann")
    if place == "a file":
        (tmp_path / "kept").write_bytes(b"")
    elif place == "others write there":
        (tmp_path / "kept" / "ann").mkdir(parents=True)
        (tmp_path / "kept" / "ann").chmod(0o777)
    trainer = SimpleNamespace(is_compiled=lambda rows: False, compile=lambda rows: None)
    said = []
    compile_first(trainer, 10, said.append)
    once = ", once" if place == "a folder" else ""
    assert said == [f"compiling for this network, about 3 s{once}"]


MODULE = """
define double @ann_kernel(i64 %number) {
  ret double 0.0
}
"""


def test_a_relative_cache_folder_is_none(monkeypatch):
    from ann_cli.cache import cache_folder

    if sys.platform in ("darwin", "win32"):
        return
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder() == Path.home() / ".cache" / "ann"
    monkeypatch.setenv("XDG_CACHE_HOME", "/there")
    assert cache_folder() == Path("/there/ann")


def test_the_blas_that_is_recorded_is_numpys_own(monkeypatch):
    import threadpoolctl

    alone = environment("numpy")
    strange = {"user_api": "blas", "internal_api": "mkl", "version": "9", "num_threads": 64}
    found = [
        {**strange, "filepath": "/opt/scipy.libs/libblas.so"},
        *threadpoolctl.threadpool_info(),
    ]
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: found)
    assert environment("numpy") == alone
