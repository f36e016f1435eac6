"""Node types that were read from the source code of packs, as a source of a catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OPEN_CHOICES = "unknown_choices"
"""The option that :func:`comfyc.catalog.entry.clean_entry` gives to a combo of which an entry says that its
choices are not known, or not all: any value may be one of them."""


class Scanned(Mapping[str, Any]):
    """Entries of packs by node type; for each type, the first pack that has it counts.

    ``core`` are those of ComfyUI itself, if the source of ComfyUI was read; ``packs`` are those of packs. The
    lists of files in them are not those of any machine, and say nothing about which files exist. ``name`` is
    where the source is, for people.
    """

    __slots__ = ("_packs", "core", "name")

    def __init__(
        self,
        packs: Sequence[Mapping[str, Any]],
        core: Mapping[str, Any] | None = None,
        *,
        name: str = "custom nodes",
    ) -> None:
        self.name = name
        self.core: Mapping[str, Any] = core or {}
        self._packs: dict[str, Mapping[str, Any]] = {}
        for pack in packs:
            self._packs = dict.fromkeys(pack, pack) | self._packs

    def of_core(self) -> Scanned:
        """The entries of ComfyUI itself alone."""
        return Scanned([self.core], name=self.name)

    def with_core(self) -> Scanned:
        """All entries, of packs and of ComfyUI itself, as if the latter were those of a pack."""
        return Scanned([self.core, self], name=self.name)

    def __getitem__(self, node_type: str) -> Any:
        return self._packs[node_type][node_type]

    def __contains__(self, node_type: object) -> bool:
        return node_type in self._packs

    def __iter__(self) -> Iterator[str]:
        return iter(self._packs)

    def __len__(self) -> int:
        return len(self._packs)
