"""Pictures as sixels: six rows of pixels in each character, a colour at a time, as the VT340 draws them.

Pillow (the extra ``pictures``) decodes the picture, makes it smaller and chooses its colours. The form is in
the VT330/VT340 Programmer Reference Manual, volume 2, chapter 14: colours from 0 to 100, ``$`` back to the
beginning of the band, ``-`` to the next one, ``!N`` for repeated characters.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_COLORS = 255
_BAND = 6
_REPEATED = re.compile(rb"(.)\1{3,}", re.DOTALL)
_MOST_PIXELS = 50_000_000
"""Larger pictures are not decoded."""


def sixels(data: bytes, width: int, height: int) -> bytes:
    """A picture, not larger than so many pixels, as a sequence for the terminal. ``ValueError`` if the data
    are no picture, ``ImportError`` without Pillow."""
    from PIL import Image as images  # noqa: PLC0415, N813 - the extra "pictures"

    try:
        with warnings.catch_warnings(), images.open(io.BytesIO(data)) as opened:
            warnings.simplefilter("ignore", images.DecompressionBombWarning)
            if opened.width * opened.height > _MOST_PIXELS:
                raise ValueError("a picture is too large to be shown")
            opened.draft("RGB", (width, height))
            picture = opened.convert("RGBA")
    except (OSError, SyntaxError, images.DecompressionBombError) as error:
        raise ValueError("a picture cannot be decoded") from error
    picture.thumbnail((width, height))
    ground = images.new("RGBA", picture.size, (0, 0, 0, 255))
    flat = images.alpha_composite(ground, picture).convert("RGB")
    return encoded(flat.quantize(palette=flat.quantize(_COLORS), dither=images.Dither.FLOYDSTEINBERG))


def encoded(picture: Image) -> bytes:
    """The sequence for a picture with a palette."""
    width, height = picture.size
    pixels, palette = picture.tobytes(), picture.getpalette() or []
    parts = [b'\x1bP0;1q"1;1;%d;%d' % (width, height)]
    for color in sorted(set(pixels)):
        red, green, blue = (round(value * 100 / 255) for value in palette[3 * color : 3 * color + 3])
        parts.append(b"#%d;2;%d;%d;%d" % (color, red, green, blue))
    for top in range(0, height, _BAND):
        rows = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + _BAND, height))]
        colors = sorted(set(b"".join(rows)))
        parts.append(b"$".join(b"#%d%s" % (color, _line(rows, color)) for color in colors))
        parts.append(b"-")
    parts[-1] = b"\x1b\\"
    return b"".join(parts)


def _line(rows: list[bytes], color: int) -> bytes:
    """The pixels of a colour in a band. Each row is a bit of each character; as no two rows share a bit, the
    rows are added as large numbers."""
    total = 0
    for bit, row in enumerate(rows):
        table = bytearray(256)
        table[color] = 1 << bit
        total += int.from_bytes(row.translate(table), "big")
    bits = total.to_bytes(len(rows[0]), "big").rstrip(b"\0")
    line = bits.translate(_CHARACTERS)
    return _REPEATED.sub(lambda found: b"!%d%s" % (len(found[0]), found[1]), line)


_CHARACTERS = bytes(min(value + 63, 255) for value in range(256))
