"""``[tool.comfyc]`` of pyproject.toml, or comfyc.toml: what a repository wants of ``comfyc validate``.

The nearest file above each workflow counts; of two in one folder comfyc.toml does. Paths and patterns in
it are relative to its folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from converter.catalog_address import names_server
from converter.cli.reports import VALIDATE_FORMATS
from converter.cli.toml_places import line_of, line_of_error
from converter.diagnostics import ConverterError
from converter.opening import read_regular

OWN_FILE, SHARED_FILE = "comfyc.toml", "pyproject.toml"
_MAX_BYTES = 1 << 20
"""Bytes of a configuration: 1 MiB."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a repository. ``root`` is the folder that they were found in (None: there are none).

    ``object_info`` is a path (already made absolute) or the address of a server, ``format`` the form of the
    report.
    """

    root: Path | None = None
    object_info: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    strict: bool = False
    exclude: tuple[str, ...] = ()
    assume_files: bool = False
    format: str = ""

    def excludes(self, path: str) -> bool:
        """Whether a path, or a folder above it, fits a pattern of ``exclude``. A pattern without a slash fits
        a name anywhere; ``*`` fits slashes too."""
        if self.root is None or not self.exclude:
            return False
        try:
            place = Path(os.path.relpath(path, self.root))
        except ValueError:  # Windows: on another drive
            return False
        for part in (place, *place.parents[:-1]):
            whole, name = part.as_posix(), part.name
            if any(fnmatchcase(whole if "/" in each else name, each) for each in self.exclude):
                return True
        return False


class Configurations:
    """The configurations of files, each read once."""

    def __init__(self) -> None:
        self._by_folder: dict[Path, Configuration] = {}

    def of(self, path: str) -> Configuration:
        """The configuration for a file or a folder (for the standard input, "-", of the working folder).

        ``ConverterError`` if there is one that cannot be used.
        """
        place = Path.cwd() if path == "-" else Path(os.path.abspath(path))
        passed: list[Path] = []
        found: Configuration | None = None
        for folder in (place, *place.parents) if os.path.isdir(place) else place.parents:
            found = self._by_folder.get(folder)
            if found is None:
                passed.append(folder)
                found = _read(folder)
            if found is not None:
                break
        found = found or Configuration()
        self._by_folder.update(dict.fromkeys(passed, found))
        return found


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML file, the keys that lead to our table in it, and the table."""

    file: Path
    text: str
    keys: tuple[str, ...]
    value: Any

    def place(self, *keys: str) -> str:
        """The file and the line of a key of our table, for messages."""
        return f"'{self.file}:{line_of(self.text, (*self.keys, *keys))}'"


def _read(folder: Path) -> Configuration | None:
    own = _parsed(folder / OWN_FILE)
    if own is not None:
        return _configuration(own)
    shared = _parsed(folder / SHARED_FILE)
    tools = shared.value.get("tool") if shared is not None else None
    table = tools.get("comfyc") if isinstance(tools, dict) else None
    if shared is None or table is None:
        return None
    return _configuration(replace(shared, keys=("tool", "comfyc"), value=table))


def _parsed(file: Path) -> _Table | None:
    try:
        data = read_regular(file, _MAX_BYTES)
    except (FileNotFoundError, IsADirectoryError):
        return None
    except OSError as error:
        raise ConverterError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    text = data.decode("utf-8", "replace")
    try:
        return _Table(file, text, (), toml.loads(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConverterError(f"'{file}:{line}' is no TOML: it is not UTF-8", "correct the file") from error
    except (ValueError, RecursionError) as error:
        line = line_of_error(text, error)
        raise ConverterError(f"'{file}:{line}' is no TOML: {error}", "correct the file") from error


_LISTS = frozenset({"select", "ignore", "exclude"})
_SWITCHES = frozenset({"strict", "assume_files"})


def _configuration(table: _Table) -> Configuration:
    prefix = "".join(f"{key}." for key in table.keys)
    if not isinstance(table.value, dict):
        raise ConverterError(f"'{prefix[:-1]}' in {table.place()} is no table", "write it as [tool.comfyc]")
    known = {item.name.replace("_", "-"): item.name for item in fields(Configuration) if item.name != "root"}
    settings: dict[str, Any] = {}
    for key, value in table.value.items():
        if key not in known:
            settings_known = ", ".join(known)
            message = f"{table.place(key)} has an unknown setting '{prefix}{key}'"
            raise ConverterError(message, f"use {settings_known}")
        if known[key] == "per_file_ignores":
            settings[known[key]] = _ignores(value, table, key, prefix)
        else:
            where = f"'{prefix}{key}' in {table.place(key)}"
            settings[known[key]] = _setting(known[key], value, where, table.file.parent)
    return Configuration(table.file.parent, **settings)


def _ignores(value: Any, table: _Table, key: str, prefix: str) -> dict[str, tuple[str, ...]]:
    where = f"'{prefix}{key}' in "
    if not isinstance(value, dict):
        message = f"{where}{table.place(key)} is no table"
        raise ConverterError(message, 'write "pattern" = ["CODE", ...] below it')
    return {
        pattern: _texts(codes, f"'{pattern}' of {where}{table.place(key, pattern)}")
        for pattern, codes in value.items()
    }


def _setting(name: str, value: Any, where: str, folder: Path) -> Any:
    if name in _LISTS:
        return tuple(each.removeprefix("./").rstrip("/") for each in _texts(value, where))
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise ConverterError(f"{where} is neither true nor false", "write true or false")
        return value
    if name == "format":
        if value not in VALIDATE_FORMATS:
            raise ConverterError(f"{where} is no format", f"use one of {', '.join(VALIDATE_FORMATS)}")
        return value
    if not isinstance(value, str) or not value:
        raise ConverterError(f"{where} is no text", "write a path or the address of a server")
    return value if names_server(value, str(folder)) else str(folder / value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConverterError(f"{where} is no list of texts", 'write it as ["...", "..."]')
    return tuple(value)
