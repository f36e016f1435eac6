"""Read link tables: rows of ids and slots, which are arrays in files of version 0.4 and objects in version 1.

Source: ``LGraph.configure`` (schema 0.4 and 1) and ``LLink.create``, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.javascript.values import shown, text
from comfyc.workflow.model import FileGraph, FileLink
from comfyc.workflow.repair import first_of_id, register_links

SCALAR = (int, str, float)
"""The Python types of link and node ids."""
_MEMBERS = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
_SLOTS = 1 << 20
"""Upper bound on the slots that the quick way of reading handles."""


def read_links(
    graph: FileGraph,
    numbered: Mapping[int, str],
    items: list[Any],
    pointer: Pointer,
    diagnostics: Collector,
    *,
    as_arrays: bool,
    browser_exact: bool,
) -> None:
    """Read the rows of a link table into ``graph.links``.

    ``numbered`` maps node ids that are plain numbers to their text; ``items`` are the rows and ``pointer`` is
    the table's. By the version of the file, rows are arrays (``as_arrays``) or objects. Rows of the other
    form are reported, and read unless ``browser_exact``; malformed rows are reported and left out.
    """
    if _take_links(graph.links, numbered, items, pointer, as_arrays=as_arrays):
        return
    graph.links.clear()
    rows: list[FileLink] = []
    empty: list[int] = []
    others: list[int] = []
    for index, item in enumerate(items):
        if item is None:
            empty.append(index)
            continue
        if isinstance(item, (list, dict)):
            if isinstance(item, list) is not as_arrays:
                others.append(index)
                if browser_exact:
                    continue
            found = _link((*pointer, index), item, diagnostics)
        else:
            found = None
            _report_broken(diagnostics, (*pointer, index), f"it is {kind_of_value(item)}")
        if found is not None:
            rows.append(found)
    if empty:
        diagnostics.report(
            codes.EDITOR_CANNOT_OPEN,
            f"{len(empty)} row{'s' if len(empty) > 1 else ''} of a link table"
            f" {'are' if len(empty) > 1 else 'is'} null, so the editor cannot open the file",
            pointer=(*pointer, empty[0]),
            hint="remove these rows",
        )
    if others:
        _report_others(
            len(others), len(items), pointer, diagnostics, as_arrays=as_arrays, are_read=not browser_exact
        )
    if not as_arrays:  # a definition keeps only the first link of each id, before any other check
        rows = first_of_id(rows, diagnostics)
    register_links(graph, rows, diagnostics)


def _take_links(
    links: dict[Any, FileLink],
    numbered: Mapping[int, str],
    items: list[Any],
    pointer: Pointer,
    *,
    as_arrays: bool,
) -> bool:
    """Read a table in the quick way, which suits most files. False at the first row that needs the slow way:
    one that is malformed, or that shares its id or its target with another row."""
    form: Any = list if as_arrays else dict
    taken: set[int] = set()
    for index, item in enumerate(items):
        if item.__class__ is not form:
            return False
        try:
            if as_arrays:
                ident, origin, slot, target, to, _ = item
            else:
                ident, origin, slot = item["id"], item["origin_id"], item["origin_slot"]
                target, to = item["target_id"], item["target_slot"]
            start, end = numbered[origin], numbered[target]
        except (KeyError, TypeError, ValueError):
            return False
        if not (ident.__class__ is slot.__class__ is to.__class__ is int):
            return False
        if not (origin.__class__ is target.__class__ is int) or not 0 <= to < _SLOTS:
            return False
        taken.add(target * _SLOTS + to)
        links[ident] = FileLink(start, slot, (*pointer, index), ident, end, to)
    return len(links) == len(items) == len(taken)


def _link(pointer: Pointer, row: list[Any] | dict[str, Any], diagnostics: Collector) -> FileLink | None:
    """Read a row of a link table in either form; report it and return None if it does not name two nodes."""
    ident, origin, slot, target, to = row_values(row)
    for what, value in (("link id", ident), ("origin node", origin), ("target node", target)):
        if not isinstance(value, SCALAR):
            _report_broken(diagnostics, pointer, f"its {what} is {kind_of_value(value)}")
            return None
    if isinstance(slot, (list, dict)):
        _report_broken(diagnostics, pointer, f"its origin slot is {kind_of_value(slot)}")
        return None
    if slot is None:
        message = f"the origin slot of link {shown(ident)} is null, and is exported as null, as in the editor"
        diagnostics.report(codes.BROKEN_LINK_ROW, message, pointer=pointer, node=text(target))
    if isinstance(to, (list, dict)):
        to = None
    return FileLink(text(origin), _slot(slot), pointer, ident, text(target), _slot(to))


def row_values(row: list[Any] | dict[str, Any]) -> list[Any]:
    """The link id, origin node, origin slot, target node and target slot of a row, None for what it lacks."""
    return [*row, *[None] * 5][:5] if isinstance(row, list) else [*map(row.get, _MEMBERS)]


def _report_broken(diagnostics: Collector, pointer: Pointer, reason: str) -> None:
    diagnostics.report(
        codes.BROKEN_LINK_ROW,
        f"a row of a link table is left out: {reason}",
        pointer=pointer,
        hint="remove the row, and draw the missing link again in the editor",
    )


def _report_others(
    count: int, total: int, pointer: Pointer, diagnostics: Collector, *, as_arrays: bool, are_read: bool
) -> None:
    """Report the rows that have the form of the other version, which the editor does not read."""
    form, wanted = ("objects", "arrays") if as_arrays else ("arrays", "objects")
    done = "comfyc reads them; the editor drops them" if are_read else "they are not read, as in the editor"
    diagnostics.report(
        codes.LINKS_UNREAD,
        f"{count} of the {total} rows of a link table are {form}, but the editor expects {wanted} in a file"
        f" of this version: {done}",
        pointer=pointer,
        hint='correct "version": 0.4 if links are arrays, 1 if they are objects',
        data={"unread": count, "rows": total},
    )


def _slot(value: Any) -> Any:
    """A slot as in the file, but with 0.0 as the integer 0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def kind_of_value(value: Any) -> str:
    """The kind of a JSON value, for messages: "null", "a number", "an object", ..."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"
