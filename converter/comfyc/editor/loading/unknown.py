"""Nodes of a type that the catalogue lacks.

The editor exports such nodes without a class and with widgets UNKNOWN, UNKNOWN_1, ...
(``scripts/errorNodeWidgets.ts``), which no server accepts. By default comfyc keeps the class and finds the
names of the values in what the file holds (``naming``); values that it cannot name are dropped and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog.bundled import CORE_ID
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.graph import ABSENT, Widget, WidgetList
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import is_index, key_order, shown
from comfyc.options import UnknownTypes

if TYPE_CHECKING:
    from comfyc.editor.loading.naming import Naming

MAX_VALUES = 1 << 16
"""Upper bound on the exported values of one node. (If ``widgets_values`` is text, each character is a
value.)"""

_PACKS = 3
"""How many packs a hint names that provide a type."""


def configure_unknown(node: LiveNode, scope: Scope, editor: Editor) -> None:
    """Give a node of an unknown type widgets for its saved values, and report the type."""
    saved = node.file.raw.get("widgets_values")
    if editor.unknown is UnknownTypes.BROWSER:
        node.widgets = WidgetList(_browser_widgets(saved))
        return
    from comfyc.editor.loading.naming import name_values  # noqa: PLC0415 - most files have no such nodes

    node.is_unknown = True
    node.type = node.file.type
    if not node.title:
        node.title = editor.catalog.title(node.file.type)
    naming = name_values(node, scope, editor)
    node.widgets = NamedWidgets(
        Widget(name, "unknown", value, saved_at=saved_at, finish=_finish(value, naming.differing.get(name)))
        for name, value, saved_at in naming.rows
    )
    _report(node, naming, editor)


def _browser_widgets(saved: Any) -> Iterator[Widget]:
    rows: Iterable[tuple[int, Any]] = ()
    if isinstance(saved, (list, str)):
        rows = enumerate(saved[:MAX_VALUES])
    elif isinstance(saved, dict) and isinstance(saved.get("length"), int):
        indexes = (int(key) for key in key_order(saved) if is_index(key))
        rows = [(index, saved[str(index)]) for index in indexes if index < saved["length"]]
    for index, value in rows:
        if not isinstance(value, (str, int, float)):
            value = compact_text(value)
        yield Widget("UNKNOWN" if index == 0 else f"UNKNOWN_{index}", "unknown", value, saved_at=index)


def _finish(value: Any, prompted: Any) -> str | None:
    """How the editor finishes a text: as a dynamic prompt if the prompt beside the workflow has fewer
    braces."""
    if isinstance(value, str) and isinstance(prompted, str) and value.count("{") > prompted.count("{"):
        return "dynamic"
    return None


class NamedWidgets(WidgetList):
    """The widgets of an unknown node, indexed by name because there may be any number of them."""

    __slots__ = ("_by_name",)

    def __init__(self, widgets: Iterable[Widget]) -> None:
        super().__init__(widgets)
        self._by_name = {widget.name: widget for widget in reversed(self)}

    def get(self, name: str) -> Widget | None:
        return self._by_name.get(name)


def _pack_of(properties: Mapping[str, Any]) -> str | None:
    """The custom node pack that the file names for a node; None if it names none, or ComfyUI itself."""
    pack = properties.get("cnr_id") or properties.get("aux_id")
    return pack if isinstance(pack, str) and pack != CORE_ID else None


def _hint(node: LiveNode, pack: str | None, editor: Editor) -> str:
    """The hint for a node of an unknown type: the name may be misspelt, or a pack or version missing."""
    version = node.properties.get("ver")
    if pack is not None:
        hint = f"install the pack '{pack}' and take the catalogue from that server: --object-info URL"
    elif node.properties.get("cnr_id") == CORE_ID:
        named = f" (the file says {version})" if isinstance(version, str) else ""
        hint = f"take the catalogue from a ComfyUI version that has this node{named}: --object-info URL"
    else:
        hint = "take the catalogue from a server that has this node: --object-info http://127.0.0.1:8188"
        from comfyc.catalog.class_map import repositories_with  # noqa: PLC0415 - only for what is unknown

        repositories = repositories_with(node.file.type)
        if repositories:
            found = " or ".join(f"https://github.com/{name}" for name in repositories[:_PACKS])
            hint = f"install the pack that provides it ({found}), and {hint}"
    matches = editor.catalog.close_matches(node.file.type)
    return f"did you mean '{matches[0]}'? Otherwise {hint}" if matches else hint


def _report(node: LiveNode, naming: Naming, editor: Editor) -> None:
    title = node.label
    pack = _pack_of(node.properties)
    hint = _hint(node, pack, editor)
    details = _NAMED.get(naming.by.name, "")
    broken = editor.broken_groups.get(node.file.type)
    if broken is not None:
        details = f": the group node cannot be unpacked because {broken[0]}"
        missing = broken[1] or "other versions of its inner types"
        hint = f"take the catalogue from a server that has {missing}: --object-info http://127.0.0.1:8188"
    editor.diagnostics.report(
        codes.UNKNOWN_TYPE,
        f"unknown node type '{node.file.type}'{details}",
        pointer=(*node.file.pointer, "type"),
        node=node.id,
        title=title,
        hint=hint,
        data={"type": node.file.type, **({"pack": pack} if pack is not None else {})},
    )
    _report_names(node, naming, editor)
    lost = [(index, value) for index, value in naming.unnamed if value is not None]
    if lost:
        examples = ", ".join(shown(value) for _, value in lost[:3])
        dropped = "1 value" if len(lost) == 1 else f"{len(lost)} values"
        inputs = "its input is" if len(lost) == 1 else "their inputs are"
        reason = f"{inputs} not known"
        if naming.doubtful:
            names = ", ".join(map(repr, naming.doubtful[:5]))
            each = "it belongs" if len(lost) == 1 else "each belongs"
            reason = f"it is not certain to which input {each} ({names} could have several)"
        editor.diagnostics.report(
            codes.VALUE_UNNAMED,
            f"{dropped} of the unknown type '{node.file.type}' {'is' if len(lost) == 1 else 'are'} dropped"
            f" because {reason}: {examples}",
            pointer=(*node.file.pointer, "widgets_values", lost[0][0]),
            node=node.id,
            title=title,
            hint=hint,
            data={"inputs": naming.doubtful} if naming.doubtful else None,
        )


_NAMED = {
    "INPUTS": "; its values are named after the inputs in the file",
    "PROMPT": "; its values are named by the prompt beside the workflow",
    "OTHERS": "; its values are named as in other nodes of the type in the file",
}
"""The end of the message about an unknown type, by where the names come from (``naming.NamedBy``)."""


def _report_names(node: LiveNode, naming: Naming, editor: Editor) -> None:
    """Report what names the values if it is not the node itself, and what the prompt says otherwise."""
    known = {name: value for name, value, _ in naming.rows if value is not ABSENT}
    kind, pointer, title = node.file.type, node.file.pointer, node.label
    if naming.by.name in ("PROMPT", "OTHERS") and known:
        by = "the prompt beside the workflow" if naming.by.name == "PROMPT" else "other nodes of the type"
        rule = codes.NAMED_BY_PROMPT if naming.by.name == "PROMPT" else codes.NAMED_BY_OTHERS
        pairs = ", ".join(f"'{name}' is {shown(value)}" for name, value in [*known.items()][:5])
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        message = f"the values of the unknown type '{kind}' are named by {by}: {pairs}{more}"
        hint = "compare them with the node in the editor, and correct wrong ones with --set"
        editor.diagnostics.report(
            rule, message, pointer=pointer, node=node.id, title=title, hint=hint, data={"inputs": [*known]}
        )
    for name, value in naming.differing.items():
        editor.diagnostics.report(
            codes.PROMPT_DIFFERS,
            f"'{name}' of the unknown type '{kind}' is {shown(known.get(name))} in the workflow and"
            f" {shown(value)} in the prompt beside it: the workflow counts",
            pointer=pointer,
            node=node.id,
            title=title,
            hint=f"take the prompt's value with --set {node.id}.{name}=VALUE if that was meant",
            data={"input": name},
        )
    if naming.absent:
        pairs = ", ".join(f"'{name}' is {shown(known.get(name))}" for name in naming.absent[:5])
        editor.diagnostics.report(
            codes.TAKEN_FROM_PROMPT,
            f"the workflow has no value for {len(naming.absent)} of the inputs of the unknown type '{kind}',"
            f" so the prompt's beside it counts: {pairs}",
            pointer=pointer,
            node=node.id,
            title=title,
            hint="check these values, and correct wrong ones with --set",
            data={"inputs": naming.absent},
        )
