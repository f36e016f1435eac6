"""Write files completely or not at all: the only way in which comfyc writes permanent files.

A file is written under a temporary name in its folder (``.comfyc-0123456789abcdef.part``, whatever its final
name), and gets its final name in one step. The writer holds a lock on it, so that a later run recognises and
removes the files of a run that was killed. Except on Windows, a folder is opened once, and names are looked
up in the open folder, even if its path leads elsewhere meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

if sys.platform != "win32":
    import fcntl

_PART = re.compile(r"\.comfyc-[0-9a-f]{16}\.part")
_HOLDS = {os.open, os.mkdir, os.stat, os.link, os.unlink, os.rename} <= os.supports_dir_fd
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_ALONE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS
_LOOK = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _FLAGS
_LINKS = 40
"""Upper bound on the symbolic links that are followed to a file, as in Linux."""
_TRIES = 100
_BLOCK = 1 << 20
_OLD = 3600.0
"""Seconds after which a temporary file counts as left over on Windows, which has no locks of this kind."""

_swept: set[tuple[int, int]] = set()
"""The folders in which this process has removed files that killed runs left."""


def part_name() -> str:
    """A new temporary name for a file that is being written."""
    return f".comfyc-{os.urandom(8).hex()}.part"


class Folder:
    """An open folder, and a context manager. Files are made in the folder itself, even if its path changes.

    ``follow`` allows the path to be a symbolic link. Every error is an ``OSError``.
    """

    def __init__(self, path: Path, *, follow: bool = True, parent: Folder | None = None) -> None:
        self.path = path
        self._held: int | None = None
        if _HOLDS:
            flags = os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC
            within = parent._within() if parent is not None else {}
            name = path.name if parent is not None else path
            self._held = os.open(name, flags | (0 if follow else os.O_NOFOLLOW), **within)
        elif not path.is_dir() or (not follow and _is_elsewhere(path)):
            raise NotADirectoryError(20, os.strerror(20), str(path))

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def __del__(self) -> None:
        self.close()

    @property
    def identity(self) -> tuple[int, int]:
        """The device and the number of the folder itself."""
        info = os.stat(self._held if self._held is not None else self.path)
        return info.st_dev, info.st_ino

    @property
    def is_gone(self) -> bool:
        """Whether the folder has been removed since it was opened."""
        return self._held is not None and os.fstat(self._held).st_nlink == 0

    def child(self, name: str) -> Folder:
        """Open the folder of this name in this one, and make it if it does not exist. ``OSError`` for a
        link."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._at(name), **self._within())
        return Folder(self.path / name, follow=False, parent=self)

    def look(self, name: str) -> os.stat_result | None:
        """The status of the entry of this name, without following links; ``None`` if there is none."""
        try:
            return os.stat(self._at(name), follow_symlinks=False, **self._within())
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def part(self, like: str | None = None) -> Iterator[Part]:
        """A new file to write, which is removed at the end unless it has been given its final name.

        It gets the permissions of the file ``like`` in this folder, if there is one.
        """
        self.sweep()
        old = self.look(like) if like is not None else None
        mode = stat.S_IMODE(old.st_mode) & 0o777 if old is not None and stat.S_ISREG(old.st_mode) else None
        part = Part(self)
        try:
            part.begin(mode)
            yield part
        finally:
            part.drop()

    def sweep(self) -> None:
        """Remove, once per process, the files that killed runs have left in this folder."""
        if self.identity in _swept:
            return
        _swept.add(self.identity)
        with contextlib.suppress(OSError):
            for name in self._names():
                if _PART.fullmatch(name):
                    with contextlib.suppress(OSError):
                        self._remove_left(name)

    def _names(self) -> list[str]:
        if self._held is None:
            return os.listdir(self.path)
        listed = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._held)
        try:
            return os.listdir(listed)
        finally:
            os.close(listed)

    def _remove_left(self, name: str) -> None:
        if sys.platform == "win32":
            if time.time() - os.stat(self._at(name)).st_mtime > _OLD:
                os.unlink(self._at(name))
            return
        held = os.open(self._at(name), _LOOK, **self._within())
        try:
            info = os.fstat(held)
            if stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid():
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails if a process is writing the file
                os.unlink(self._at(name), **self._within())
        finally:
            os.close(held)

    def _at(self, name: str) -> str:
        return name if self._held is not None else str(self.path / name)

    def _within(self) -> dict[str, Any]:
        return {"dir_fd": self._held} if self._held is not None else {}

    def _between(self) -> dict[str, Any]:
        return {"src_dir_fd": self._held, "dst_dir_fd": self._held} if self._held is not None else {}


class Part:
    """A file that is being written. :meth:`replace` or :meth:`claim` give it its final name."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._name: str | None = part_name()
        self._file: BinaryIO | None = None

    @property
    def file(self) -> BinaryIO:
        """The open file, for writing and reading."""
        assert self._file is not None
        return self._file

    def begin(self, mode: int | None) -> None:
        """Make the file with these permissions (None: the default ones), and lock it."""
        assert self._name is not None
        at, within = self.folder._at(self._name), self.folder._within()
        for _ in range(_TRIES):
            held = os.open(at, _ALONE, 0o666 if mode is None else 0o600, **within)
            try:
                if sys.platform != "win32":
                    with contextlib.suppress(OSError):  # a file system without locks
                        fcntl.flock(held, fcntl.LOCK_EX)
                    if mode is not None:
                        os.fchmod(held, mode)
                if os.fstat(held).st_nlink:  # otherwise another process removed it before it was locked
                    self._file = os.fdopen(held, "w+b")
                    return
            finally:
                if self._file is None:
                    os.close(held)
        raise FileNotFoundError(2, "new files are removed at once", str(self.folder.path))

    @property
    def identity(self) -> tuple[int, int]:
        """The device and the number of the file."""
        info = os.fstat(self.file.fileno())
        return info.st_dev, info.st_ino

    def replace(self, name: str) -> None:
        """Take this name, replacing the file that has it."""
        folder, old = self.folder, self._finished()
        os.replace(folder._at(old), folder._at(name), **folder._between())
        self._name = None

    def claim(self, name: str) -> bool:
        """Take this name and return True, or return False if it is taken. A hard link does this in one step,
        if the file system supports it."""
        folder, old = self.folder, self._finished()
        try:
            os.link(folder._at(old), folder._at(name), **folder._between())
        except FileExistsError:
            return False
        except OSError:
            if folder.look(name) is not None:
                return False
            self.replace(name)
            return True
        self.drop()
        return True

    def is_copy_of(self, name: str) -> bool:
        """Whether there is a regular file of this name in the folder with the same bytes."""
        try:
            other = os.fdopen(os.open(self.folder._at(name), _LOOK, **self.folder._within()), "rb")
        except OSError:
            return False
        with other:
            info = os.fstat(other.fileno())
            self.file.flush()
            if not stat.S_ISREG(info.st_mode) or info.st_size != os.fstat(self.file.fileno()).st_size:
                return False
            self.file.seek(0)
            while block := self.file.read(_BLOCK):
                if block != other.read(len(block)):
                    return False
            return True

    def drop(self) -> None:
        """Remove the file if it still has its temporary name."""
        if sys.platform == "win32":
            self._close()
        if self._name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.folder._at(self._name), **self.folder._within())
            self._name = None
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # closing flushes again, which fails on a full disk
                self._file.close()

    def _finished(self) -> str:
        """Finish writing and return the temporary name. The lock is held until the file has its final
        name."""
        assert self._name is not None
        if sys.platform == "win32":
            self.file.close()
        else:
            self.file.flush()
        return self._name


def replace_file(path: Path, data: bytes) -> None:
    """Write a file completely, or raise ``OSError`` and leave everything as it was. The file keeps the
    permissions of an earlier one; a symbolic link is replaced, not followed."""
    with Folder(path.parent) as folder, folder.part(like=path.name) as part:
        part.file.write(data)
        part.replace(path.name)


def write_file(path: Path, data: bytes) -> None:
    """As :func:`replace_file`, for a path from the user: a symbolic link is followed, and a device, a pipe or
    a file that the shell has opened is written directly."""
    target = followed(path)
    if target is None or (target.exists() and not target.is_file()):
        path.write_bytes(data)
    else:
        replace_file(target, data)


def followed(path: Path) -> Path | None:
    """The path at the end of all symbolic links; None if it is in /dev or /proc (an open file, such as
    /dev/stdout), or if there are too many links."""
    for _ in range(_LINKS):
        if not path.is_symlink():
            return path
        if Path(os.path.abspath(path)).parts[1:2] in (("dev",), ("proc",)):
            return None
        path = path.parent / os.readlink(path)
    return None


def _is_elsewhere(path: Path) -> bool:
    """Whether a folder is a symbolic link, or a junction of Windows, to another folder."""
    return path.resolve() != path.parent.resolve() / path.name
