"""Whose configuration counts: where the search for it ends, who may own it, and what it may name.

A repository may be a stranger's. Its configuration says how its own files are judged; it makes no request,
and opens no file outside of it, unless the user trusts it: by ``--trust-config``, or by the folder's name in
``$COMFYC_TRUSTED`` or in the file ``trusted`` of comfyc's own settings. Ownership is judged as git does for
``safe.directory``.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from comfyc.catalog.address import names_server
from comfyc.safety.opening import read_text

_MAX_BYTES = 1 << 16
"""Bytes of the list of trusted folders."""


def searched_folders(start: Path, searched: str) -> list[Path]:
    """The folders whose configuration counts for a file in ``start``, the nearest first.

    The last is the root of the repository, which holds ``.git``. Outside of any it is the working folder or
    the home folder, and below neither ``searched``, the folder that the user named.
    """
    folders = [start, *start.parents]
    for number, folder in enumerate(folders):
        if _is_root(folder / ".git"):
            return folders[: number + 1]
    try:
        ends_of = {os.path.abspath("."), os.path.expanduser("~")}, {os.path.abspath(searched)}
    except FileNotFoundError:  # the working folder has been removed
        return folders[:1]
    for ends in ends_of:
        for number, folder in enumerate(folders):
            if str(folder) in ends:
                return folders[: number + 1]
    return folders[:1]


def _is_root(mark: Path) -> bool:
    """Whether a ``.git`` marks the root of a repository: a file (as in a submodule), a folder with ``HEAD``
    or an empty folder that somebody made as a mark. Git passes over one that holds something else, too."""
    if not mark.is_dir():
        return os.path.lexists(mark)
    try:
        return os.path.lexists(mark / "HEAD") or not os.listdir(mark)
    except OSError:
        return True


def is_trusted(root: Path) -> bool:
    """Whether the user's own list names this folder, or one above it."""
    folder_path = Path(os.path.realpath(root))
    return any(folder_path.is_relative_to(os.path.realpath(folder)) for folder in _trusted_folders())


def owner_is_other(info: os.stat_result) -> bool:
    """Whether a file belongs to another user. For root under sudo the one who called it is no other; without
    user ids (Windows) nobody is."""
    if sys.platform == "win32":
        return False
    user = os.geteuid()
    called = os.environ.get("SUDO_UID", "") if user == 0 else ""
    return info.st_uid != user and str(info.st_uid) != called


def leads_out(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """Whether a path ends outside of a folder, once all links are followed."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def foreign_catalogue(value: str, folder: Path, root: Path) -> str:
    """Why a configuration in ``folder`` may not name this catalogue untrusted; "" for a file in ``root``.

    The file system is asked only about what is inside as it is written.
    """
    if "://" in value:
        return "names a server"
    return _outside(value, folder, root, "file") or (
        "names a server" if names_server(value, str(folder)) else _linked(value, folder, root)
    )


def foreign_folder(value: str, folder: Path, root: Path) -> str:
    """Why a configuration in ``folder`` may not name these packs untrusted; "" for a folder in ``root``."""
    return _outside(value, folder, root, "folder") or _linked(value, folder, root)


def foreign_file(value: str, folder: Path, root: Path) -> str:
    """Why a configuration in ``folder`` may not name this file untrusted; "" for a file in ``root``."""
    return _outside(value, folder, root, "file") or _linked(value, folder, root)


def _outside(value: str, folder: Path, root: Path, what: str) -> str:
    if "\0" in value:
        return f"does not name a {what}"
    is_inside = Path(os.path.normpath(folder / value)).is_relative_to(root)
    return "" if is_inside and not os.path.splitdrive(value)[0] else f"names a {what} outside of '{root}'"


def _linked(value: str, folder: Path, root: Path) -> str:
    path = Path(os.path.normpath(folder / value))
    return f"names a link that leads out of '{root}'" if leads_out(path, root) else ""


def _trusted_folders() -> list[str]:
    named = os.environ.get("COMFYC_TRUSTED", "").split(os.pathsep)
    file = trust_file()
    with contextlib.suppress(OSError, ValueError):
        named += read_text(file, _MAX_BYTES).splitlines() if file is not None else []
    folders = [os.path.expanduser(each.strip()) for each in named if each.strip()]
    return [each for each in folders if os.path.isabs(each)]


def trust_file() -> Path | None:
    """The user's list of trusted folders, one a line; ``None`` without a home folder."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or ""
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Application Support")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    return Path(base, "comfyc", "trusted") if os.path.isabs(base) else None
