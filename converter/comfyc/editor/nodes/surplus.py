"""Report saved values beyond the widgets of a node: whether data is lost, and which definition lacks widgets.

A file may have more values because a script displayed something (a text, a button), because the node used to
have other widgets, or because the catalogue's definition is older than the file. Only in the last case is
data lost that a newer definition would keep; it is reported as lost only for definitions that comfyc bundles.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog.bundle import COMMIT_DIGITS
from comfyc.collector import Collector
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.editor.nodes.shapes import Shape
from comfyc.javascript.values import shown

if TYPE_CHECKING:
    from comfyc.catalog.shelf import Edition

_VERSION = re.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,9})\b")
_DISPLAYED = re.compile(r"\s*<[a-z]|/view\?")
"""Texts that nobody enters: HTML and addresses of pictures, with which a script shows the last run."""

VERSION_HINT = (
    "take the definitions from a server that has the file's version: --object-info http://127.0.0.1:8188"
)


def report_surplus(
    node: LiveNode, shape: Shape, values: list[Any], keys: list[int | str], diagnostics: Collector
) -> None:
    """Report the values left over; ``keys`` has the index or key of each value in ``widgets_values``."""
    extra = [
        (value, key) for value, key in zip(values, keys, strict=True) if value is not None and value != ""
    ]
    if not extra:
        return
    lost = _lost(node, shape, [value for value, _ in extra])
    if lost and _report_lost(node, shape, lost, extra, diagnostics):
        return
    examples = ", ".join(shown(value) for value, _ in extra[:3])
    plural = len(extra) > 1
    diagnostics.report(
        codes.SURPLUS_VALUES,
        f"{len(extra)} saved value{'s' if plural else ''} beyond the widgets of the node"
        f" {'are' if plural else 'is'} not used: {examples}",
        pointer=(*node.file.pointer, "widgets_values", extra[0][1]),
        node=node.id,
        title=node.label,
    )


def _report_lost(
    node: LiveNode,
    shape: Shape,
    lost: list[Any],
    extra: list[tuple[Any, int | str]],
    diagnostics: Collector,
) -> bool:
    """Report lost values if the definition is a bundled one that may be too old. Returns whether it is."""
    saved = node.properties.get("ver")
    edition = shape.scripts.edition if shape.scripts is not None else None
    if edition is not None:
        if is_of_version(node, edition):
            return False
        known, name = edition.volume.version, pack_name(node, edition)
        rule = codes.BUNDLE_LACKS_WIDGETS
        source = f"the bundled catalogue of '{edition.volume.title}' is from {known}"
    elif shape.core_version is not None and _may_be_newer(node, shape.core_version, lost):
        known, name = shape.core_version, "ComfyUI"
        rule, source = codes.CORE_LACKS_WIDGETS, f"the bundled catalogue is from ComfyUI {known}"
    else:
        return False
    plural = len(lost) > 1
    count = (
        f"{len(lost)} saved value{'s have' if plural else ' has'} no widget and {'are' if plural else 'is'}"
    )
    names = _unknown(node)
    of = f" (of {', '.join(repr(item) for item in names[:5])})" if names else ""
    diagnostics.report(
        rule,
        f"{count} lost: {', '.join(shown(value) for value in lost[:5])}{of};"
        f" the file was saved with {saved_version(node)} of '{name}', but {source}",
        pointer=(*node.file.pointer, "widgets_values", extra[0][1]),
        node=node.id,
        title=node.label,
        hint=VERSION_HINT,
        data={"type": node.file.type, "pack": name, "version": saved, "bundled": known, "widgets": names},
    )
    return True


def is_of_version(node: LiveNode, edition: Edition) -> bool:
    """Whether a node was saved with the very commit of its pack that is bundled."""
    saved = node.properties.get("ver")
    commit = edition.volume.version[-COMMIT_DIGITS:]
    return isinstance(saved, str) and len(saved) >= COMMIT_DIGITS and saved.startswith(commit)


def saved_version(node: LiveNode) -> str:
    """The version of its pack that a node was saved with, for people."""
    saved = node.properties.get("ver")
    return f"version {shown(saved)}" if isinstance(saved, str) and saved else "an unnamed version"


def pack_name(node: LiveNode, edition: Edition) -> str:
    """The file's name for the pack of a node (its id in the registry, or its repository), else ours."""
    for key in ("cnr_id", "aux_id"):
        name = node.properties.get(key)
        if isinstance(name, str) and name:
            return name
    return edition.volume.cnr_id or edition.volume.title


def _marked(node: LiveNode) -> set[str]:
    """The names of widgets that saved inputs mention. Recent editors write all widgets, older ones only those
    that were converted to inputs."""
    widgets = [slot.get("widget") for slot in node.file.inputs]
    names = [widget.get("name") for widget in widgets if isinstance(widget, dict)]
    return {name for name in names if isinstance(name, str)}


def _unknown(node: LiveNode) -> list[str]:
    """The names of widgets that saved inputs mention and that the definition lacks."""
    known = {widget.name for widget in node.widgets} | set(node.declared)
    return sorted(name for name in _marked(node) - known if name.partition(".")[0] not in known)


def _lost(node: LiveNode, shape: Shape, extra: list[Any]) -> list[Any]:
    """The values that somebody entered, as far as that can be judged."""
    if _unknown(node):
        return extra
    behind = {slot.widget for slot in shape.pattern.inputs if slot.widget is not None}
    if behind and behind <= _marked(node):
        return []  # the file mentions every widget, so the values left over are a script's
    if len(extra) <= _sockets_behind(shape):
        return []  # the values of inputs that are no longer widgets
    chosen = [value for value in extra if not isinstance(value, (list, dict)) and value not in CONTROL_MODES]
    if not shape.stored:
        return [value for value in chosen if not isinstance(value, str)]
    return [value for value in chosen if not (isinstance(value, str) and _DISPLAYED.match(value))]


def _sockets_behind(shape: Shape) -> int:
    """How many inputs after the last widget are plain sockets today but have values in old files."""
    count = 0
    for forced in reversed(shape.force_flags):
        if not forced:
            break
        count += 1
    return count


def _may_be_newer(node: LiveNode, known: str, lost: list[Any]) -> bool:
    """Whether a file is from a newer ComfyUI. If it names no version, lost numbers and mentioned widgets that
    the definition lacks count as evidence."""
    saved = node.properties.get("ver")
    if isinstance(saved, str) and _numbers(saved):
        return _numbers(saved) > _numbers(known)
    numbers = [value for value in lost if isinstance(value, (int, float)) and not isinstance(value, bool)]
    return bool(_unknown(node) or numbers)


def _numbers(version: str) -> list[int]:
    found = _VERSION.match(version)
    return [int(part) for part in found.group(1).split(".")] if found else []
