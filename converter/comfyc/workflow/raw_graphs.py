"""The graphs of a workflow and their rows of links as the file has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.javascript.values import text
from comfyc.workflow.link_table import SCALAR, row_values


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A row of a link table that can be read: its index, its link's id, and its ends. Node ids are texts."""

    index: int
    id: Any
    origin: str
    origin_slot: Any
    target: str
    target_slot: Any


def raw_graphs(document: dict[str, Any]) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """The main graph and all subgraph definitions, nested ones too, with the pointers to them."""
    waiting: list[tuple[Pointer, Any]] = [((), document)]
    while waiting:
        pointer, graph = waiting.pop(0)
        if isinstance(graph, dict):
            yield pointer, graph
            within = graph.get("definitions")
            inner = within.get("subgraphs") if isinstance(within, dict) else None
            at = (*pointer, "definitions", "subgraphs")
            waiting += [((*at, index), one) for index, one in enumerate(items(inner))]


def graph_pointer(pointer: Pointer) -> Pointer:
    """The pointer to the graph that a pointer in a workflow leads into."""
    end = 0
    while pointer[end : end + 2] == ("definitions", "subgraphs") and len(pointer) > end + 2:
        end += 3
    return pointer[:end]


def link_rows(graph: dict[str, Any]) -> Iterator[LinkRow]:
    """The rows of a graph's link table that name two nodes."""
    for index, row in enumerate(items(graph.get("links"))):
        if isinstance(row, (list, dict)):
            ident, origin, slot, target, to = row_values(row)
            if all(isinstance(one, SCALAR) for one in (ident, origin, target)):
                yield LinkRow(index, ident, text(origin), slot, text(target), to)


def items(value: Any) -> list[Any]:
    """The items of a list; none if the value is no list."""
    return value if isinstance(value, list) else []
