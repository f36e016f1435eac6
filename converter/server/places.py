"""Where a file from a server may go on this machine: inside one folder, over nothing, in one step.

The names come from the server, which may be broken or hostile: "../../.bashrc", "/etc/passwd",
"C:\\Windows\\x", "nul", a name of 5,000 letters, one with a terminal escape.
"""

from __future__ import annotations

import contextlib
import errno
import filecmp
import os
import re
import unicodedata
from pathlib import Path

from converter.diagnostics import ConverterError

_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
_LONGEST = 180
"""Bytes of a name; file systems take 255, and a temporary name or a number must still fit."""
_DEEPEST = 8
_TRIES = 10_000
_TRIAL = 4096
"""Bytes that are written to see whether a folder takes any."""


def safe_name(name: str) -> str:
    """One name for a file or a folder that every file system takes and that leads nowhere else."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    text = "".join("_" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") else char for char in text)
    text = _FORBIDDEN.sub("_", text).strip().rstrip(". ")
    if not text.strip("."):
        text = "_"
    if text.startswith("."):
        text = "_" + text[1:]  # a server has no business hiding a file
    if text.partition(".")[0].lower() in _DEVICES:
        text = "_" + text
    return _shorten(text)


def safe_parts(subfolder: str, filename: str) -> tuple[str, ...]:
    """The folders and the name for an output; what would lead out of the folder is left out."""
    folders = [part for part in re.split(r"[/\\]+", subfolder) if part not in ("", ".", "..")]
    name = re.split(r"[/\\]+", filename)[-1]
    return (*(safe_name(folder) for folder in folders[:_DEEPEST]), safe_name(name))


def choose_folder(out_dir: Path, folders: tuple[str, ...]) -> Path:
    """The folder, made; ``out_dir`` itself if a link on the way leads out. ``ConverterError`` if it fails."""
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        root = out_dir.resolve()
        folder = out_dir.joinpath(*folders)
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            if folder.resolve().is_relative_to(root):
                folder.mkdir(parents=True, exist_ok=True)
                if folder.resolve().is_relative_to(root):
                    return folder
        return out_dir
    except OSError as error:
        raise _unwritable(out_dir, error) from error


def _unwritable(folder: Path, error: OSError) -> ConverterError:
    reason = (error.strerror or str(error)).lower()
    return ConverterError(f"cannot write to '{folder}': {reason}", "pass another folder with --out-dir")


def check_folder(out_dir: Path) -> None:
    """Make sure that ``out_dir`` can be written to, before anything is made that is to go there.

    The folder itself is not made yet: a small file is written into it, or into the nearest folder above
    that is there, and taken away again. ``ConverterError`` if that fails.
    """
    folder = out_dir
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    trial = folder / f".comfyc.{os.urandom(6).hex()}.part"
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


def settle_file(temporary: Path, target: Path, *, overwrite: bool) -> Path:
    """Give a finished file its final name, in one step; returns that name.

    Without ``overwrite`` nothing that is there is touched: the same bytes under that name are taken for the
    file itself (a cached run gives the same files again), otherwise a number is added: "a (1).png".
    """
    if overwrite and not target.is_dir():
        os.replace(temporary, target)
        return target
    for number in range(_TRIES):
        candidate = target if number == 0 else target.with_name(f"{target.stem} ({number}){target.suffix}")
        if candidate.is_file() and filecmp.cmp(temporary, candidate, shallow=False):
            temporary.unlink()
            return candidate
        if _claim(temporary, candidate):
            return candidate
    raise ConverterError(
        f"too many files are called '{target.name}'", "pass --overwrite, or another --out-dir"
    )


def _claim(temporary: Path, target: Path) -> bool:
    """Rename without ever replacing. A hard link does that in one step, where the file system has them."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(target):
            return False
        os.replace(temporary, target)
        return True
    temporary.unlink()
    return True


def _shorten(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 16:
        stem, suffix = name, ""
    room = _LONGEST - len((dot + suffix).encode()) if suffix else _LONGEST
    short = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    return f"{short or '_'}.{suffix}" if suffix else short
