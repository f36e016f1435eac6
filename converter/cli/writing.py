"""The product of a command: to stdout as it is, or to a file, whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from converter.catalog_cache import replace_file
from converter.diagnostics import ConverterError

_LINKS = 40
"""Symbolic links that are followed to one file, as Linux does."""


def write_stdout(text: str | bytes) -> None:
    """Write the product as it is, in UTF-8; on a terminal with a newline at its end."""
    sys.stdout.flush()
    data = encoded(text) if isinstance(text, str) else text
    left = memoryview(data + b"\n" if sys.stdout.isatty() and not data.endswith(b"\n") else data)
    while left:  # with PYTHONUNBUFFERED, as in many containers, a write may end early
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def encoded(text: str) -> bytes:
    """UTF-8. What that cannot hold (half a surrogate pair, a byte of a file name) is spelt as in JSON."""
    return text.encode("utf-8", "backslashreplace")


def is_same_file(target: Path, name: str) -> bool:
    """Whether writing to ``target`` would overwrite the file of this name, by whatever other name."""
    try:
        return target.is_file() and target.samefile(name)
    except (OSError, ValueError):
        return False


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all; a device, a pipe and what the shell has opened are written in place.

    A symbolic link stays, and what it leads to is written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        place = _followed(path)
        if place is None or (place.exists() and not place.is_file()):
            path.write_bytes(encoded(text))
        else:
            replace_file(place, encoded(text))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
        raise ConverterError(
            f"'{path}' cannot be written: {reason}", "check the folder and its permissions"
        ) from error


def _followed(path: Path) -> Path | None:
    """The file behind symbolic links; None if there is none, or if it is open already (/dev/stdout)."""
    for _ in range(_LINKS):
        if not path.is_symlink():
            return path
        if Path(os.path.abspath(path)).parts[1:2] in (("dev",), ("proc",)):
            return None
        path = path.parent / os.readlink(path)
    return None
