"""From the paths on the command line to the files that are converted, validated or looked through.

A path is a file, a folder (all files below it that may hold a workflow), a pattern that the shell left as
it is, or ``-`` for the standard input.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from converter.cli.configuration import Configurations
from converter.diagnostics import ConverterError

ENDINGS = (
    *(".json", ".png", ".webp", ".jpg", ".jpeg", ".avif", ".exr", ".svg"),
    *(".mp4", ".mov", ".webm", ".mkv", ".flac", ".mp3", ".ogg", ".opus", ".glb", ".latent"),
)
"""Files of a folder that are looked into: JSON, and what ComfyUI writes workflows into."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_LEFT_OUT = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Folders that hold other people's files; hidden ones are left out too."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, as messages name it. ``named``: it was asked for by its own name, not only found. ``root`` is
    the folder that was searched; of a file that was asked for, the folder that it is in."""

    path: str
    named: bool
    root: str = ""


def refuse_address(path: str, command: str) -> None:
    """``ConverterError`` if what should be a file is the address of one."""
    if _ADDRESS.match(path) and not os.path.lexists(path):
        hint = f"curl -L {shlex.quote(path)} | comfyc {command} -"
        raise ConverterError(f"'{path}' is an address, and comfyc reads files", f"download it: {hint}")


def find_files(
    paths: Sequence[str],
    configurations: Configurations,
    command: str,
    *,
    as_found: bool = False,
    allow_empty: bool = False,
) -> tuple[list[Found], list[ConverterError]]:
    """The files, each once, in the order of the paths and by name in a folder; and why others lead nowhere.

    ``as_found`` treats files that are named as if they had been found in a folder; ``allow_empty`` lets a
    pattern fit no file. ``command`` is for messages.
    """
    files: dict[str, Found] = {}
    problems: list[ConverterError] = []
    for path in paths:
        try:
            refuse_address(path, command)
            for found in _expand(path, configurations, allow_empty):
                if found.named and as_found:
                    found = Found(found.path, named=False, root=found.root)
                if not found.named and configurations.of(found.path).excludes(found.path):
                    continue
                key = found.path if ".." in found.path else os.path.normpath(found.path)
                known = files.get(key)
                if known is None or found.named > known.named:
                    files[key] = found
        except ConverterError as problem:
            problems.append(problem)
    return list(files.values()), problems


def _expand(path: str, configurations: Configurations, allow_empty: bool) -> Iterator[Found]:
    if path == "-":
        yield Found(path, named=True)
    elif os.path.isfile(path):
        yield Found(path, named=True, root=os.path.dirname(path))
    elif os.path.isdir(path):
        yield from _below(path, configurations, path)
    elif os.path.lexists(path):  # a pipe or a device
        yield Found(path, named=True, root=os.path.dirname(path))
    elif glob.has_magic(path):
        matches = sorted(match for match in glob.glob(path, recursive=True) if not _is_left_out(match, path))
        if not matches and not allow_empty:
            raise ConverterError(f"no file fits '{path}'", "check the pattern; ** stands for any folders")
        root = _plain_part(path)
        for match in matches:
            if os.path.isdir(match):
                yield from _below(match, configurations, root)
            elif not _is_special(match):
                yield Found(match, named=False, root=root)
    else:
        raise ConverterError(f"there is no file '{path}'", "check the path, or pass - for the standard input")


def _plain_part(pattern: str) -> str:
    """The folder that a pattern names before its first wildcard."""
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder


def _is_left_out(match: str, pattern: str) -> bool:
    """Whether a match is in a folder of other people's files that the pattern does not name."""
    return bool(_LEFT_OUT.intersection(match.split(os.sep)) - set(pattern.split(os.sep)))


def _below(folder: str, configurations: Configurations, root: str) -> Iterator[Found]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _LEFT_OUT
            and not configurations.of(place).excludes(os.path.join(place, name))
        )
        for name in sorted(names):
            path = os.path.normpath(os.path.join(place, name))
            if name.lower().endswith(ENDINGS) and not name.startswith(".") and not _is_special(path):
                yield Found(path, named=False, root=root)


def _is_special(path: str) -> bool:
    """Whether it is a pipe, a socket or a device, which may never give an end. One that is named is read."""
    return os.path.exists(path) and not os.path.isfile(path)
