"""``os.path``, ``os.listdir``, ``glob`` and ``pathlib`` for the files of the pack."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath

from comfyc.scan.machine import Machine
from comfyc.scan.paths import copy_file, exists, find_files, list_folder, make_folder, path_text, walk
from comfyc.scan.values import ABSENT, UNKNOWN, Native, PyList, Record, Value

Arguments = list[Value]
Keywords = dict[str, Value]


def _first(arguments: Arguments) -> Value:
    return arguments[0] if arguments else UNKNOWN


def _on_text(function: Callable[[str], Value]) -> Callable[[Machine, Arguments, Keywords], Value]:
    """A function of one path."""

    def call(_: Machine, arguments: Arguments, __: Keywords) -> Value:
        text = path_text(_first(arguments))
        return UNKNOWN if text is None else function(text)

    return call


def _join(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    parts = [path_text(one) for one in arguments]
    texts = [part for part in parts if part is not None]
    return posixpath.join(*texts) if parts and len(texts) == len(parts) else UNKNOWN


def _exists(kind: str) -> Callable[[Machine, Arguments, Keywords], Value]:
    def call(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
        text = path_text(_first(arguments))
        return ABSENT if text is None else exists(machine, text, kind)

    return call


def _relpath(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    parts = [path_text(one) for one in arguments]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return UNKNOWN
    return posixpath.relpath(posixpath.join("/", parts[0]), posixpath.join("/", parts[1]))


def _glob(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    text = path_text(_first(arguments))
    if text is None or machine.files.relative(text.split("*")[0]) is None:
        return PyList(is_open=True)
    parts = text.split("/")
    star = next((at for at, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
    return find_files(machine, "/".join(parts[:star]), "/".join(parts[star:]), deep=False)


def _path(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    parts = [path_text(one) for one in arguments]
    texts = [part for part in parts if part is not None]
    return PurePosixPath(*texts) if len(texts) == len(parts) else UNKNOWN


_PATHS: dict[str, Callable[[str], Value]] = {
    "basename": posixpath.basename,
    "dirname": posixpath.dirname,
    "abspath": lambda path: posixpath.normpath(path) if path.startswith("/") else UNKNOWN,
    "realpath": lambda path: posixpath.normpath(path) if path.startswith("/") else UNKNOWN,
    "normpath": posixpath.normpath,
    "split": posixpath.split,
    "splitext": posixpath.splitext,
    "isabs": posixpath.isabs,
    "expanduser": lambda path: UNKNOWN if path.startswith("~") else path,
    "normcase": lambda path: path,
}


def _scan_folder(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``os.scandir(folder)``."""
    folder = path_text(_first(arguments))
    names = list_folder(machine, folder)
    return PyList((_entry(machine, str(folder), name) for name in names), is_open=names.is_open)


def _entry(machine: Machine, folder: str, name: str) -> Record:
    path = posixpath.join(folder, name)
    tests = {"is_file": "file", "is_dir": "folder"}
    methods = {test: Native(test, _test(path, kind)) for test, kind in tests.items()}
    return Record("entry", {"name": name, "path": path, **methods})


def _test(path: str, kind: str) -> Callable[[Machine, Arguments, Keywords], Value]:
    return lambda machine, _, __: exists(machine, path, kind)


def _make_folder(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    make_folder(machine, path_text(_first(arguments)))
    return None


def _copy_file(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    if len(arguments) > 1:
        copy_file(machine, path_text(arguments[0]), path_text(arguments[1]))
    return None


PATH_FUNCTIONS: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    **{f"os.path.{name}": _on_text(function) for name, function in _PATHS.items()},
    "os.path.join": _join,
    "os.path.relpath": _relpath,
    "os.path.exists": _exists(""),
    "os.path.isfile": _exists("file"),
    "os.path.isdir": _exists("folder"),
    "os.mkdir": _make_folder,
    "os.makedirs": _make_folder,
    "shutil.copy": _copy_file,
    "shutil.copy2": _copy_file,
    "shutil.copyfile": _copy_file,
    "os.listdir": lambda machine, arguments, _: list_folder(machine, path_text(_first(arguments))),
    "os.scandir": _scan_folder,
    "os.walk": lambda machine, arguments, _: walk(machine, path_text(_first(arguments))),
    "os.fspath": lambda _, arguments, __: path_text(_first(arguments)) or UNKNOWN,
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
}
"""Functions that work on paths, by their dotted names."""
