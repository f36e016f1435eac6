"""Find node types by words of their names, titles, categories and packs, and by types of inputs and outputs.

All words of a query have to fit, in any order. What is called exactly so comes first, then what begins so,
then what has the words in its name or title, then what has them elsewhere. A word that fits nothing at all is
taken for the word that it resembles most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.bundled import CORE_ID
from comfyc.catalog.listing import view_node
from comfyc.catalog.providers import Provider, provider_of
from comfyc.suggestions import closest

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CHUNK = re.compile(r"[^\W_]+")
_TYPE = re.compile(r"[^,\s+]+")
_MOST_WORDS = 16
"""Words of a query that are looked for."""
_GUESSES, _MOST_READINGS = 8, 64
"""Words that are tried for one that fits nothing, and combinations of them."""
_EXACT, _BEGINS = 100.0, 80.0
_IN_NAME, _ELSEWHERE = (10, 7, 5), (4, 3, 2)
"""Points of a word that is one of a text's words, begins one, or is anywhere in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words; types that inputs and outputs must have; and a part of a pack's name."""

    words: Sequence[str] = ()
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    pack: str = ""


@dataclass(frozen=True, slots=True)
class FoundType:
    """A node type that fits. The more ``points``, the better."""

    node_type: str
    title: str
    category: str
    provider: Provider
    deprecated: bool = False
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class FoundTypes:
    """The types that fit, best first; and for each word that fits none the one that was taken instead."""

    found: list[FoundType] = field(default_factory=list)
    corrected: dict[str, str] = field(default_factory=dict)


class _Text:
    """A text to look in: folded, and its words, which most texts are never asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.folded = _fold(text)

    @cached_property
    def words(self) -> frozenset[str]:
        parts = (*_CHUNK.findall(self._text), *_PART.findall(self._text))
        return frozenset(part.casefold() for part in parts)

    def points(self, word: str, points: Sequence[int]) -> int:
        """The points of a folded word in this text, 0 if it is not there."""
        if word not in self.folded:
            return 0
        if word in self.words:
            return points[0]
        return points[1] if any(one.startswith(word) for one in self.words) else points[2]


class _Texts:
    """The name and the title of a type, its other texts, and all of them in one text, folded."""

    def __init__(self, own: Iterable[str], others: Iterable[str]) -> None:
        self.own = tuple(map(_Text, own))
        self.others = tuple(map(_Text, others))
        self.folded = " ".join(text.folded for text in (*self.own, *self.others))


def search(catalog: Catalog, wanted: Wanted) -> FoundTypes:
    """The node types of a catalogue that fit, best first."""
    words = [word for text in wanted.words for word in map(_fold, text.split()) if word][:_MOST_WORDS]
    candidates = list(_candidates(catalog, wanted))
    texts = [each for _, each in candidates]
    fitting: dict[str, set[int]] = {}
    for meant in _readings(words, texts):
        for word in meant:
            if word not in fitting:
                fitting[word] = {index for index, each in enumerate(texts) if word in each.folded}
        indexes = set(range(len(texts))).intersection(*map(fitting.__getitem__, meant))
        if indexes:
            found = [
                replace(candidates[index][0], points=_points_of_all(meant, texts[index])) for index in indexes
            ]
            corrected = {word: other for word, other in zip(words, meant, strict=True) if word != other}
            return FoundTypes(sorted(found, key=_rank), corrected)
    return FoundTypes()


def _readings(words: Sequence[str], texts: Sequence[_Texts]) -> Iterator[Sequence[str]]:
    """The words of a query as they are, then with those that no text has replaced by what they resemble."""
    yield words
    known = {name for each in texts for text in (*each.own, *each.others) for name in text.words}
    named = dict.fromkeys(name for each in texts for text in each.own for name in sorted(text.words))
    choices = [
        [word] if any(name.startswith(word) for name in known) else closest(word, named, _GUESSES) or [word]
        for word in words
    ]
    for meant in islice(product(*choices), _MOST_READINGS):
        if list(meant) != list(words):
            yield meant


def _points_of_all(words: Sequence[str], texts: _Texts) -> float:
    """How well a type with these texts, which have all the words, fits."""
    whole = "".join(words)
    if whole and any(text.folded == whole for text in texts.own):
        return _EXACT
    if whole and any(text.folded.startswith(whole) for text in texts.own):
        return _BEGINS
    return sum(_points(word, texts) for word in words) / len(words) if words else 0.0


def _candidates(catalog: Catalog, wanted: Wanted) -> Iterator[tuple[FoundType, _Texts]]:
    """The types of a catalogue that fit all but the words, without points, and the texts to look in."""
    pack = _fold(wanted.pack)
    for found, texts in _all_types(catalog):
        provider = found.provider
        names = (provider.title, provider.cnr_id, provider.repository)
        if pack and not any(pack in _fold(name) for name in names):
            continue
        if wanted.inputs or wanted.outputs:
            view = view_node(catalog, found.node_type)
            assert view is not None
            if not (
                _has_types(wanted.inputs, (row.kind for row in view.inputs))
                and _has_types(wanted.outputs, (row.kind for row in view.outputs))
            ):
                continue
        yield found, texts


def _all_types(catalog: Catalog) -> list[tuple[FoundType, _Texts]]:
    """All types of a catalogue, made once for all searches in it.

    Entries are read as they are written: to check all of them would take longer than the search.
    """
    made: list[tuple[FoundType, _Texts]] | None = catalog.memo.get(__name__)
    if made is None:
        entries = ((node_type, catalog.written(node_type)) for node_type in catalog)
        made = [_described(catalog, node_type, entry) for node_type, entry in entries if entry is not None]
        catalog.memo[__name__] = made
    return made


def _described(catalog: Catalog, node_type: str, entry: Mapping[str, Any]) -> tuple[FoundType, _Texts]:
    provider = provider_of(catalog, node_type, entry)
    title = _string(entry.get("display_name")) or catalog.title(node_type)
    category, aliases = _string(entry.get("category")), entry.get("search_aliases")
    found = FoundType(node_type, title, category, provider, entry.get("deprecated") is True)
    others = (category, provider.title, *map(_string, aliases if isinstance(aliases, list) else ()))
    return found, _Texts(dict.fromkeys((node_type, title)), others)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _has_types(wanted: Sequence[str], kinds: Iterable[str]) -> bool:
    """Whether each wanted type is among the kinds: as a whole, or as one of several in a kind."""
    if not wanted:
        return True
    there = {part.casefold() for kind in kinds for part in (kind, *_TYPE.findall(kind))}
    return all(one.strip().casefold() in there for one in wanted)


def _points(word: str, texts: _Texts) -> int:
    found = max(text.points(word, _IN_NAME) for text in texts.own)
    return found or max((text.points(word, _ELSEWHERE) for text in texts.others), default=0)


def _rank(one: FoundType) -> tuple[Any, ...]:
    is_of_pack = one.provider.cnr_id != CORE_ID
    is_old = (one.deprecated or one.provider.former) and one.points < _EXACT
    return (is_old, -one.points, is_of_pack, len(one.node_type), one.node_type.casefold(), one.node_type)


def _fold(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
