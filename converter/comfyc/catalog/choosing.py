"""Choose the bundled definition of each node type of a file: that of which pack, and of which version.

A file records for most nodes of custom packs the pack (``properties.cnr_id``, its id in the registry, or
``properties.aux_id``, its repository) and the version (``properties.ver``: a release or a commit). An
installed pack has one definition of a type, so that the choice is made for each type of a file and not for
each node.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from comfyc.catalog.bundle import COMMIT_DIGITS, Bundle
from comfyc.catalog.shelf import Edition, Shelf, Volume

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_RELEASE = re.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,9})")

Typed = tuple[str, Mapping[str, Any]]
"""The type and the ``properties`` of a node."""


def choose_editions(nodes: Iterable[Typed], shelf: Shelf) -> dict[str, Edition]:
    """The editions that the nodes of a file ask for, by type; without types for which the shelf's own edition
    will do."""
    claims: dict[str, Counter[tuple[str, str]]] = {}
    for kind, properties in nodes:
        if kind in shelf:
            claims.setdefault(kind, Counter())[_claim(properties)] += 1
    chosen: dict[str, Edition] = {}
    weights: Counter[str] | None = None
    for kind, found in claims.items():
        volumes = shelf.volumes_with(kind)
        (pack, version), _ = found.most_common(1)[0]
        volume = _named(pack, volumes)
        if volume is None:
            volume = volumes[0]
            if len(volumes) > 1:
                weights = _weights(claims, shelf) if weights is None else weights
                volume = max(volumes, key=lambda one: weights[one.file])  # of equals, the best known
        edition = _edition(kind, version, volume, shelf)
        if edition != shelf.edition_of(kind):
            chosen[kind] = edition
    return chosen


def _claim(properties: Mapping[str, Any]) -> tuple[str, str]:
    """The pack and the version that a node records, "" for what it does not."""
    texts = [properties.get(key) for key in ("cnr_id", "aux_id", "ver")]
    cnr, aux, version = (text if isinstance(text, str) else "" for text in texts)
    return (cnr or aux).casefold(), version


def _named(pack: str, volumes: Iterable[Volume]) -> Volume | None:
    """The volume of a pack that is named by its id, its repository or its folder."""
    if not pack:
        return None
    for volume in volumes:
        if pack in (volume.cnr_id.casefold(), volume.repository.casefold(), volume.folder.casefold()):
            return volume
    return None


def _weights(claims: Mapping[str, Counter[tuple[str, str]]], shelf: Shelf) -> Counter[str]:
    """For each pack, by its file, how many types of a workflow speak for it: those that name it, and those
    that no other pack has."""
    weights: Counter[str] = Counter()
    for kind, found in claims.items():
        volumes = shelf.volumes_with(kind)
        named = [volume for pack, _ in found if (volume := _named(pack, volumes)) is not None]
        for volume in named or (volumes if len(volumes) == 1 else ()):
            weights[volume.file] += 1
    return weights


def _edition(kind: str, version: str, volume: Volume, shelf: Shelf) -> Edition:
    """The edition of a type in one pack: the one of ``version`` if the history has it, else the newest."""
    bundle = shelf.bundle(volume)
    older = bundle.older.get(kind)
    if not older:
        return Edition(volume)
    at = _position(version, bundle)
    if at is not None:
        for entry in older:
            if entry.first <= at <= entry.last:
                return Edition(volume, entry)
    return Edition(volume, None if kind in bundle else older[-1])


Standing = Literal["bundled", "older", "newer", "unknown"]
"""How a version relates to the one of a bundle."""


def standing_of(version: str, volume: Volume, shelf: Shelf) -> Standing:
    """How a version that a file notes (a release or a commit) relates to the bundled one of its pack."""
    bundle = shelf.bundle(volume)
    if _COMMIT.fullmatch(version):
        if version[:COMMIT_DIGITS] in volume.version.split():
            return "bundled"
        return "unknown" if _position(version, bundle) is None else "older"
    wanted, releases = _numbers(version), bundle.header.get("releases")
    known = [_numbers(name) for name in releases] if isinstance(releases, dict) else []
    newest = max((numbers for numbers in known if numbers is not None), default=None)
    if wanted is None or newest is None:
        return "unknown"
    return "bundled" if wanted == newest else "older" if wanted < newest else "newer"


def _position(version: str, bundle: Bundle) -> int | None:
    """The position of a version in the history of a bundle; ``None`` if it is not in there.

    A release that the history does not know counts as the latest release before it.
    """
    header = bundle.header
    if _COMMIT.fullmatch(version):
        commits = str(header.get("commits") or "")
        at = commits.find(version[:COMMIT_DIGITS])
        while at % COMMIT_DIGITS and at >= 0:
            at = commits.find(version[:COMMIT_DIGITS], at + 1)
        return at // COMMIT_DIGITS if at >= 0 else None
    wanted = _numbers(version)
    if wanted is None:
        return None
    releases = header.get("releases")
    known = releases.items() if isinstance(releases, dict) else ()
    before = [(numbers, at) for name, at in known if (numbers := _numbers(name)) is not None]
    before = [row for row in before if row[0] <= wanted]
    return max(before)[1] if before else None


def _numbers(version: str) -> list[int] | None:
    """The numbers of a release, such as "1.2.10"; ``None`` for any other text."""
    found = _RELEASE.fullmatch(version)
    return None if found is None else [int(part) for part in found.group(1).split(".")]
