"""Files that are written piece by piece, completely or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from comfyc.safety.atomic import Folder, followed


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its name when this is left without an exception, and leaves everything
    as it was otherwise. Folders above it are made. What is said of links, devices and pipes for
    :func:`comfyc.safety.atomic.write_file` holds here, and so do its errors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = followed(path)
    if target is None or (target.exists() and not target.is_file()):
        with open(path, "wb") as file:
            yield file
        return
    with Folder(target.parent) as folder, folder.part(like=target.name) as part:
        yield part.file
        part.replace(target.name)
