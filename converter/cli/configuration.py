"""``[tool.comfyc]`` of pyproject.toml, or comfyc.toml: what a repository wants of ``comfyc validate``.

The nearest file above each workflow counts; of two in one folder comfyc.toml does. Paths and patterns in
it are relative to its folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError

OWN_FILE, SHARED_FILE = "comfyc.toml", "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a repository. ``root`` is the folder that they were found in (None: there are none).

    ``object_info`` is a path (already made absolute) or the address of a server.
    """

    root: Path | None = None
    object_info: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    strict: bool = False
    exclude: tuple[str, ...] = ()
    assume_files: bool = False

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
        for folder in (place, *place.parents) if place.is_dir() else place.parents:
            found = self._by_folder.get(folder)
            if found is None:
                passed.append(folder)
                found = _read(folder)
            if found is not None:
                break
        found = found or Configuration()
        self._by_folder.update(dict.fromkeys(passed, found))
        return found


def _read(folder: Path) -> Configuration | None:
    own = _table(folder / OWN_FILE)
    if own is not None:
        return _configuration(own, folder / OWN_FILE, "")
    shared = _table(folder / SHARED_FILE)
    tools = shared.get("tool") if shared is not None else None
    table = tools.get("comfyc") if isinstance(tools, dict) else None
    if table is None:
        return None
    return _configuration(table, folder / SHARED_FILE, "tool.comfyc.")


def _table(file: Path) -> dict[str, Any] | None:
    try:
        data = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
    except OSError as error:
        raise ConverterError(f"'{file}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table: dict[str, Any] = toml.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConverterError(f"'{file}' is no TOML: {error}", "correct the file") from error
    return table


_LISTS = frozenset({"select", "ignore", "exclude"})
_SWITCHES = frozenset({"strict", "assume_files"})


def _configuration(table: Any, file: Path, prefix: str) -> Configuration:
    if not isinstance(table, dict):
        raise ConverterError(f"'{prefix.rstrip('.')}' in '{file}' is no table", "write it as [tool.comfyc]")
    known = {item.name.replace("_", "-"): item.name for item in fields(Configuration) if item.name != "root"}
    settings: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            settings_known = ", ".join(known)
            raise ConverterError(f"'{file}' has an unknown setting '{prefix}{key}'", f"use {settings_known}")
        settings[known[key]] = _setting(known[key], value, f"'{prefix}{key}' in '{file}'", file.parent)
    return Configuration(file.parent, **settings)


def _setting(name: str, value: Any, where: str, folder: Path) -> Any:
    if name in _LISTS:
        return tuple(each.removeprefix("./").rstrip("/") for each in _texts(value, where))
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise ConverterError(f"{where} is neither true nor false", "write true or false")
        return value
    if name == "per_file_ignores":
        if not isinstance(value, dict):
            raise ConverterError(f"{where} is no table", 'write "pattern" = ["CODE", ...] below it')
        return {pattern: _texts(codes, f"'{pattern}' of {where}") for pattern, codes in value.items()}
    if not isinstance(value, str) or not value:
        raise ConverterError(f"{where} is no text", "write a path or the address of a server")
    return value if "://" in value else str(folder / value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConverterError(f"{where} is no list of texts", 'write it as ["...", "..."]')
    return tuple(value)
