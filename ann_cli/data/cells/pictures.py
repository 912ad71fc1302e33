"""A cell that names a picture: the file is looked at before a pixel of it is decoded."""

import struct
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np

from ann_cli.data.cells.values import Array
from ann_cli.engine.parameters import Shape
from ann_cli.errors import ConfigError
from ann_cli.files import read_in_data

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">I4sIIBBBBB")
"""Of the first chunk: its length and name, width, height, bits, colours, three methods."""

PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
"""The chunks that pixels are made of. No other is read: texts, profiles, animations, what is
transparent."""

LEVELS = 256
"""Values of a pixel."""

OTHER, MOST_BITS = 1 << 20, 64
"""Bytes of a file beside its pixels, and bits of a pixel, at most."""

OTHERS = {
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"RIFF": "a WebP, or another RIFF",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
    b"<": "a text, such as SVG or HTML",
}
"""What a file is that begins so."""


class PictureError(Exception):
    """A file is not a picture as it was expected; the text says why."""


def read_picture(path: str, shape: Shape) -> Array:
    """Return a PNG file's pixels, height × width × channels, 0 to 255.

    The size is looked at in the header, and no other picture is decoded. Grey is made of colours as
    Pillow does (ITU-R 601-2), colours of grey by repeating it; what is transparent is seen as if it
    were not. Raises PictureError, and ConfigError where Pillow is not installed.
    """
    height, width, channels = shape
    most = OTHER + height * (1 + width * MOST_BITS // 8)
    try:
        content = read_in_data(path, most, len(SIGNATURE) + HEADER.size, _check(shape))
    except OSError as error:
        raise PictureError((error.strerror or str(error)).lower()) from error
    return _decoded(_without_others(content), channels)


def size_of(path: str) -> Shape:
    """Return the height, width and channels of a PNG file, by its header. Raises PictureError."""
    try:
        start = read_in_data(path, None, len(SIGNATURE) + HEADER.size, lambda _: None)
    except OSError as error:
        raise PictureError((error.strerror or str(error)).lower()) from error
    return _shape_of(start)


def _check(shape: Shape) -> Any:
    """Return what raises PictureError for the first bytes of a file of another size."""

    def check(start: bytes) -> None:
        height, width, _ = _shape_of(start)
        if (height, width) != shape[:2]:
            raise PictureError(
                f"is {height:,} × {width:,} pixels (height × width), and {shape[0]:,} × "
                f"{shape[1]:,} were expected"
            )

    return check


def _shape_of(start: bytes) -> Shape:
    if not start.startswith(SIGNATURE):
        kinds = (kind for begin, kind in OTHERS.items() if start.startswith(begin))
        kind = next(kinds, "no PNG" if start else "empty")
        raise PictureError(f"is {kind}, and a PNG was expected" if start else "is empty")
    try:
        length, name, width, height, _, colours, *_ = HEADER.unpack_from(start, len(SIGNATURE))
    except struct.error:
        raise PictureError("ends within its header") from None
    if name != b"IHDR" or length != 13 or not width or not height:
        raise PictureError("has no header as a PNG has it")
    return height, width, 1 if colours in (0, 4) else 3


def _without_others(content: bytes) -> bytes:
    """Return a PNG with those of its chunks alone that its pixels are made of.

    What is hidden in others, such as a text that grows a thousandfold, nobody opens. Raises
    PictureError for a file that ends too early.
    """
    kept, at = [SIGNATURE], len(SIGNATURE)
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            break
        if name in PIXELS:
            kept.append(content[at:end])
        at = end
        if name == b"IEND":
            return b"".join(kept)
    raise PictureError("ends before its last chunk")


def _decoded(content: bytes, channels: int) -> Array:
    try:
        # Damaged files make Pillow raise a dozen kinds of errors, some of Python's own.
        with _pillow().open(BytesIO(content), formats=["PNG"]) as picture:
            if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off and not divide
                grey = (np.asarray(picture).astype(np.int64) >> 8).astype(np.uint8)
                return np.repeat(grey[..., np.newaxis], channels, axis=2)
            made = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    except ConfigError:
        raise
    except Exception as error:
        raise PictureError("is a damaged PNG") from error
    return made.reshape(*made.shape[:2], channels)


@cache
def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ConfigError(
            "pictures in files need the package Pillow, which is not installed",
            place="data.image",
            remedy='pip install "ann-cli[images]", or pip install pillow',
        ) from None
    return Image
