"""What an image costs in tokens, by its size, as each provider bills it."""

from __future__ import annotations

import math
import struct

from harness.domain.messages import ImagePart

Size = tuple[int, int]
"""Width and height in pixels."""

UNKNOWN: Size = (1024, 1024)
"""The size that an image is taken to have whose own cannot be read: one behind a URL, or of an unknown format."""

# OpenAI, by tiles: tokens of every image, and of each tile of 512 by 512 (platform documentation, "Calculating costs").
_TILES = {
    "gpt-4o-mini": (2833, 5667),
    "gpt-5": (70, 140),
    "gpt-5-chat": (70, 140),
    "o1": (75, 150),
    "o3": (75, 150),
    "computer-use": (65, 129),
}
_TILE_DEFAULT = (85, 170)

# OpenAI, by patches of 32 by 32: what the number of patches is multiplied by (the same documentation).
_PATCHES = {
    "gpt-5-mini": 1.62,
    "gpt-5-nano": 2.46,
    "gpt-4.1-mini": 1.62,
    "gpt-4.1-nano": 2.46,
    "o4-mini": 1.72,
}
_MOST_PATCHES = 1536


def count_image(image: ImagePart, model: str = "", *, detail: str = "high") -> int:
    """Returns the tokens of an image.

    Claude: width times height over 750, the image scaled down to 1568 pixels and 1568 tokens (Anthropic's guide to
    vision). Gemini: 258 where both sides are at most 384, else 258 a tile of 768 (Google's guide to tokens). All
    others as OpenAI does it: by tiles of 512 or by patches of 32.

    Args:
        image: of PNG, JPEG, GIF or WebP bytes its own size counts; else it is taken as 1024 by 1024.
        model: whose bill; by default GPT-4o's.
        detail: `low` is what OpenAI takes for an image in low detail.
    """
    size = (image_size(image.data) if image.data is not None else None) or UNKNOWN
    name = model.rsplit("/", 1)[-1].lower()
    if name.startswith("claude"):
        return _claude(size)
    if name.startswith(("gemini", "gemma")):
        return _gemini(size)
    for prefix, factor in _PATCHES.items():
        if name.startswith(prefix):
            return math.ceil(_patches(size) * factor)
    fitting = [each for each in _TILES if name.startswith(each)]
    base, tile = _TILES[max(fitting, key=len)] if fitting else _TILE_DEFAULT
    return base if detail == "low" else base + tile * _tiles(size)


def _claude(size: Size) -> int:
    width, height = size
    scale = min(1.0, 1568 / max(size), math.sqrt(1568 * 750 / (width * height)))
    return max(1, math.ceil(width * scale * height * scale / 750))


def _gemini(size: Size) -> int:
    if max(size) <= 384:
        return 258
    side = min(768, max(256, math.floor(min(size) / 1.5)))
    return 258 * math.ceil(size[0] / side) * math.ceil(size[1] / side)


def _tiles(size: Size) -> int:
    scale = min(1.0, 2048 / max(size))
    width, height = size[0] * scale, size[1] * scale
    scale = min(1.0, 768 / min(width, height))
    # Rounded first: 512.0000001 is one tile.
    return math.ceil(round(width * scale, 3) / 512) * math.ceil(round(height * scale, 3) / 512)


def _patches(size: Size) -> int:
    width, height = size
    patches = math.ceil(width / 32) * math.ceil(height / 32)
    if patches <= _MOST_PATCHES:
        return patches
    scale = math.sqrt(_MOST_PATCHES * 32 * 32 / (width * height))
    across, down = width * scale / 32, height * scale / 32
    scale *= min(math.floor(across) / across if across >= 1 else 1.0, math.floor(down) / down if down >= 1 else 1.0)
    return min(_MOST_PATCHES, math.ceil(width * scale / 32) * math.ceil(height * scale / 32))


def image_size(data: bytes) -> Size | None:
    """Returns width and height of a PNG, JPEG, GIF or WebP image by its head, or None where they cannot be read."""
    size = None
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        size = struct.unpack(">II", data[16:24])
    elif data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        size = struct.unpack("<HH", data[6:10])
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        size = _webp(data)
    elif data[:2] == b"\xff\xd8":
        size = _jpeg(data)
    return (size[0], size[1]) if size is not None and size[0] > 0 and size[1] > 0 else None


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _jpeg(data: bytes) -> Size | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0x01, *range(0xD0, 0xD8)):  # markers without a length
            at += 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
