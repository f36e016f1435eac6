"""Report links that go into no input, and links that no saved input names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.javascript.values import shown
from comfyc.workflow.model import FileLink


def drop_odd_links(node: LiveNode, beyond: Sequence[FileLink], scope: Scope, diagnostics: Collector) -> None:
    """Report the links of the file that go into no input of the node, and those that no saved input names.

    Links without an input are also removed from ``scope.links``, except for those in ``beyond``, whose index
    is beyond the inputs.
    """
    arrived = {id(link): index for index, link in node.links.items()}
    kept = {id(link) for link in beyond}
    named: dict[int, str] = {}
    for position, item in enumerate(node.file.inputs):
        ident = item.get("link")
        if ident is None:
            continue
        link = scope.links.get(ident) if isinstance(ident, (int, str, float)) else None
        if link is None or link.target != node.id:
            _report_dangling(node, position, ident, link, diagnostics)
        else:
            named[id(link)] = item["name"]
    for link in scope.file.into(node.file):
        if id(link) not in arrived:
            report_lost(node, link, diagnostics, named.get(id(link)))
            if id(link) not in kept:
                scope.links.pop(link.id, None)
        elif id(link) not in named:
            _report_loose(node, node.inputs[arrived[id(link)]], link, diagnostics)


def _stem(name: str) -> str:
    """The name of an input without its number: scripts of packs add inputs to numbered rows."""
    return name.rstrip("0123456789")


def report_undeclared(node: LiveNode, declared: int, diagnostics: Collector) -> None:
    """Report links into inputs after the first ``declared`` ones, which the type has, unless they continue a
    numbered row of the type's inputs."""
    rows = {_stem(slot.name) for slot in node.inputs[:declared] if slot.name[-1:].isdigit()}
    for index, slot in enumerate(node.inputs[declared:], declared):
        link = node.links.get(index)
        if link is not None and "." not in slot.name and _stem(slot.name) not in rows:
            diagnostics.report(
                codes.UNDECLARED_INPUT,
                f"the node type has no input '{slot.name}', but the link into it is exported",
                pointer=link.pointer,
                node=node.id,
                title=node.label,
            )


def _report_dangling(
    node: LiveNode, position: int, ident: Any, link: FileLink | None, diagnostics: Collector
) -> None:
    name = node.file.inputs[position]["name"]
    truth = "is not in the link table" if link is None else f"goes to node {link.target}"
    diagnostics.report(
        codes.DANGLING_LINK,
        f"input '{name}' names link {shown(ident)}, which {truth}: the input counts as unlinked",
        pointer=(*node.file.pointer, "inputs", position, "link"),
        node=node.id,
        title=node.label,
        hint="open the workflow in the editor, draw the link again and save",
    )


def _report_loose(node: LiveNode, slot: LiveInput, link: FileLink, diagnostics: Collector) -> None:
    diagnostics.report(
        codes.LINK_ONLY_IN_TABLE,
        f"link {shown(link.id)} is only in the link table;"
        f" as in the editor, it goes into input '{slot.name}'",
        pointer=link.pointer,
        node=node.id,
        title=node.label,
    )


def report_lost(node: LiveNode, link: FileLink, diagnostics: Collector, name: str | None = None) -> None:
    where = f"input '{name}'" if name is not None else f"input slot {link.target_slot}"
    diagnostics.report(
        codes.LINK_LOST,
        f"link {shown(link.id)} is dropped: the node has no {where}",
        pointer=link.pointer,
        node=node.id,
        title=node.label,
        hint="check that the catalogue has the version of the node that the workflow was made with",
    )
