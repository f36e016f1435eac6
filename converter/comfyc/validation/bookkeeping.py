"""Findings about what a workflow says twice: counters of ids, and the links that outputs name.

The link table and the nodes decide; nothing here changes what a workflow converts to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.javascript.values import shown, text
from comfyc.workflow import INPUT_NODE, OUTPUT_NODE
from comfyc.workflow.raw_graphs import LinkRow, items, link_rows, raw_graphs

_COUNTED = 1 << 53
"""Ids from here on are no numbers that somebody has counted."""


def report_bookkeeping(document: dict[str, Any], found: Collector) -> None:
    """Report counters that are behind, rows without a target, and outputs that name other links than the
    table has (D830 to D832)."""
    for pointer, graph in raw_graphs(document):
        listed = list(_nodes(graph))
        nodes = {text(node["id"]): (at, node) for at, node in listed}
        rows = list(link_rows(graph))
        _report_counters(pointer, graph, rows, found)
        if len(listed) == len(items(graph.get("nodes"))):  # else one without an id may be the target
            _report_ends(pointer, rows, nodes.keys() | {INPUT_NODE, OUTPUT_NODE}, found)
        if len({row.id for row in rows}) == len(rows) and len(nodes) == len(listed):  # else ids say nothing
            _report_outputs(pointer, nodes, rows, found)


def _nodes(graph: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, node in enumerate(items(graph.get("nodes"))):
        if isinstance(node, dict) and isinstance(node.get("id"), (int, str)):
            yield index, node


def _report_counters(pointer: Pointer, graph: dict[str, Any], rows: list[LinkRow], found: Collector) -> None:
    state = graph.get("state")
    inner = state if isinstance(state, dict) else {}
    for what, names, ids in (
        ("node", ("last_node_id", "lastNodeId"), [node["id"] for _, node in _nodes(graph)]),
        ("link", ("last_link_id", "lastLinkId"), [row.id for row in rows]),
    ):
        largest = max((one for one in ids if one.__class__ is int and one < _COUNTED), default=0)
        for holder, name, at in ((graph, names[0], ()), (inner, names[1], ("state",))):
            counter = holder.get(name)
            if counter.__class__ is int and counter < largest:
                found.report(
                    codes.COUNTER_BEHIND,
                    f"'{name}' is {counter}, but there is a {what} with the id {largest}",
                    pointer=(*pointer, *at, name),
                    hint=f"set it to {largest}",
                    data={"largest": largest},
                )


def _report_ends(pointer: Pointer, rows: list[LinkRow], nodes: set[str], found: Collector) -> None:
    for row in rows:
        if row.target not in nodes:
            found.report(
                codes.LINK_WITHOUT_TARGET,
                f"link {shown(row.id)} goes into node {row.target}, which does not exist",
                pointer=(*pointer, "links", row.index),
                hint="remove the row",
            )


def _report_outputs(
    pointer: Pointer, nodes: dict[str, tuple[int, dict[str, Any]]], rows: list[LinkRow], found: Collector
) -> None:
    leaving: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for row in rows:
        leaving[row.origin, row.origin_slot if isinstance(row.origin_slot, (int, str)) else None].append(
            row.id
        )
    for ident, (at, node) in nodes.items():
        for slot, output in enumerate(items(node.get("outputs"))):
            named = output.get("links") if isinstance(output, dict) else 0
            wanted = leaving.get((ident, slot), [])
            if named == wanted or not (named is None or isinstance(named, list)):
                continue
            given = named or []
            by_text = {text(one): one for one in wanted}
            kept = [by_text[name] for name in dict.fromkeys(map(text, given)) if name in by_text]
            links = [*kept, *(one for one in wanted if one not in kept)]
            if list(map(text, links)) != list(map(text, given)):
                found.report(
                    codes.OUTPUT_LINKS_DIFFER,
                    _difference(slot, given, links),
                    pointer=(
                        *pointer,
                        "nodes",
                        at,
                        "outputs",
                        slot,
                        *(("links",) if "links" in output else ()),
                    ),
                    node=ident,
                    title=node["title"] if isinstance(node.get("title"), str) else None,
                    data={"links": links},
                )


def _difference(slot: int, given: list[Any], links: list[Any]) -> str:
    names = set(map(text, given)), set(map(text, links))
    stray = [one for one in given if text(one) not in names[1]]
    missing = [one for one in links if text(one) not in names[0]]
    said = [
        f"names link {', '.join(map(shown, stray[:5]))}, which does not leave it" if stray else "",
        f"does not name link {', '.join(map(shown, missing[:5]))}" if missing else "",
    ]
    return f"output {slot} " + (" and ".join(filter(None, said)) or "names a link twice")
