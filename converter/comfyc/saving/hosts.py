"""Write the value that a subgraph node holds for a promoted input.

The values of a subgraph node are saved by position, which depends on the definition, on links inside it and,
in files of 2025, on ``proxyWidgets``. Which index belongs to which input is therefore asked of the stage that
reads them (``editor.promoted``): it opens the workflow with marks for values.
"""

from __future__ import annotations

from typing import Any

from comfyc import codes
from comfyc.api import Conversion, convert_parsed
from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.promoted.values import is_proxy_entry, parse_property
from comfyc.graph import ABSENT
from comfyc.interface.tracing import live_nodes
from comfyc.saving.draft import Draft
from comfyc.saving.unsaved import UnsavedError

_MARK = "mark of comfyc.saving.hosts"
_QUARANTINE = "proxyWidgetErrorQuarantine"


def write_promoted(draft: Draft, host: LiveNode, name: str, value: Any, conversion: Conversion) -> None:
    """Write the value of a promoted input. Raises :class:`UnsavedError`."""
    slot = next((slot for slot in host.inputs if slot.name == name and slot.promoted is not None), None)
    if slot is None or slot.promoted is None:
        raise UnsavedError(
            codes.SETTING_UNSAVED,
            f"the subgraph node {host.id} holds no value for '{name}'",
            "convert with --set instead",
        )
    own = (*host.file.pointer, "widgets_values")
    pointer = slot.promoted.pointer
    is_own = pointer[: len(own)] == own and len(pointer) == len(own) + 1
    if is_own and draft.get(pointer) is not ABSENT:
        draft.put(pointer, value)
    elif not _write_quarantined(draft, host, name, value):
        _write_list(draft, host, slot, value, conversion)


def _write_quarantined(draft: Draft, host: LiveNode, name: str, value: Any) -> bool:
    """Write a value that an earlier migration could not assign and put aside; False if it is no such one."""
    pointer = (*host.file.pointer, "properties", _QUARANTINE)
    saved = draft.get(pointer)
    entries = parse_property(saved)
    for at, entry in enumerate(entries):
        original = entry.get("originalEntry") if isinstance(entry, dict) else None
        if original is None or not is_proxy_entry(original) or original[:2] != ["-1", name]:
            continue
        if isinstance(saved, list) and "hostValue" in entry:
            draft.put((*pointer, at, "hostValue"), value)
            return True
    return False


def _write_list(draft: Draft, host: LiveNode, slot: LiveInput, value: Any, conversion: Conversion) -> None:
    """Write the list of the subgraph node's values up to the one of an input, with the present values before
    it.

    The list of a file with ``proxyWidgets`` is written whole: of a short one, the editor reads the values
    whose entries are beyond its end by the order of the inputs.
    """
    pointer = (*host.file.pointer, "widgets_values")
    order = _order(draft, host, conversion)
    if slot.name not in order:
        raise UnsavedError(
            codes.SETTING_UNSAVED,
            f"the subgraph node {host.id} does not save a value for '{slot.name}'",
            "open the workflow in the editor and save it, or convert with --set",
        )
    saved = draft.get(pointer)
    values = list(saved) if isinstance(saved, list) else []
    held = {one.name: one.promoted.value for one in host.inputs if one.promoted is not None}
    last = order.index(slot.name)
    if "proxyWidgets" in host.properties:
        last = max(index for index, name in enumerate(order) if name is not None)
    for index in range(len(values), last + 1):
        name = order[index]
        present = None if name is None else held.get(name)
        values.append(None if present is ABSENT else present)
    values[order.index(slot.name)] = value
    draft.put(pointer, values)


def _order(draft: Draft, host: LiveNode, conversion: Conversion) -> list[str | None]:
    """The names of the inputs that the values at the indexes of ``widgets_values`` go to, None for an index
    that is not read."""
    count = len(host.inputs) + len(parse_property(host.properties.get("proxyWidgets")))
    marked = Draft(draft.value)
    marked.put((*host.file.pointer, "widgets_values"), [f"{_MARK} {index}" for index in range(count)])
    editor = convert_parsed(marked.value, conversion.catalog, conversion.options).editor
    found: list[str | None] = [None] * count
    for node in live_nodes(editor):
        if node.file.pointer != host.file.pointer:
            continue
        for slot in node.inputs:
            held = slot.promoted.value if slot.promoted is not None else None
            if isinstance(held, str) and held.startswith(_MARK):
                found[int(held.rpartition(" ")[2])] = slot.name
    return found


def pointer_of_value(host: LiveNode, slot: LiveInput) -> Pointer | None:
    """The pointer of the value that a subgraph node itself has for a promoted input, None if it has none."""
    own = (*host.file.pointer, "widgets_values")
    pointer = slot.promoted.pointer if slot.promoted is not None else ()
    return pointer if pointer[: len(own)] == own and len(pointer) == len(own) + 1 else None
