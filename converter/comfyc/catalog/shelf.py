"""The bundled catalogues of custom node packs as one mapping: an index, and a bundle file for each pack.

The index is a gzipped text beside the bundles. Its first line is a JSON object: ``packs``, a row for each
pack with its bundle file, title, version, repository and ids, best known first; ``shared``, the types that
several packs have, each with the numbers of their rows. Then the node types of each pack follow in lines,
with an empty line before each pack. To look up a type, the index is read and the bundle of one pack is
opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from comfyc.catalog.bundle import COMMIT_DIGITS, Bundle, OlderEntry, parse_entry, read_bundle, unpacked
from comfyc.diagnostics import ComfycError

INDEX = "index.txt.gz"
"""The name of the index in the folder of the bundles."""


class Volume(NamedTuple):
    """One bundled pack.

    ``title`` is its name for people, ``folder`` the name of its folder below ``custom_nodes``, ``version``
    the day and the commit of what is bundled, ``cnr_id`` its id in the Comfy registry and ``repository`` its
    owner/name on GitHub, each "" if unknown. ``file`` is the name of its bundle file and ``nodes`` the number
    of its node types. ``origin`` is "server" if the entries are those of a running server, and "source" if
    they were read from the pack's source code.
    """

    file: str
    title: str
    folder: str
    version: str
    repository: str
    cnr_id: str
    nodes: int
    origin: str


class Edition(NamedTuple):
    """The definition of a node type in one bundled pack: the newest, or ``older``, a former one."""

    volume: Volume
    older: OlderEntry | None = None


class Shelf(Mapping[str, Any]):
    """The newest entries of all packs in a folder by node type.

    If several packs have a type, the best known pack counts. A type that its pack no longer has is in it with
    its last entry. The index is read at the first look-up, and a bundle is opened when one of its types is
    looked up.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Bundle] = {}

    @cached_property
    def volumes(self) -> tuple[Volume, ...]:
        """The packs, best known first."""
        return tuple(Volume(**row) for row in self._about["packs"])

    def volumes_with(self, node_type: str) -> list[Volume]:
        """The packs that have a type, best known first."""
        number = self._numbers.get(node_type)
        if number is None:
            return []
        return [self.volumes[each] for each in self._about["shared"].get(node_type) or [number]]

    def names_of(self, volume: Volume) -> list[str]:
        """The node types of a pack, with those that it no longer has."""
        return self._names[self.volumes.index(volume)].split("\n")

    def bundle(self, volume: Volume) -> Bundle:
        """The bundle of a pack, opened."""
        found = self._open.get(volume.file)
        if found is None:
            found = self._open[volume.file] = read_bundle(self._folder / volume.file)
        return found

    def edition_of(self, node_type: str) -> Edition | None:
        """The definition that counts for a type, ``None`` if no pack has the type."""
        number = self._numbers.get(node_type)
        if number is None:
            return None
        volume = self.volumes[number]
        bundle = self.bundle(volume)
        return Edition(volume, None if node_type in bundle else bundle.older[node_type][-1])

    def entry_of(self, node_type: str, edition: Edition) -> Any:
        """The entry of a type in an edition that has it; ``None`` if it is damaged."""
        if edition.older is not None:
            return parse_entry(edition.older.line)
        return self.bundle(edition.volume)[node_type]

    def version_of(self, edition: Edition) -> str:
        """The version of an edition for people: day and commit of the newest, else the last release or commit
        that had the former one."""
        if edition.older is None:
            return edition.volume.version
        header, last = self.bundle(edition.volume).header, edition.older.last
        releases = [
            (at, name) for name, at in header["releases"].items() if edition.older.first <= at <= last
        ]
        if releases:
            return f"version {max(releases)[1]}"
        return f"commit {header['commits'][COMMIT_DIGITS * last :][:COMMIT_DIGITS]}"

    def has_now(self, node_type: str, edition: Edition) -> bool:
        """Whether the pack of an edition still has the type."""
        return node_type in self.bundle(edition.volume)

    @cached_property
    def _index(self) -> tuple[dict[str, Any], list[str]]:
        """The first line of the index, and for each pack its types as one text of lines."""
        path = self._folder / INDEX
        try:
            about, *names = unpacked(path.read_bytes()).decode("utf-8").split("\n\n")
            return json.loads(about), names
        except (OSError, ValueError) as error:
            message = f"cannot read the bundled index '{path}': {error}"
            raise ComfycError(message, "reinstall comfyc") from error

    @property
    def _about(self) -> dict[str, Any]:
        return self._index[0]

    @property
    def _names(self) -> list[str]:
        return self._index[1]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """For each type the number of the best known pack that has it."""
        numbers: dict[str, int] = {}
        names = self._names
        for number in range(len(names) - 1, -1, -1):
            numbers.update(dict.fromkeys(names[number].split("\n"), number))
        return numbers

    def __getitem__(self, node_type: str) -> Any:
        edition = self.edition_of(node_type)
        if edition is None:
            raise KeyError(node_type)
        return self.entry_of(node_type, edition)

    def __contains__(self, node_type: object) -> bool:
        return node_type in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class Chosen(Mapping[str, Any]):
    """The entries of a shelf in the editions that a file asks for."""

    __slots__ = ("editions", "shelf")

    def __init__(self, shelf: Shelf, editions: Mapping[str, Edition]) -> None:
        self.shelf = shelf
        self.editions = editions

    def edition_of(self, node_type: str) -> Edition | None:
        """The edition of a type, ``None`` if none is chosen."""
        return self.editions.get(node_type)

    def __getitem__(self, node_type: str) -> Any:
        return self.shelf.entry_of(node_type, self.editions[node_type])

    def __contains__(self, node_type: object) -> bool:
        return node_type in self.editions

    def __iter__(self) -> Iterator[str]:
        return iter(self.editions)

    def __len__(self) -> int:
        return len(self.editions)
