"""PNG files as cells: their pixels, and files that are none of the pictures asked for."""

import os
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest

from ann_cli.data.cells import pictures
from ann_cli.data.cells.pictures import PictureError, read_picture, size_of
from ann_cli.errors import ConfigError


def chunk(name, content):
    both = name + content
    return struct.pack(">I", len(content)) + both + struct.pack(">I", zlib.crc32(both))


def png(rows, colours=0, width=None, height=None, extra=b"", bits=8):
    """Return the bytes of a PNG as its specification has them, with nothing of Pillow."""
    header = struct.pack(
        ">IIBBBBB", width or len(rows[0]), height or len(rows), bits, colours, 0, 0, 0
    )
    lines = b"".join(
        b"\0" + np.asarray(row, ">u2" if bits == 16 else "u1").tobytes() for row in rows
    )
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(lines))
    return pictures.SIGNATURE + body + chunk(b"IEND", b"")


GREY = [[0, 10, 20], [30, 40, 255]]
RED_GREEN = [[[255, 0, 0], [0, 255, 0], [10, 20, 30]]] * 2
"""Of which grey is 0.299 red + 0.587 green + 0.114 blue (ITU-R 601-2)."""
SEEN = {
    "grey as grey": (png(GREY), 1, np.array(GREY)[..., None]),
    "grey as colours": (png(GREY), 3, np.repeat(np.array(GREY)[..., None], 3, 2)),
    "colours as colours": (png(RED_GREEN, 2), 3, np.array(RED_GREEN)),
    "colours as grey": (png(RED_GREEN, 2), 1, np.array([[[76], [150], [18]]] * 2)),
    "16 bits": (
        png([[0, 256, 65535]] * 2, bits=16), 1, np.array([[[0], [1], [255]]] * 2)
    ),
    "grey and alpha": (
        png([[[7, 0], [8, 255], [9, 9]]] * 2, 4), 1, np.array([[[7], [8], [9]]] * 2)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_pixels_are_those_of_the_file(tmp_path, case):
    content, channels, expected = SEEN[case]
    (tmp_path / "a.png").write_bytes(content)
    found = read_picture(str(tmp_path / "a.png"), (2, 3, channels))
    np.testing.assert_array_equal(found, expected)


def test_a_text_that_grows_is_not_opened(tmp_path):
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 27), 1))
    (tmp_path / "a.png").write_bytes(png(GREY, extra=text))
    found = read_picture(str(tmp_path / "a.png"), (2, 3, 1))
    np.testing.assert_array_equal(found, np.array(GREY)[..., None])


WHOLE = png(GREY)
HOSTILE = {
    "truncated": (WHOLE[:60], "ends before its last chunk"),
    "within its header": (WHOLE[:20], "ends within its header"),
    "a bit is another": (WHOLE[:45] + bytes([WHOLE[45] ^ 1]) + WHOLE[46:], "is a damaged PNG"),
    "no pixels": (
        pictures.SIGNATURE + chunk(b"IHDR", WHOLE[16:29]) + WHOLE[-12:],
        "is a damaged PNG",
    ),
    "wide": (png([[0]], width=65535), "is 1 × 65,535 pixels (height × width), and 2 × 3 were"),
    "of 4 GB": (png([[0]], width=65535, height=65535), "is 65,535 × 65,535 pixels"),
    "of another size": (png([[1, 2], [3, 4]]), "is 2 × 2 pixels"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(99), "is a JPEG, and a PNG was expected"),
    "a BMP": (b"BM" + bytes(99), "is a BMP"),
    "a text": (b"file,digit\n", "is no PNG"),
    "empty": (b"", "is empty"),
    "huge": (WHOLE + bytes(2 << 20), "is larger than"),
    "a folder": (None, "is a folder, and a regular file was expected"),
    "a link": (None, "is a link"),
    "a pipe": (None, "is a pipe"),
    "a device": (None, "is a device"),
    "missing": (None, "no such file"),
    "no name": (None, "no file can have"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_such_picture_is_refused_at_small_cost(tmp_path, case):
    content, message = HOSTILE[case]
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    elif case == "a folder":
        path.mkdir()
    elif case == "a link":
        (tmp_path / "b.png").write_bytes(WHOLE)
        path.symlink_to("b.png")
    elif case == "a pipe":
        os.mkfifo(path)
    elif case == "a device":
        path = "/dev/zero"
    elif case == "no name":
        path = "a\0.png"
    began = time.process_time()
    with pytest.raises(PictureError) as caught:
        read_picture(str(path), (2, 3, 1))
    assert message in str(caught.value)
    assert time.process_time() - began < 2  # and not the minutes of 4 GB


def test_a_size_is_that_of_the_header(tmp_path):
    for name, content, shape in [("a", WHOLE, (2, 3, 1)), ("b", png(RED_GREEN, 2), (2, 3, 3))]:
        (tmp_path / name).write_bytes(content)
        assert size_of(str(tmp_path / name)) == shape


def test_without_pillow_the_command_to_install_it_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(WHOLE)
    monkeypatch.setitem(sys.modules, "PIL", None)
    pictures._pillow.cache_clear()
    with pytest.raises(ConfigError, match=r'pip install "ann-cli\[images\]"'):
        read_picture(str(tmp_path / "a.png"), (2, 3, 1))
    pictures._pillow.cache_clear()


def test_a_table_of_numbers_needs_no_pillow():
    code = "import ann_cli.run, sys; assert 'PIL' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
