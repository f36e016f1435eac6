"""Suggest node types for a name that no catalogue has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.catalog.bundled import titles
from comfyc.catalog.shelf import Chosen, Shelf
from comfyc.suggestions import Guesses, closest

_LONGEST = 200
_MOST = 3


class Matches:
    """Finds similar types in the sources of a catalogue, and caches the results.

    Case, blanks and punctuation are ignored, and the English titles of nodes are compared as well.
    """

    __slots__ = ("_found", "_guesses", "_names", "_sources")

    def __init__(self, sources: Sequence[Mapping[str, Any]]) -> None:
        self._sources = sources
        self._found: dict[str, list[str]] = {}
        self._guesses = Guesses()
        self._names: dict[str, str] | None = None

    def of(self, name: str) -> list[str]:
        """Up to three types, best first; [] if too many names have been looked up already."""
        found = self._found.get(name)
        if found is None:
            folded = _fold(name[:_LONGEST])
            names = self._all_names()
            if folded in names:
                found = [names[folded]]
            elif not self._guesses.take():
                return []
            else:
                close = closest(folded, names, 2 * _MOST)  # a type and its title may both be alike
                found = list(dict.fromkeys(names[each] for each in close))[:_MOST] or self._in_packs(folded)
            self._found[name] = found
        return list(found)

    def _all_names(self) -> dict[str, str]:
        """The types by folded name and title. Types of bundled packs are included only if there are no
        others."""
        if self._names is None:
            shelves = [source for source in self._sources if isinstance(source, (Shelf, Chosen))]
            others = [source for source in self._sources if not isinstance(source, (Shelf, Chosen))]
            names = {_fold(name): name for source in others or shelves for name in source}
            own = set(names.values())
            self._names = {_fold(title): name for name, title in titles().items() if name in own} | names
        return self._names

    def _in_packs(self, folded: str) -> list[str]:
        """The type of a bundled pack whose folded name is ``folded``, as a list of at most one."""
        shelves = (name for source in self._sources if isinstance(source, Shelf) for name in source)
        return [name for name in shelves if _fold(name) == folded][:1]


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold())) or name
