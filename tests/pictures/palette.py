"""Pictures of the documentation in few colours, so that they weigh little. Refuses to know what they show."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

from selenium import webdriver

LARGEST = 150 * 1024
COLOURS = (256, 128, 64)
_SCRIPT = Path(__file__).with_name("palette.js")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def light(png: bytes, driver: webdriver.Chrome) -> bytes:
    """The same picture in as many colours as its weight allows; the browser picks them, since it can read pictures."""
    for most in COLOURS:
        made = _with(png, most, driver)
        if len(made) <= LARGEST:
            break
    return made


def _with(png: bytes, most: int, driver: webdriver.Chrome) -> bytes:
    encoded = base64.b64encode(png).decode()
    drawn = driver.execute_async_script(_SCRIPT.read_text(encoding="utf-8"), encoded, most)
    width, height = int(drawn["width"]), int(drawn["height"])
    indices = base64.b64decode(drawn["indices"])
    rows = b"".join(b"\0" + indices[row * width : (row + 1) * width] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        _chunk(b"IHDR", head),
        _chunk(b"PLTE", bytes(drawn["palette"])),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    )
    return _SIGNATURE + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
