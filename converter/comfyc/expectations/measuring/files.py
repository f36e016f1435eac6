"""The measures of a file: type, size, extent and duration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.expectations.measuring import pictures, sounds, videos
from comfyc.expectations.measuring.kinds import kind_of, type_of
from comfyc.safety.opening import open_regular
from comfyc.sources.blob import Blob, Budget, DamagedError, FileBlob, Metered, TooLargeError

_EXTENTS: dict[str, Callable[[Blob], pictures.Extent]] = {
    "png": pictures.png,
    "gif": pictures.gif,
    "jpeg": pictures.jpeg,
    "webp": pictures.webp,
    "avif": pictures.avif,
}
_VIDEOS: dict[str, Callable[[Blob], videos.Playing]] = {
    "mp4": videos.mp4,
    "mov": videos.mp4,
    "m4a": videos.mp4,
    "webm": videos.webm,
    "mkv": videos.webm,
}
_SOUNDS: dict[str, Callable[[Blob], float | None]] = {
    "flac": sounds.flac,
    "wav": sounds.wav,
    "ogg": sounds.ogg,
    "opus": sounds.ogg,
    "mp3": sounds.mp3,
}


@dataclass(frozen=True, slots=True)
class Measures:
    """What the header of a file says; None where it does not say it, and then ``problem`` may say why.

    ``kind`` is "images", "videos", "audio" or "files"; ``size`` is in bytes, ``duration`` in seconds.
    """

    type: str
    kind: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    problem: str | None = None


def measure(path: Path) -> Measures:
    """Read the header of a file. ``OSError`` if there is no regular file."""
    with open_regular(path) as file:
        size = file.seek(0, 2)
    try:
        return measures_of(Metered(FileBlob(path, size), Budget()), path)
    except ComfycError as error:  # it was read once, and is gone now
        raise OSError(str(error)) from error


def measures_of(data: Blob, path: Path) -> Measures:
    """The measures of a file with these bytes; its name decides where the bytes do not say what it is."""
    type_, size = type_of(data, path), len(data)
    kind = kind_of(type_)
    try:
        if type_ in _EXTENTS:
            width, height = _EXTENTS[type_](data)
            return Measures(type_, kind, size, width, height)
        if type_ in _VIDEOS:
            playing = _VIDEOS[type_](data)
            return Measures(type_, kind if playing.width else "audio", size, *playing)
        if type_ in _SOUNDS:
            return Measures(type_, kind, size, duration=_SOUNDS[type_](data))
    except (DamagedError, TooLargeError) as error:
        return Measures(type_, kind, size, problem=str(error))
    return Measures(type_, kind, size)
