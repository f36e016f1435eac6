"""What a server has: the lists of its combos, and what it answers when it is asked for more."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.specs import InputSpec
from comfyc.checks.facts import inputs_listing
from comfyc.needs.bundled import bundled
from comfyc.needs.declared import normal, unsafe
from comfyc.needs.loaders import EMBEDDINGS, Use, input_of, packs_listing
from comfyc.needs.model import Status

Folder = Callable[[str], Sequence[str] | None]
"""Asks a server for the files of a model folder (GET /models/FOLDER); None if it does not know the folder."""
Ask = Callable[[str], bool | None]
"""Asks a server whether it has an input file (``comfyc.checks.files.Ask``)."""


@dataclass(slots=True)
class Stock:
    """What is known of a server. ``catalog`` is None if nobody named one; without ``folder`` and ``ask`` only
    the catalogue is asked."""

    catalog: Catalog | None = None
    folder: Folder | None = None
    ask: Ask | None = None
    version: str = ""
    _readable: Catalog | None = None
    _names: dict[int, tuple[list[Any], frozenset[str]]] = field(default_factory=dict)
    _by_last: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _folders: dict[str, frozenset[str] | None] = field(default_factory=dict)

    @property
    def readable(self) -> Catalog:
        """The catalogue with which files are read: that of the server knows what its nodes take, the bundled
        ones what those take that the server lacks."""
        if self._readable is None:
            self._readable = bundled() if self.catalog is None else self.catalog.lent()
        return self._readable

    def choices(self, class_type: str, name: str, inputs: Mapping[str, Any]) -> list[Any] | None:
        """The choices of a combo that lists the files of the server; None if there is none such."""
        if self.catalog is None or not self.catalog.lists_files_of(class_type):
            return None
        spec = input_of(self.catalog, class_type, name, inputs)
        return None if spec is None else _listed(spec)

    def status(self, use: Use, folder: str, inputs: Mapping[str, Any]) -> Status:
        """Whether the server has the model that an input names: by the list of that input, else of its
        folder."""
        listed = self.choices(use.type, use.input, inputs) if folder != EMBEDDINGS else None
        if listed is None:
            return self.in_folder(folder, use.value)
        return "present" if normal(use.value) in self.names(listed) else "missing"

    def names(self, listed: list[Any]) -> frozenset[str]:
        """The files of a list of choices, with ``/``."""
        known = self._names.get(id(listed))
        if known is None or known[0] is not listed:
            known = (listed, frozenset(normal(one) for one in listed if isinstance(one, str)))
            self._names[id(listed)] = known
        return known[1]

    def in_folder(self, folder: str, name: str) -> Status:
        """Whether a model folder has a file; that of an embedding may be named without its ending."""
        files = self.files(folder)
        if files is None:
            return "unknown"
        if folder == EMBEDDINGS:
            stem = posixpath.splitext(normal(name))[0]
            return "present" if {normal(name), stem} & (files | self._stems(files)) else "missing"
        return "present" if normal(name) in files else "missing"

    def _stems(self, files: frozenset[str]) -> frozenset[str]:
        return frozenset(posixpath.splitext(one)[0] for one in files)

    def files(self, folder: str) -> frozenset[str] | None:
        """The files of a model folder with ``/``, None if they are not known."""
        if folder not in self._folders:
            first, _, rest = folder.partition("/")
            found = self._look(first) if first and unsafe(first) is None else None
            if found is not None and rest:
                found = frozenset(one[len(rest) + 1 :] for one in found if one.startswith(f"{rest}/"))
            self._folders[folder] = found
        return self._folders[folder]

    def similar(self, folder: str, name: str) -> list[str]:
        """The files of a folder that have a name, in other subfolders than it says."""
        if folder not in self._by_last:
            by_last: dict[str, list[str]] = {}
            for one in sorted(self.files(folder) or ()):
                by_last.setdefault(posixpath.basename(one).casefold(), []).append(one)
            self._by_last[folder] = by_last
        same = self._by_last[folder].get(posixpath.basename(normal(name)).casefold(), ())
        return [one for one in same if one != normal(name)]

    def _look(self, folder: str) -> frozenset[str] | None:
        answer = self.folder(folder) if self.folder is not None else None
        if answer is not None:
            return frozenset(map(normal, answer))
        if self.catalog is None or not self.catalog.lists_files:
            return None
        if folder == EMBEDDINGS and self.catalog.embeddings:
            return frozenset(map(normal, self.catalog.embeddings))
        names: set[str] = set()
        is_known = False
        for kind, name in (*inputs_listing(folder), *packs_listing(folder)):
            listed = self.choices(kind, name, {})
            if listed is not None:
                is_known = True
                names |= self.names(listed)
        return frozenset(names) if is_known else None


def _listed(spec: InputSpec) -> list[Any] | None:
    choices = spec.options.get("options")
    return choices if isinstance(choices, list) and "remote" not in spec.options else None
