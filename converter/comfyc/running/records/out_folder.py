"""Where a file from a server may go on this machine: inside one folder, over nothing, in one step.

The names come from the server, which may be broken or hostile: "../../.bashrc", "/etc/passwd",
"C:\\Windows\\x", "nul", a name of 5,000 letters, one with a terminal escape.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic import Folder, Part, part_name

_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{name}{n}" for name in ("com", "lpt") for n in "0123456789\u00b9\u00b2\u00b3"),
}
_LONGEST = 255
"""Bytes of a name, as most file systems take them."""
_DEEPEST = 8
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories of what is no part of a name: it would act on who is shown the name."""
_COMMANDS = re.compile(r"#(?=#)")
"""``##[`` and ``##name[`` are commands to the CI systems that read our output."""
_TRIES = 10_000
_TRIAL = 4096
"""Bytes that are written to see whether a folder takes any."""


def safe_name(name: str) -> str:
    """One name for a file or a folder that every file system takes and that leads nowhere else."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    text = "".join("_" if unicodedata.category(char) in _UNSEEN else char for char in text)
    text = _COMMANDS.sub("_", _FORBIDDEN.sub("_", text)).strip().rstrip(". ")
    if not text.strip("."):
        text = "_"
    if text.startswith("."):
        text = "_" + text[1:]  # a server has no business hiding a file
    if text.partition(".")[0].rstrip().lower() in _DEVICES:
        text = "_" + text
    return _shorten(text, _LONGEST)


def safe_parts(subfolder: str, filename: str) -> tuple[str, ...]:
    """The folders and the name for an output; what would lead out of the folder is left out."""
    folders = [part for part in re.split(r"[/\\]+", subfolder) if part not in ("", ".", "..")]
    name = re.split(r"[/\\]+", filename)[-1]
    return (*(safe_name(folder) for folder in folders[:_DEEPEST]), safe_name(name))


class OutFolder:
    """The folder for the outputs of a call: opened once, so that a link in its place later leads nowhere.

    ``spared`` are files that no output may overwrite or become: what the call reads, and its other products.
    """

    def __init__(self, path: Path, spared: Sequence[Path] = ()) -> None:
        self.path = path
        self._spared = spared
        self._made: set[tuple[int, int]] = set()
        self._opened: Folder | None = None

    def hold(self) -> None:
        """Open the folder if it is there; one that is not is made when something is to be saved."""
        with contextlib.suppress(OSError):
            if self._opened is None or self._opened.is_gone:
                self._opened = Folder(self.path)
                self._opened.sweep()

    @contextlib.contextmanager
    def within(self, names: Sequence[str]) -> Iterator[Folder]:
        """The folder below it that these names lead to, made; itself if a link or a file is in the way.

        ``ComfycError`` if there can be none.
        """
        try:
            self.hold()
            if self._opened is None or self._opened.is_gone:
                self.path.mkdir(parents=True, exist_ok=True)
                self._opened = Folder(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        with contextlib.ExitStack() as stack:
            folder = self._opened
            try:
                for name in names:
                    folder = stack.enter_context(folder.child(name))
            except OSError:
                folder = self._opened
            yield folder

    def settle(self, part: Part, name: str, *, overwrite: bool) -> Path:
        """Give a finished file its final name, in one step; returns its path.

        Without ``overwrite`` nothing that is there is touched: the same bytes under that name are taken for
        the file itself (a cached run gives the same files again), otherwise a number is added: "a (1).png".
        With it, neither a folder, an input nor another output of this call is replaced all the same.
        """
        made = part.identity
        folder = part.folder
        if overwrite and not self._is_spared(folder, name):
            part.replace(name)
            self._made.add(made)
            return folder.path / name
        for number in range(_TRIES):
            candidate = _numbered(name, number)
            if part.is_copy_of(candidate):
                return folder.path / candidate
            if not self._is_reserved(folder, candidate) and part.claim(candidate):
                self._made.add(made)
                return folder.path / candidate
        hint = "pass --overwrite, or choose another --out-dir"
        raise ComfycError(f"there are too many files named '{name}'", hint)

    def _is_spared(self, folder: Folder, name: str) -> bool:
        there = folder.look(name)
        if there is None:
            return self._is_reserved(folder, name)
        identity = there.st_dev, there.st_ino
        return stat.S_ISDIR(there.st_mode) or identity in self._made or self._is_reserved(folder, name)

    def _is_reserved(self, folder: Folder, name: str) -> bool:
        """Whether a name is that of a spared file, which need not be there yet."""
        there = folder.look(name)
        for spared in self._spared:
            with contextlib.suppress(OSError):
                if there is not None and os.path.samestat(there, os.stat(spared)):
                    return True
            with contextlib.suppress(OSError):
                above = os.stat(spared.parent)
                if name.casefold() == spared.name.casefold() and folder.identity == (
                    above.st_dev,
                    above.st_ino,
                ):
                    return True
        return False


def _unwritable(folder: Path, error: OSError) -> ComfycError:
    reason = (error.strerror or str(error)).lower()
    return ComfycError(f"cannot write to '{folder}': {reason}", "choose another folder with --out-dir")


def check_folder(out_dir: Path) -> None:
    """Make sure that ``out_dir`` can be written to, before anything is made that is to go there.

    The folder itself is not made yet: a small file is written into it, or into the nearest folder above
    that is there, and taken away again. ``ComfycError`` if that fails.
    """
    folder = out_dir
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    trial = folder / part_name()
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        try:
            trial.write_bytes(bytes(_TRIAL))  # a full disk takes an empty file
        finally:
            with contextlib.suppress(OSError):
                trial.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(out_dir, error) from None


def _numbered(name: str, number: int) -> str:
    """The name with a number before its ending, and still short enough."""
    if number == 0:
        return name
    mark = f" ({number})"
    return _shorten(name, _LONGEST - len(mark), mark)


def _shorten(name: str, most: int, mark: str = "") -> str:
    """The name in so many bytes, its ending kept, with a mark before that."""
    path = Path(name)
    stem, suffix = (path.stem, path.suffix) if len(path.suffix.encode()) <= 17 else (name, "")
    room = most - len(suffix.encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") or "_"
    return f"{stem}{mark}{suffix}"
