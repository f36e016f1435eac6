"""``[tool.comfyc]`` of pyproject.toml, or comfyc.toml: what a repository wants of ``comfyc validate``.

The nearest file above each workflow counts, as far up as the root of its repository; of two in one folder
comfyc.toml does. Paths and patterns in it are relative to its folder. trust.py says what is not used.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from comfyc.catalog.address import names_server
from comfyc.cli.settings.trust import (
    foreign_catalogue,
    foreign_file,
    foreign_folder,
    is_trusted,
    leads_out,
    owner_is_other,
    searched_folders,
)
from comfyc.diagnostics import ComfycError
from comfyc.report.formats import VALIDATE_NAMES
from comfyc.safety.opening import open_regular
from comfyc.sources.toml_positions import MAX_PARTS, line_of, line_of_long_key, position_of_error

OWN_FILE, SHARED_FILE = "comfyc.toml", "pyproject.toml"
_MAX_BYTES = 1 << 20
"""Bytes of a configuration: 1 MiB."""
_MAX_CODES, _MAX_PATTERNS, _MAX_LENGTH = 1000, 128, 256
"""Codes in a list, patterns in a list or a table, characters of a pattern: each file is held against all."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a repository. ``root`` is the folder that they were found in (None: there are none).

    ``object_info`` is a path (already made absolute) or the address of a server, ``custom_nodes`` are folders
    (made absolute), ``format`` is the form of the report, ``baseline`` the file of known findings (made
    absolute). ``refusal``, ``nodes_refusal`` and ``baseline_refusal`` say why the catalogue, the folders and
    the baseline may not be used, if they may not; ``nodes_root`` is the folder that all packs must be in, ""
    if the configuration is trusted.
    """

    root: Path | None = None
    object_info: str = ""
    custom_nodes: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    strict: bool = False
    exclude: tuple[str, ...] = ()
    assume_files: bool = False
    format: str = ""
    baseline: str = ""
    refusal: str = ""
    nodes_refusal: str = ""
    baseline_refusal: str = ""
    nodes_root: str = ""

    def excludes(self, path: str) -> bool:
        """Whether a path, or a folder above it, fits a pattern of ``exclude``. A pattern without a slash fits
        a name anywhere; ``*`` fits slashes too."""
        if self.root is None or not self.exclude:
            return False
        try:
            relative = Path(os.path.relpath(path, self.root))
        except ValueError:  # Windows: on another drive
            return False
        for part in (relative, *relative.parents[:-1]):
            whole, name = part.as_posix(), part.name
            if any(fnmatchcase(whole if "/" in each else name, each) for each in self.exclude):
                return True
        return False


class Configurations:
    """The configurations of files, each read once. ``trusts``: all of them, whatever they name.

    ``unused`` are those that were passed over, with the reasons; ``files`` those that were read.
    """

    def __init__(self, *, trusts: bool = False) -> None:
        self.trusts = trusts
        self.unused: dict[Path, ComfycError] = {}
        self.files: set[Path] = set()
        self._by_start: dict[tuple[Path, str], Configuration] = {}
        self._by_folder: dict[tuple[Path, Path], Configuration | None] = {}

    def of(self, path: str, searched: str = "") -> Configuration:
        """The configuration for a file or a folder (for the standard input, "-", of the working folder) that
        was found in the folder ``searched``.

        ``ComfycError`` if there is one that cannot be used.
        """
        absolute = Path.cwd() if path == "-" else Path(os.path.abspath(path))
        start = absolute if os.path.isdir(absolute) else absolute.parent
        if (start, searched) not in self._by_start:
            self._by_start[start, searched] = self._nearest(searched_folders(start, searched))
        return self._by_start[start, searched]

    def _nearest(self, folders: list[Path]) -> Configuration:
        root = folders[-1]
        for folder in folders:
            if (folder, root) not in self._by_folder:
                self._by_folder[folder, root] = self._read(folder, root)
            found = self._by_folder[folder, root]
            if found is not None:
                return found
        return Configuration()

    def _read(self, folder: Path, root: Path) -> Configuration | None:
        trusted = self.trusts or is_trusted(root)
        own = self._parsed(folder / OWN_FILE, root, trusted)
        if own is not None:
            return _configuration(own, root, trusted)
        shared = self._parsed(folder / SHARED_FILE, root, trusted)
        tools = shared.value.get("tool") if shared is not None else None
        table = tools.get("comfyc") if isinstance(tools, dict) else None
        if shared is None or table is None:
            return None
        return _configuration(replace(shared, keys=("tool", "comfyc"), value=table), root, trusted)

    def _parsed(self, file: Path, root: Path, trusted: bool) -> _Table | None:
        if not trusted and file.is_symlink() and leads_out(file, root):
            why = f"it is a link that leads out of '{root}'"
            if file.name == OWN_FILE:
                hint = "pass --trust-config if you trust this repository"
                raise ComfycError(f"'{file}' cannot be read: {why}", hint)
            self._pass_over(file, why)
            return None
        try:
            with open_regular(file) as opened:
                is_foreign = not trusted and owner_is_other(os.fstat(opened.fileno()))
                data = opened.read(_MAX_BYTES + 1)
            if len(data) > _MAX_BYTES:
                raise OSError(errno.EFBIG, f"it has more than {_MAX_BYTES} bytes")
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ComfycError(f"'{file}' cannot be read: {reason}") from error
        if is_foreign:
            if file.name == OWN_FILE or b"comfyc" in data:
                self._pass_over(file, "it belongs to another user")
            return None
        self.files.add(file)
        return _table(file, data)

    def _pass_over(self, file: Path, why: str) -> None:
        hint = f"to use it, pass --trust-config, or put '{file.parent}' into $COMFYC_TRUSTED"
        self.unused[file] = ComfycError(f"the configuration '{file}' is not used: {why}", hint)


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML file, the keys that lead to our table in it, and the table."""

    file: Path
    text: str
    keys: tuple[str, ...]
    value: Any

    def position(self, *keys: str) -> str:
        """The file and the line of a key of our table, for messages."""
        return f"'{self.file}:{line_of(self.text, (*self.keys, *keys))}'"


class _Where:
    """What a message calls a setting: the line is looked for when one is written, not for each setting."""

    def __init__(self, table: _Table, what: str, *keys: str) -> None:
        self._table, self._what, self._keys = table, what, keys

    def __str__(self) -> str:
        return f"{self._what}{self._table.position(*self._keys)}"


def _table(file: Path, data: bytes) -> _Table:
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    text = data.decode("utf-8", "replace")
    line = line_of_long_key(text)
    if line is not None:
        message = f"'{file}:{line}' has a key of more than {MAX_PARTS} parts"
        raise ComfycError(message, "use fewer parts; this limit cannot be raised")
    try:
        return _Table(file, text, (), toml.loads(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ComfycError(
            f"'{file}:{line}' is not valid TOML: it is not UTF-8", "correct the file"
        ) from error
    except (ValueError, RecursionError) as error:
        line, _ = position_of_error(text, error)
        raise ComfycError(f"'{file}:{line}' is not valid TOML: {error}", "correct the file") from error


_LISTS = frozenset({"select", "ignore", "exclude", "custom_nodes"})
_OWN = frozenset({"root", "refusal", "nodes_refusal", "baseline_refusal", "nodes_root"})
"""Members of a configuration that no file sets."""
_SWITCHES = frozenset({"strict", "assume_files"})


def _configuration(table: _Table, root: Path, trusted: bool) -> Configuration:
    prefix = "".join(f"{key}." for key in table.keys)
    if not isinstance(table.value, dict):
        raise ComfycError(
            f"'{prefix[:-1]}' in {table.position()} is not a table", "write it as [tool.comfyc]"
        )
    known = {item.name.replace("_", "-"): item.name for item in fields(Configuration)}
    known = {key: name for key, name in known.items() if name not in _OWN}
    settings: dict[str, Any] = {}
    for key, value in table.value.items():
        if key not in known:
            settings_known = ", ".join(known)
            message = f"{table.position(key)} has an unknown setting '{prefix}{key}'"
            raise ComfycError(message, f"use {settings_known}")
        if known[key] == "per_file_ignores":
            settings[known[key]] = _ignores(value, table, key, prefix)
        else:
            where = _Where(table, f"'{prefix}{key}' in ", key)
            settings[known[key]] = _setting(known[key], value, where)
            if known[key] == "object_info":
                why = "" if trusted else foreign_catalogue(value, table.file.parent, root)
                settings["refusal"] = f"{where} {why}" if why else ""
                settings["object_info"] = _catalogue(value, table.file.parent) if not why else value
            if known[key] == "baseline":
                why = "" if trusted else foreign_file(value, table.file.parent, root)
                settings["baseline_refusal"] = f"{where} {why}" if why else ""
                settings["baseline"] = str(table.file.parent / value)
            if known[key] == "custom_nodes":
                folder, names = table.file.parent, settings["custom_nodes"]
                reasons = () if trusted else (foreign_folder(name, folder, root) for name in names)
                why = next(filter(None, reasons), "")
                settings["nodes_refusal"] = f"{where} {why}" if why else ""
                settings["custom_nodes"] = tuple(str(folder / name) for name in names)
                settings["nodes_root"] = "" if trusted else str(root)
    return Configuration(table.file.parent, **settings)


def _ignores(value: Any, table: _Table, key: str, prefix: str) -> dict[str, tuple[str, ...]]:
    where = f"'{prefix}{key}' in "
    if not isinstance(value, dict):
        message = f"{where}{table.position(key)} is not a table"
        raise ComfycError(message, 'write a table of lines like "pattern" = ["CODE", ...]')
    _check_patterns(list(value), _Where(table, where, key))
    return {
        pattern: _texts(codes, _Where(table, f"'{pattern}' of {where}", key, pattern))
        for pattern, codes in value.items()
    }


def _catalogue(value: str, folder: Path) -> str:
    return value if names_server(value, str(folder)) else str(folder / value)


def _setting(name: str, value: Any, where: _Where) -> Any:
    if name in _LISTS:
        texts = _texts(value, where)
        if name == "exclude":
            _check_patterns(texts, where)
        return tuple(each.removeprefix("./").rstrip("/") for each in texts)
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise ComfycError(f"{where} is not a boolean", "write true or false")
        return value
    if name == "format":
        if value not in VALIDATE_NAMES:
            raise ComfycError(f"{where} is not a format", f"use one of {', '.join(VALIDATE_NAMES)}")
        return value
    if not isinstance(value, str) or not value:
        raise ComfycError(f"{where} is not a string", "use a path or the address of a server")
    return value


def _texts(value: Any, where: _Where) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ComfycError(f"{where} is not a list of strings", 'write it as ["...", "..."]')
    if len(value) > _MAX_CODES:
        raise ComfycError(
            f"{where} has more than {_MAX_CODES} entries", "use the beginnings of codes, such as P3"
        )
    return tuple(value)


def _check_patterns(patterns: Sequence[str], where: _Where) -> None:
    if len(patterns) > _MAX_PATTERNS or any(len(each) > _MAX_LENGTH for each in patterns):
        message = (
            f"{where} has more than {_MAX_PATTERNS} patterns, or one of more than {_MAX_LENGTH} characters"
        )
        raise ComfycError(message, "use names of folders or wildcards instead")
