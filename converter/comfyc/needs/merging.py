"""The needs of several files as one: each thing once, with all who need it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import TypeVar

from comfyc.diagnostics import Diagnostics
from comfyc.needs.comfyui import numbers
from comfyc.needs.model import ComfyUI, InputFile, LackingType, Model, Needs, PackRow, PartnerNode, Status

Row = TypeVar("Row")


def merged(parts: Iterable[Needs]) -> Needs:
    """The needs of all parts, which stay as they are. Rows are in the order in which they come first."""
    given = list(parts)
    return Needs(
        [file for part in given for file in part.files],
        _merged((row for part in given for row in part.packs), _pack_key, _pack),
        _merged((row for part in given for row in part.models), lambda row: (row.folder, row.name), _model),
        _merged(
            (row for part in given for row in part.input_files), lambda row: (row.folder, row.name), _file
        ),
        _merged((row for part in given for row in part.partner_nodes), lambda row: row.type, _partner_node),
        _comfyui([part.comfyui for part in given]),
        {file: one for part in given for file, one in part.estimates.items()},
        Diagnostics(one for part in given for one in part.diagnostics),
    )


def _merged(
    rows: Iterable[Row], key: Callable[[Row], Hashable], joined: Callable[[Row, Row], Row]
) -> list[Row]:
    found: dict[Hashable, Row] = {}
    for row in rows:
        name = key(row)
        found[name] = joined(found[name], row) if name in found else row
    return list(found.values())


def _pack_key(row: PackRow) -> Hashable:
    return row.pack.name.casefold()


def _pack(one: PackRow, other: PackRow) -> PackRow:
    first, more = one.pack, other.pack
    pack = replace(
        first,
        cnr_id=first.cnr_id or more.cnr_id,
        repository=first.repository or more.repository,
        versions=_sum(first.versions, more.versions),
        bundled=first.bundled or more.bundled,
        types=_sum(first.types, more.types),
        missing=_union(first.missing, more.missing),
        alternatives=_union(first.alternatives, more.alternatives),
    )
    standing = one.standing if one.standing == other.standing else "unknown"
    return PackRow(pack, standing, _union(one.files, other.files))


def _model(one: Model, other: Model) -> Model:
    return Model(
        one.name,
        one.folder,
        _status(one.status, other.status),
        [*one.users, *other.users],
        [*one.declarations, *other.declarations],
        _union(one.similar, other.similar),
    )


def _file(one: InputFile, other: InputFile) -> InputFile:
    users = [*one.users, *other.users]
    return replace(one, status=_status(one.status, other.status), local=one.local or other.local, users=users)


def _partner_node(one: PartnerNode, other: PartnerNode) -> PartnerNode:
    return replace(one, users=[*one.users, *other.users])


def _lacking(one: LackingType, other: LackingType) -> LackingType:
    return replace(one, users=[*one.users, *other.users])


def _comfyui(parts: list[ComfyUI]) -> ComfyUI:
    found = ComfyUI()
    for part in parts:
        found.versions = _sum(found.versions, part.versions)
        found.frontends = _sum(found.frontends, part.frontends)
        found.bundled, found.server = part.bundled or found.bundled, part.server or found.server
    found.newest = max(found.versions, key=numbers, default="")
    found.types = _merged((row for part in parts for row in part.types), lambda row: row.type, _lacking)
    return found


def _status(one: Status, other: Status) -> Status:
    """Missing if one says so, else what is known."""
    return "missing" if "missing" in (one, other) else one if other == "unknown" else other


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


def _union(one: list[str], other: list[str]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))
