"""Paths: what ``os.path`` and ``pathlib`` say of the pack's files, as if ComfyUI stood at ``VIRTUAL``.

Other paths exist on no fresh installation; their content is not known.
"""

from __future__ import annotations

import fnmatch
import posixpath
from pathlib import PurePosixPath

from comfyc.scan.files import VIRTUAL
from comfyc.scan.limits import MAX_ITEMS
from comfyc.scan.machine import Machine
from comfyc.scan.texts import names_in
from comfyc.scan.values import UNKNOWN, PyList, RaisedError, Record, Value, is_unknown, native

PATH_PROPERTIES = names_in("parent parents name stem suffix suffixes parts anchor")
PATH_METHODS = names_in(
    "exists is_dir is_file glob rglob iterdir resolve absolute read_text read_bytes open "
    "joinpath with_suffix with_name as_posix relative_to is_absolute expanduser mkdir "
    "with_stem is_relative_to"
)


FILE_METHODS = frozenset(("read", "readlines", "readline", "close", "write", "__enter__"))


def path_text(value: Value) -> str | None:
    """The text of a path, None if it is not known."""
    value = native(value)
    if isinstance(value, PurePosixPath):
        return str(value)
    return value if isinstance(value, str) else None


def exists(machine: Machine, path: str, kind: str = "") -> Value:
    """Whether a path leads to something of the pack (``kind``: "file", "folder" or either)."""
    relative = machine.files.relative(path)
    if relative is None:
        return not kind.startswith("file") and path.rstrip("/") in (VIRTUAL, f"{VIRTUAL}/custom_nodes")
    if kind == "file":
        return relative in machine.files.files
    return relative in machine.files.folders if kind == "folder" else machine.files.exists(relative)


def list_folder(machine: Machine, path: str | None) -> Value:
    """The sorted names in a folder of the pack; an open list for any other folder."""
    relative = None if path is None else machine.files.relative(path)
    if relative is None:
        return PyList(is_open=True)
    if relative not in machine.files.folders:
        return PyList(is_open=True)  # packs make the folders that they list
    return PyList(machine.files.folders[relative])


def find_files(machine: Machine, folder: str | None, pattern: Value, *, deep: bool = False) -> Value:
    """The sorted paths of the pack's files and folders that match a pattern below a folder."""
    pattern = path_text(pattern)
    relative = None if folder is None else machine.files.relative(folder)
    if relative is None or pattern is None:
        return PyList(is_open=True)
    pattern = posixpath.normpath(pattern)
    deep = deep or "**" in pattern
    pattern = pattern.replace("**/", "")
    known = sorted([*machine.files.files, *(one for one in machine.files.folders if one)])
    start = f"{relative}/" if relative else ""
    found: list[str] = []
    for path in known:
        machine.spend()
        if not path.startswith(start):
            continue
        rest = path[len(start) :].split("/")
        wanted = pattern.split("/")
        tail = rest[-len(wanted) :] if deep else rest
        if len(tail) == len(wanted) and all(map(fnmatch.fnmatchcase, tail, wanted)):
            found.append(posixpath.join(machine.files.virtual, path))
    return PyList(found[:MAX_ITEMS])


def walk(machine: Machine, path: str | None) -> Value:
    """What ``os.walk`` yields for a folder of the pack."""
    relative = None if path is None else machine.files.relative(path)
    if relative is None:
        return PyList(is_open=True)
    rounds: list[Value] = []
    for folder in sorted(machine.files.folders):
        if folder == relative or folder.startswith(f"{relative}/") or not relative:
            machine.spend(len(machine.files.folders[folder]))
            names = machine.files.folders[folder]
            below = [one for one in names if posixpath.join(folder, one) in machine.files.folders]
            own = [one for one in names if one not in below]
            at = posixpath.join(machine.files.virtual, folder) if folder else machine.files.virtual
            rounds.append((at, PyList(below), PyList(own)))
    return PyList(rounds)


def make_folder(machine: Machine, path: str | None) -> None:
    """``os.mkdir(path)``, if it is in the pack."""
    relative = None if path is None else machine.files.relative(path)
    if relative is not None:
        machine.files.make_folder(relative)


def copy_file(machine: Machine, source: str | None, target: str | None) -> None:
    """``shutil.copy(source, target)``, if both are in the pack."""
    old = None if source is None else machine.files.relative(source)
    new = None if target is None else machine.files.relative(target)
    if old in machine.files.files and new is not None and old is not None:
        text = read_file(machine, Record("file", {"path": old}))
        machine.files.write(new, text if isinstance(text, str) else "")


def open_file(machine: Machine, path: Value, mode: str = "r") -> Value:
    """``open(path, mode)``: a file of the pack, or an unknown; a missing file of the pack raises an error."""
    text = path_text(path)
    relative = None if text is None else machine.files.relative(text)
    if relative is None or "+" in mode:
        return UNKNOWN
    if mode[:1] in ("w", "x"):
        machine.files.write(relative, "")
    elif relative not in machine.files.files:
        raise RaisedError(FileNotFoundError)
    return Record("file", {"path": relative})


def read_file(machine: Machine, file: Value) -> Value:
    """The text of a file that :func:`open_file` has opened."""
    if not isinstance(file, Record) or "path" not in file.names:
        return UNKNOWN
    try:
        data = machine.files.read(file.names["path"])
    except OSError:
        return UNKNOWN
    machine.spend(len(data) >> 6)
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def call_path(
    machine: Machine, path: PurePosixPath, name: str, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    """Call a method of a ``pathlib.Path``."""
    text = str(path)
    if name in ("exists", "is_dir", "is_file"):
        return exists(machine, text, {"is_dir": "folder", "is_file": "file"}.get(name, ""))
    if name in ("glob", "rglob"):
        found = find_files(machine, text, arguments[0] if arguments else UNKNOWN, deep=name == "rglob")
        return PyList(map(PurePosixPath, found), is_open=found.is_open)
    if name == "iterdir":
        found = list_folder(machine, text)
        return PyList((path / one for one in found), is_open=found.is_open)
    if name == "open":
        return open_file(machine, path)
    if name in ("read_text", "read_bytes"):
        return read_file(machine, open_file(machine, path))
    if name in ("resolve", "absolute", "expanduser"):
        return PurePosixPath(posixpath.normpath(text))
    if name == "mkdir":
        return make_folder(machine, text)
    if any(map(is_unknown, arguments)):
        return UNKNOWN
    try:
        return getattr(path, name)(*arguments)
    except (TypeError, ValueError, AttributeError) as error:
        raise RaisedError(type(error)) from None


def call_file(machine: Machine, file: Record, name: str, arguments: list[Value]) -> Value:
    """Call a method of an open file of the pack."""
    if name == "__enter__":
        return file
    text = None if name == "close" else read_file(machine, file)
    if isinstance(text, str) and name == "write":
        more = native(arguments[0]) if arguments else UNKNOWN
        machine.files.write(file.names["path"], text + more if isinstance(more, str) else text)
        return None
    if not isinstance(text, str):
        return text
    if name == "readlines":
        return PyList(text.splitlines(keepends=True))
    return text if name == "read" else text.partition("\n")[0]
