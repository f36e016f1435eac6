"""From the paths on the command line to the files that are converted, validated or looked through.

A path is a file, a folder (all files below it that may hold a workflow), a pattern that the shell left as
it is, or ``-`` for the standard input.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from comfyc.carriers import ENDINGS
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.settings.trust import leads_out
from comfyc.diagnostics import ComfycError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_TABULATE = ("convert", "validate", "needs")
"""Commands that write tables of what is at any address."""
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Folders that hold other people's files; hidden ones are left out too."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, as messages name it. ``named``: it was asked for by its own name, not only found. ``root`` is
    the folder that was searched; of a file that was asked for, the folder that it is in."""

    path: str
    named: bool
    root: str = ""


def refuse_address(path: str, command: str) -> None:
    """``ComfycError`` if what should be a file is the address of one."""
    if _ADDRESS.match(path) and not os.path.lexists(path):
        hint = f"download it first: curl -L {shlex.quote(path)} | comfyc {command} -"
        if command in _TABULATE:
            hint += "; or write a table of what is there: -o table.parquet"
        raise ComfycError(f"'{path}' is an address, but comfyc reads files", hint)


@dataclass(slots=True)
class Search:
    """What a search has found, and why some paths lead nowhere. ``links`` lead out of the folder that was
    searched and are not followed; ``left_out`` counts the files and folders that a configuration excludes."""

    files: list[FoundFile] = field(default_factory=list)
    problems: list[ComfycError] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)


def find_files(
    paths: Sequence[str],
    configurations: Configurations,
    command: str,
    *,
    as_found: bool = False,
    allow_empty: bool = False,
) -> Search:
    """The files, each once, in the order of the paths and by name in a folder; and why others lead nowhere.

    ``as_found`` treats files that are named as if they had been found in a folder, which is the working one;
    ``allow_empty`` lets a pattern fit no file. ``command`` is for messages.
    """
    files: dict[str, FoundFile] = {}
    search = Search()
    for path in paths:
        try:
            refuse_address(path, command)
            for found in _expand(path, configurations, allow_empty, search):
                if found.named and as_found:
                    found = FoundFile(found.path, named=False, root=found.root)
                    if os.path.islink(path) and leads_out(path, "."):
                        search.links.add(path)
                        continue
                if not found.named and configurations.of(found.path, found.root).excludes(found.path):
                    search.left_out.add(found.path)
                    continue
                key = found.path if ".." in found.path else os.path.normpath(found.path)
                known = files.get(key)
                if known is None or found.named > known.named:
                    files[key] = found
        except ComfycError as problem:
            search.problems.append(problem)
    search.files = list(files.values())
    return search


def _expand(
    path: str, configurations: Configurations, allow_empty: bool, search: Search
) -> Iterator[FoundFile]:
    if path == "-":
        yield FoundFile(path, named=True)
    elif os.path.isfile(path):
        yield FoundFile(path, named=True, root=os.path.dirname(path))
    elif os.path.isdir(path):
        yield from _below(path, configurations, path, search)
    elif os.path.lexists(path):  # a pipe or a device
        yield FoundFile(path, named=True, root=os.path.dirname(path))
    elif glob.has_magic(path):
        root = _plain_part(path)
        parts = [part for part in path[len(root) :].replace(os.sep, "/").split("/") if part]
        matches = sorted({match for match in _matches(root, parts, root, search) if match})
        matches = [match for match in matches if not _is_left_out(match, path)]
        if not matches and not allow_empty:
            raise ComfycError(
                f"no file matches '{path}'", "check the pattern; ** matches any number of folders"
            )
        for match in matches:
            if os.path.isdir(match):
                yield from _below(match, configurations, root, search)
            elif not _is_special(match):
                yield FoundFile(match if match != "-" else "./-", named=False, root=root)
    else:
        raise ComfycError(f"there is no file '{path}'", "check the path, or pass - for standard input")


def searched_by(path: str) -> str:
    """The folder that a path of the command line searches."""
    return path if os.path.isdir(path) else _plain_part(path)


def _plain_part(pattern: str) -> str:
    """The folder that a pattern names before its first wildcard."""
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder


def _matches(folder: str, parts: Sequence[str], root: str, search: Search) -> Iterator[str]:
    """What fits the parts of a pattern below a folder, as ``glob`` has it: ``**`` is any folders, and hidden
    names are not meant by wildcards. No link is followed out of ``root``, and none by ``**``: loops end."""
    if not parts:
        yield folder
        return
    first, *rest = parts
    if first == "**":
        yield from _matches(folder, rest, root, search)
        for entry in _names(folder, "*"):
            if _is_way_out(entry, root, search):
                continue
            if not os.path.isdir(entry):
                yield from () if rest else (entry,)
            elif not _is_link(entry):
                yield from _matches(entry, parts, root, search)
        return
    for entry in _names(folder, first) if glob.has_magic(first) else (os.path.join(folder, first),):
        if os.path.isdir(entry) if rest else os.path.lexists(entry):
            yield from () if _is_way_out(entry, root, search) else _matches(entry, rest, root, search)


def _names(folder: str, pattern: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return
    for name in names:
        if fnmatch(name, pattern) and (pattern.startswith(".") or not name.startswith(".")):
            yield os.path.join(folder, name)


def _is_left_out(match: str, pattern: str) -> bool:
    """Whether a match is in a folder of other people's files that the pattern does not name."""
    return bool(_LEFT_OUT.intersection(match.split(os.sep)) - set(pattern.split(os.sep)))


def _below(folder: str, configurations: Configurations, root: str, search: Search) -> Iterator[FoundFile]:
    for entry, folders, names in os.walk(folder):
        kept = []
        for name in sorted(folders):
            path = os.path.join(entry, name)
            if name.startswith(".") or name in _LEFT_OUT or _is_way_out(path, folder, search):
                continue
            if configurations.of(entry, root).excludes(path):
                search.left_out.add(os.path.join(path, ""))
            elif not _is_link(path):  # what it leads to is walked where it is
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            path = os.path.normpath(os.path.join(entry, name))
            if not name.lower().endswith(ENDINGS) or name.startswith(".") or _is_special(path):
                continue
            if not _is_way_out(path, folder, search):
                yield FoundFile(path, named=False, root=root)


def _is_way_out(path: str, root: str, search: Search) -> bool:
    """Whether it is a link that leads out of the folder that is searched, which is then told of."""
    if not _is_link(path) or not leads_out(path, root or "."):
        return False
    search.links.add(os.path.normpath(path))
    return True


def _is_link(path: str) -> bool:
    """Whether it is a symbolic link, or what Windows calls a junction."""
    if os.path.islink(path):
        return True
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
    return junction is not None and getattr(os.lstat(path), "st_reparse_tag", 0) == junction


def _is_special(path: str) -> bool:
    """Whether it is a pipe, a socket or a device, which may never give an end. One that is named is read."""
    return os.path.exists(path) and not os.path.isfile(path)
