"""The folder of a site: written whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.safety.opening import read_text

MARKER = ".comfyc-report"
"""The file that says that a folder was made by ``comfyc report``, and names what was written into it."""
FOLDERS = ("files", "graphs", "pages", "prompts")
_ABOUT = "comfyc report has made this folder, and replaces it as a whole. It wrote these files:"
_LONGEST_MARKER = 64 * 1024 * 1024


@contextlib.contextmanager
def new_site(output: Path) -> Iterator[Path]:
    """A new folder beside ``output`` to write a site into. At the end it takes the name of ``output``, and a
    site that is there is removed; if anything fails, the new one is.

    ``ComfycError`` if there is something that ``comfyc report`` has not written, or if it cannot be written.
    """
    try:
        target = Path(os.path.realpath(output))
        _refuse_foreign(target, output)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.parent / f"{MARKER}-{os.urandom(8).hex()}"
        fresh.mkdir()
        try:
            for name in FOLDERS:
                (fresh / name).mkdir()
            yield fresh
            _finish(fresh)
            _refuse_foreign(target, output)
            _exchange(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
        raise ComfycError(
            f"'{output}' cannot be written: {reason}", "check the folder and its permissions"
        ) from error


def is_site(folder: str) -> bool:
    """Whether a folder was made by ``comfyc report``."""
    return os.path.isfile(os.path.join(folder, MARKER))


def _finish(fresh: Path) -> None:
    """Remove the folders that are empty, and note what was written."""
    for name in FOLDERS:
        with contextlib.suppress(OSError):
            (fresh / name).rmdir()
    written = sorted(_files(fresh))
    (fresh / MARKER).write_text("\n".join([_ABOUT, *written]) + "\n", "utf-8")


def _exchange(fresh: Path, target: Path) -> None:
    """Put the new folder into the position of the old one, which is put back if that fails."""
    if not target.exists():
        fresh.rename(target)
        return
    old = fresh.with_name(f"{fresh.name}-old")
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(target: Path, output: Path) -> None:
    if not os.path.lexists(target):
        return
    hint = "name a new folder, an empty one, or one that comfyc report has made"
    if not target.is_dir():
        raise ComfycError(f"'{output}' is a file, not a folder", hint)
    if target == Path.cwd() or target in Path.cwd().parents:
        raise ComfycError(f"'{output}' is the working folder, which cannot be replaced", hint)
    if not is_site(str(target)):
        if any(target.iterdir()):
            raise ComfycError(f"'{output}' holds files, and comfyc report has not made it", hint)
        return
    listed = set(read_text(target / MARKER, _LONGEST_MARKER).splitlines()[1:])
    foreign = next((name for name in sorted(_files(target)) if name not in listed and name != MARKER), None)
    if foreign is not None:
        raise ComfycError(
            f"'{output}' holds '{foreign}', which comfyc report has not written and would remove",
            "move it away, or name another folder",
        )


def _files(folder: Path) -> Iterator[str]:
    """All files below a folder, and the links there, as paths with ``/``."""
    for above, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(above, name))]
        for name in (*names, *links):
            yield Path(above, name).relative_to(folder).as_posix()
