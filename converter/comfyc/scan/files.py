"""The files of a pack, as far as they may be read: a bounded list of regular files below one folder.

Code that asks for its own files sees them below ``VIRTUAL``, never at their real path, so that no result
depends on the machine; a text with ``VIRTUAL`` in it is a path that only the machine knows.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from comfyc.safety.opening import read_regular
from comfyc.scan.limits import MAX_DATA, MAX_DEPTH, MAX_FILES, MAX_READ, MAX_TEXT, MAX_WRITTEN

VIRTUAL = "/comfyc-scan/ComfyUI"
"""Where ComfyUI stands for the interpreted code."""

_SKIPPED = {".git", "__pycache__", "node_modules", ".venv", "venv", ".github", "site-packages"}


class PackFiles:
    """The files of one pack, or of ComfyUI itself (``package`` is "").

    ``files`` are paths relative to the pack's folder, with ``/``; ``folders`` maps each folder to the sorted
    names in it. ``virtual`` is where the pack stands for its own code.
    """

    def __init__(self, root: Path, package: str, only: str | None = None) -> None:
        self.root = root
        self.package = package
        self.virtual = (
            f"{VIRTUAL}/{package.replace('custom_nodes.', 'custom_nodes/', 1)}" if package else VIRTUAL
        )
        self.folders: dict[str, list[str]] = {}
        self.files: set[str] = set()
        self.is_cut = False
        self._left = MAX_READ
        self._texts: dict[str, str] = {}
        if only is None:
            self._walk(root, "", 0)
        else:
            self.files.add(only)
            self.folders[""] = [only]

    def _walk(self, folder: Path, relative: str, depth: int) -> None:
        try:
            found = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        names: list[str] = []
        self.folders[relative] = names
        for entry in found:
            path = f"{relative}/{entry.name}" if relative else entry.name
            try:
                is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
            except OSError:
                continue
            if len(self.files) + len(self.folders) >= MAX_FILES:
                self.is_cut = True
                return
            if is_folder and entry.name not in _SKIPPED and not self._is_other_pack(relative, entry.name):
                names.append(entry.name)
                if depth < MAX_DEPTH:
                    self._walk(folder / entry.name, path, depth + 1)
                else:
                    self.is_cut = True
            elif is_file:
                names.append(entry.name)
                self.files.add(path)

    def _is_other_pack(self, relative: str, name: str) -> bool:
        """Whether a folder of ComfyUI's own is none of its sources."""
        return (
            not self.package
            and not relative
            and name in ("custom_nodes", "models", "output", "input", "temp")
        )

    def read(self, path: str, most: int = MAX_DATA) -> bytes:
        """The bytes of a file; ``OSError`` if it is missing, too large, or too much was read already."""
        if path not in self.files:
            raise FileNotFoundError(path)
        if path in self._texts:
            return self._texts[path].encode("utf-8", "replace")
        data = read_regular(self.root / path, min(most, self._left))
        self._left -= len(data)
        return data

    def write(self, path: str, text: str) -> None:
        """Pretend that the pack's code has written a file in its folder; the disk stays as it is."""
        if len(self._texts) < MAX_WRITTEN and len(text) <= MAX_TEXT:
            self._texts[path] = text
            self.files.add(path)
            self._enter(path)

    def make_folder(self, path: str) -> None:
        """The same for a new folder."""
        if path and path not in self.folders and len(self.folders) < MAX_FILES:
            self.folders[path] = []
            self._enter(path)

    def _enter(self, path: str) -> None:
        folder, name = posixpath.split(path)
        names = self.folders.get(folder)
        if names is not None and name not in names:
            self.folders[folder] = sorted([*names, name])

    def relative(self, path: str) -> str | None:
        """The path below the pack's folder of a path that the pack's code has; None if it leads elsewhere.

        The folder itself is "".
        """
        normal = posixpath.normpath(path.replace("\\", "/"))
        if normal == self.virtual:
            return ""
        if normal.startswith(self.virtual + "/"):
            return normal[len(self.virtual) + 1 :]
        return None

    def exists(self, relative: str) -> bool:
        """Whether there is a file or a folder."""
        return relative in self.files or relative in self.folders
