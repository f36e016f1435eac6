"""Small copies of pictures, made by Pillow (the extra ``comfyc[pictures]``) on all cores."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
SMALL_ORIGINAL = 48 * 1024
"""Bytes of an original that is put into a page as it is where there is no Pillow."""
_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
_MOST_PIXELS = 200_000_000
"""Of a picture that is decoded: it takes 800 MB for a moment."""
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture, and whether the original moves."""

    data: bytes
    type: str
    width: int
    height: int
    moves: bool = False


def has_pillow() -> bool:
    """Whether the library is there."""
    try:
        import PIL  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return False
    return True


def need_pillow(what: str, instead: str) -> None:
    """``ComfycError`` if the library is not there."""
    if not has_pillow():
        raise ComfycError(f"{what} needs the library Pillow", f"pip install 'comfyc[pictures]', or {instead}")


def thumbnails_of(
    paths: Iterable[Path], size: int, done: Callable[[], None] = lambda: None
) -> dict[Path, Thumbnail]:
    """The thumbnails of pictures, with ``size`` pixels at their longer side: WebP. Those that cannot be read
    are left out. ``done`` is called after each.

    Without Pillow these are the originals themselves, as far as they are small.
    """
    made = (lambda path: _encoded(path, size)) if has_pillow() else _small_original
    return _on_threads(made, paths, done)


def small_pictures(paths: Iterable[Path], size: int) -> dict[Path, Image]:
    """The same, as pictures of Pillow in RGBA."""

    def made(path: Path) -> Image | None:
        opened = _opened(path, size)
        return None if opened is None else opened[0].convert("RGBA")

    return _on_threads(made, paths)


def _on_threads(
    made: Callable[[Path], T | None], paths: Iterable[Path], done: Callable[[], None] = lambda: None
) -> dict[Path, T]:
    """What is made of each path, but for None; Pillow works outside of Python's lock."""
    wanted = list(dict.fromkeys(paths))
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as threads:
        warnings.simplefilter("ignore")  # Pillow's, about big pictures and odd metadata
        found: dict[Path, T] = {}
        for path, one in zip(wanted, threads.map(made, wanted), strict=True):
            done()
            if one is not None:
                found[path] = one
        return found


def _small_original(path: Path) -> Thumbnail | None:
    kind = _TYPES.get(path.suffix[1:].lower())
    try:
        if kind is None or path.stat().st_size > SMALL_ORIGINAL:
            return None
        return Thumbnail(path.read_bytes(), kind, 0, 0)
    except OSError:
        return None


def _encoded(path: Path, size: int) -> Thumbnail | None:
    opened = _opened(path, size)
    if opened is None:
        return None
    image, moves = opened
    stream = BytesIO()
    image.save(stream, "WEBP", quality=_QUALITY)
    return Thumbnail(stream.getvalue(), "image/webp", *image.size, moves)


def _opened(path: Path, size: int) -> tuple[Image, bool] | None:
    """The first frame of a picture, made small, in RGB or RGBA; and whether there are more frames."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - an extra

    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            moves = bool(getattr(image, "is_animated", False))
            image.draft("RGB", (2 * size, 2 * size))  # a JPEG is decoded at the smallest scale that will do
            whole: Image.Image = image
            if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
                whole = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
            elif image.mode not in ("RGB", "RGBA", "L"):
                whole = image.convert("RGBA" if image.has_transparency_data else "RGB")
            whole.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
            whole = ImageOps.exif_transpose(whole)
            return whole.convert("RGBA" if whole.has_transparency_data else "RGB"), moves
    except Exception:  # a broken file makes the readers of Pillow raise anything, even KeyError
        return None
