"""Repairs of link tables, and of what nodes repeat of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.documents import value_at
from comfyc.fixing.repair import Repair, Site
from comfyc.graph import ABSENT
from comfyc.interface.tracing import live_nodes
from comfyc.javascript.values import shown, text
from comfyc.workflow import INPUT_NODE, OUTPUT_NODE
from comfyc.workflow.link_table import SCALAR, row_values
from comfyc.workflow.raw_graphs import LinkRow, items, link_rows

_MEMBERS = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")


def unlink_input(site: Site) -> Repair | None:
    """G105: an input that names a link which the table does not have for it names none."""
    if site.pointer[-1:] != ("link",) or site.value is ABSENT:
        return None
    return Repair(f"name no link here instead of {shown(site.value)}", {site.pointer: None})


def drop_repeated(site: Site) -> Repair | None:
    """G102: of two rows with one id, the second is removed."""
    row = _row(site)
    if row is None:
        return None
    return Repair(f"remove the second row with the id {shown(row.id)}", {site.pointer: ABSENT})


def drop_competing(site: Site) -> Repair | None:
    """G103: of two links into one input, the one that the editor drops is removed."""
    row, kept = _row(site), site.finding.data.get("kept", ABSENT)
    if row is None or kept is ABSENT:
        return None
    at, graph = site.graph
    edits = {site.pointer: ABSENT, **dict(_mentions(at, graph, row.id))}
    edits = {pointer: kept if value is None else value for pointer, value in edits.items()}
    return Repair(f"remove link {shown(row.id)}", edits)


def drop_without_origin(site: Site) -> Repair | None:
    """G114: a link from a node that the graph does not have is removed. (An output that is missing may be
    that of another version of the node.)"""
    row = _row(site)
    return None if row is None or _has_node(site, row.origin, INPUT_NODE) else _without(site, row)


def drop_without_target(site: Site) -> Repair | None:
    """D831: a link into a node that the graph does not have is removed."""
    row = _row(site)
    return None if row is None or _has_node(site, row.target, OUTPUT_NODE) else _without(site, row)


def name_link(site: Site) -> Repair | None:
    """G106: the input that a link goes into names it, if the row and the node's own list agree which one that
    is."""
    row = _row(site)
    if row is None:
        return None
    for node in live_nodes(site.conversion.editor):
        for index, link in node.links.items():
            if link.pointer == site.pointer:
                saved = items(node.file.raw.get("inputs"))
                at = row.target_slot
                slot = saved[at] if isinstance(at, int) and 0 <= at < len(saved) else None
                if not isinstance(slot, dict) or slot.get("name") != node.inputs[index].name:
                    return None
                pointer = (*node.file.pointer, "inputs", at, "link")
                return Repair(f"let input '{slot['name']}' name link {shown(row.id)}", {pointer: row.id})
    return None


def correct_outputs(site: Site) -> Repair | None:
    """D832: an output names the links that the table has for it, those that it names already first."""
    wanted = site.finding.data.get("links")
    if not isinstance(wanted, list):
        return None
    at = site.pointer if site.pointer[-1] == "links" else (*site.pointer, "links")
    return Repair(f"let the output name {_named(wanted)}", {at: wanted})


def correct_version(site: Site) -> Repair | None:
    """W035: the version becomes that of the form which all links of the main graph have."""
    rows = [row for row in items(site.document.get("links")) if row is not None]
    is_04 = all(isinstance(row, list) for row in rows)
    if not is_04 and not all(isinstance(row, dict) for row in rows):
        return None
    version = 0.4 if is_04 else 1
    return Repair(f'set "version" to {version}', {("version",): version})


def correct_form(site: Site) -> Repair | None:
    """G101: rows get the form of the file's version, or the version becomes that of all rows."""
    at, graph = site.graph
    wanted: type = dict if at or site.document.get("version") != 0.4 else list
    if not at and not any(isinstance(row, wanted) for row in items(graph.get("links"))):
        return correct_version(site)
    edits: dict[Pointer, Any] = {}
    for index, row in enumerate(items(graph.get("links"))):
        if isinstance(row, (list, dict)) and not isinstance(row, wanted):
            if isinstance(row, dict) and row.keys() - set(_MEMBERS):
                return None  # a list has no room for the rest, such as the reroute that it goes through
            pointer = (*at, "links", index)
            edits[pointer] = _converted(row)
    form = "objects" if wanted is dict else "lists"
    return Repair(f"write {len(edits)} row{'s' * (len(edits) > 1)} of the link table as {form}", edits)


def drop_unread_rows(site: Site) -> Repair | None:
    """W036: empty rows are removed, and rows of the other form get that of the file's version."""
    at, graph = site.graph
    empty = [index for index, row in enumerate(items(graph.get("links"))) if row is None]
    if empty:
        what = "row" if len(empty) == 1 else f"{len(empty)} rows"
        return Repair(
            f"remove the empty {what} of the link table", {(*at, "links", index): ABSENT for index in empty}
        )
    return correct_form(site)


def _converted(row: list[Any] | dict[str, Any]) -> Any:
    if isinstance(row, dict):
        return [*row_values(row), row.get("type")]
    return dict(zip(_MEMBERS, (*row_values(row), row[5] if len(row) > 5 else None), strict=True))


def _row(site: Site) -> LinkRow | None:
    """The row that the finding is about."""
    at, graph = site.graph
    if site.pointer[:-1] != (*at, "links"):
        return None
    return next((row for row in link_rows(graph) if row.index == site.pointer[-1]), None)


def _has_node(site: Site, ident: str, boundary: str) -> bool:
    """Whether the graph has a node, for all that is known: one without a proper id may be it."""
    at, graph = site.graph
    if at and ident == boundary:
        return True
    nodes = items(graph.get("nodes"))
    ids = [node.get("id") if isinstance(node, dict) else None for node in nodes]
    return any(not isinstance(one, SCALAR) or text(one) == ident for one in ids)


def _without(site: Site, row: LinkRow) -> Repair:
    """The graph without a link, and without all that names it."""
    at, graph = site.graph
    is_only = sum(one.id == row.id for one in link_rows(graph)) == 1
    edits: dict[Pointer, Any] = {site.pointer: ABSENT}
    if is_only:
        edits.update(_mentions(at, graph, row.id))
    return Repair(f"remove link {shown(row.id)}", edits)


def _mentions(at: Pointer, graph: dict[str, Any], ident: Any) -> Iterator[tuple[Pointer, Any]]:
    """What names a link, as edits that take it away: None for inputs of nodes, ABSENT for items of lists."""
    for index, node in enumerate(items(graph.get("nodes"))):
        if not isinstance(node, dict):
            continue
        for number, slot in enumerate(items(node.get("inputs"))):
            if isinstance(slot, dict) and "link" in slot and slot["link"] == ident:
                yield (*at, "nodes", index, "inputs", number, "link"), None
        yield from _listed((*at, "nodes", index, "outputs"), node.get("outputs"), "links", ident)
    if at:
        for side in ("inputs", "outputs"):
            yield from _listed((*at, side), graph.get(side), "linkIds", ident)


def _listed(at: Pointer, slots: Any, member: str, ident: Any) -> Iterator[tuple[Pointer, Any]]:
    for number, slot in enumerate(items(slots)):
        for position, one in enumerate(items(value_at(slot, (member,)))):
            if one == ident:
                yield (*at, number, member, position), ABSENT


def _named(links: list[Any]) -> str:
    if not links:
        return "no link"
    return f"link{'s' * (len(links) > 1)} {', '.join(map(shown, links[:5]))}" + ", ..." * (len(links) > 5)
