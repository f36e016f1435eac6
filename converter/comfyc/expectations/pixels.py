"""Pictures decoded by Pillow (the extra ``comfyc[pictures]``), for what no header says."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from comfyc.diagnostics import ComfycError
from comfyc.expectations.model import UnjudgedError
from comfyc.safety.opening import open_regular

if TYPE_CHECKING:
    from PIL.Image import Image

Result = TypeVar("Result")
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
_MOST = 1 << 31
"""Pixels of all frames of a picture; Pillow itself decodes no frame of more than 178,956,970."""


def require(library: str, extra: str, what: str) -> None:
    """``ComfycError`` unless a library is installed that is needed for something."""
    if find_spec(library) is None:
        name = {"PIL": "Pillow", "imagehash": "ImageHash"}[library]
        raise ComfycError(f"{what} needs the library {name}", f"pip install 'comfyc[{extra}]'")


def is_blank(path: Path) -> bool:
    """Whether all pixels of each frame are the same, or transparent. ``UnjudgedError`` if the picture cannot
    be decoded."""
    return all(map(_is_blank, _frames(path)))


def _is_blank(frame: Image) -> bool:
    if frame.mode.startswith("P"):  # two colours of a palette may be the same
        frame = frame.convert("RGBA")
    extrema = frame.getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    if frame.getbands()[-1] in ("A", "a") and bands[-1] == (0, 0):
        return True
    return all(least == most for least, most in bands)


def difference(ours: Path, kept: Path) -> str | None:
    """How the pixels of two pictures differ, in words; None if they are the same. ``UnjudgedError`` if one of
    them cannot be decoded."""
    for number, (one, other) in enumerate(itertools.zip_longest(_frames(ours), _frames(kept)), 1):
        if one is None or other is None:
            return f"it has {'more' if other is None else 'fewer'} frames"
        found = _frames_differ(one, other)
        if found is not None:
            return found if number == 1 else f"in frame {number}, {found}"
    return None


def distance(ours: Path, kept: Path) -> int | str:
    """In how many of 64 bits the perceptual hashes of two pictures (of their first frames) differ, or in
    words why they are not compared. ``UnjudgedError`` if one of them cannot be decoded."""
    import imagehash  # noqa: PLC0415 - an extra

    one, other = next(_frames(ours)), next(_frames(kept))
    if one.size != other.size:
        return _sizes(one, other)
    return int(imagehash.phash(one) - imagehash.phash(other))


def _frames_differ(one: Image, other: Image) -> str | None:
    if one.size != other.size:
        return _sizes(one, other)
    if one.mode != other.mode or one.mode.startswith("P"):
        one, other = one.convert("RGBA"), other.convert("RGBA")
    if one.tobytes() == other.tobytes():
        return None
    if one.mode not in ("L", "LA", "RGB", "RGBA"):
        return "the pixels differ"
    from PIL import ImageChops  # noqa: PLC0415

    first, *bands = ImageChops.difference(one, other).split()
    for band in bands:
        first = ImageChops.lighter(first, band)
    count = one.width * one.height - first.histogram()[0]
    return f"{count:,} of {one.width * one.height:,} pixels differ, by up to {first.getextrema()[1]} of 255"


def _sizes(one: Image, other: Image) -> str:
    return f"it is {one.width}x{one.height}, and the kept one {other.width}x{other.height}"


def _frames(path: Path) -> Iterator[Image]:
    """The frames of a picture, decoded one after another: each is good until the next is taken."""
    from PIL import Image  # noqa: PLC0415 - an extra

    left = _MOST
    try:
        with open_regular(path) as file, _quietly(Image.open, file, formats=_FORMATS) as picture:
            for number in itertools.count():
                try:
                    _quietly(picture.seek, number)
                except EOFError:
                    return
                left -= picture.width * picture.height
                if left < 0:
                    raise UnjudgedError(f"it has more than {_MOST:,} pixels")
                _quietly(picture.load)
                yield picture
    except Image.DecompressionBombError as error:
        raise UnjudgedError("it has more pixels than Pillow decodes") from error
    except UnjudgedError:
        raise
    except Exception as error:  # whatever a decoder raises at a damaged file
        raise UnjudgedError(f"Pillow cannot decode it: {error}") from error


def _quietly(call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
    """Call without Pillow's warnings: about large pictures, and about odd metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments, **options)
