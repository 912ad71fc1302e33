"""A file is written whole or not at all, and a failure is told in words."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ann_cli import files as opening
from ann_cli.errors import FileError
from ann_cli.model import files
from ann_cli.model.files import make_folder, write

root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.mark.parametrize("content", [b"", b"a\r\n\0b", bytes(range(256)) * 40_000])
def test_the_content_is_whole(tmp_path, content):
    path = tmp_path / "weights.npz"
    path.write_bytes(b"older and longer")
    write(path, content)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["weights.npz"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_follow_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        write(tmp_path / "a", b"x")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path, link):
    target = tmp_path / "disk" / "file"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link(target, tmp_path / "link")
    write(tmp_path / "link", b"new")
    assert target.read_bytes() == b"old"
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_bytes() == b"new"
    assert os.listdir(target.parent) == ["file"]


def test_a_pipe_that_is_named_is_written_into_and_stays(tmp_path):
    """As a device does: root had /dev/null replaced by `ann tune --output /dev/null`."""
    os.mkfifo(tmp_path / "pipe")
    reading = subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE)
    write(tmp_path / "pipe", b"new")
    assert reading.communicate(timeout=120) == (b"new", None)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_rights(tmp_path, mode):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(mode)
    write(tmp_path / "a", b"new")
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_a_reader_keeps_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with path.open("rb") as file:
        write(path, b"new")
        assert file.read() == b"old"


def in_the_way(folder):
    (folder / "file").write_bytes(b"")
    return folder / "file" / "below"


def a_folder(folder):
    (folder / "name").mkdir()
    return folder / "name"


@pytest.mark.parametrize("place", [in_the_way, a_folder, lambda folder: folder / "no" / "file"])
def test_what_cannot_be_written_is_named(tmp_path, place):
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileError) as raised:
        write(path, b"x")
    assert raised.value.problems[0].place == str(path)
    assert raised.value.problems[0].message.startswith("cannot be written: ")
    assert raised.value.exit_status == 5
    assert sorted(tmp_path.rglob("*")) == before


@root
def test_a_folder_without_rights(tmp_path):
    tmp_path.chmod(0o500)
    try:
        for act in (lambda: write(tmp_path / "a", b"x"), lambda: make_folder(tmp_path)):
            with pytest.raises(FileError, match="permission denied"):
                act()
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")
def test_a_folder_that_takes_no_files_is_named():
    with pytest.raises(FileError, match="/proc: cannot be written"):
        make_folder(Path("/proc"))


FULL = """
import resource, sys
from pathlib import Path
from ann_cli.errors import FileError
from ann_cli.model.files import write
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write(Path(sys.argv[1]), bytes(5000))
except FileError as error:
    print(error)
"""


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-P", "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{path}: cannot be written: file too large")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["open", "write", "fstat", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_step_that_fails_leaves_nothing_behind(tmp_path, monkeypatch, step, error):
    def fail(*_, **__):
        raise error

    (tmp_path / "a").write_bytes(b"old")
    calls = {name: getattr(os, name) for name in dir(os)} | {step: fail}
    for module in (files, opening):
        monkeypatch.setattr(module, "os", SimpleNamespace(**calls))  # not os itself: pytest uses it
    with pytest.raises(FileError if isinstance(error, OSError) else KeyboardInterrupt):
        write(tmp_path / "a", b"new")
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_folder_is_made_with_those_above(tmp_path):
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert os.listdir(tmp_path / "a" / "b") == []


@pytest.mark.parametrize("name", ["file", "file/below", "nul\0"])
def test_a_folder_that_cannot_be_is_named(tmp_path, name):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(FileError) as raised:
        make_folder(tmp_path / name)
    assert raised.value.problems[0].place == str(tmp_path / name)
    assert os.listdir(tmp_path) == ["file"]
