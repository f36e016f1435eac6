"""Names for the nodes of a picture in forms that have a syntax of their own, and the ends of its links."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.diagnostics import Diagnostic, Severity
from comfyc.drawing.model import NodeBox, Panel, Wire, WorkflowPicture

_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def box_names(picture: WorkflowPicture) -> dict[NodeBox, str]:
    """A name for each box that no syntax reads as anything else: the letter n and a number."""
    boxes = [box for panel in picture.panels for box in panel.boxes]
    return {box: f"n{index}" for index, box in enumerate(boxes)}


def ends_of(panel: Panel, wire: Wire) -> tuple[NodeBox, NodeBox]:
    """The boxes that a link of a panel connects."""
    by_path = panel.by_path
    return by_path[wire.origin[0]], by_path[wire.target[0]]


def gravest(findings: Sequence[Diagnostic]) -> Severity:
    """The severity of the gravest of some findings."""
    return min((one.severity for one in findings), key=_GRAVEST_FIRST.index)


def codes_of(findings: Sequence[Diagnostic]) -> str:
    """The codes of some findings, each once: "error V301, V310"."""
    return f"{gravest(findings).value} {', '.join(dict.fromkeys(one.code for one in findings))}"


def finding_lines(findings: Sequence[Diagnostic]) -> list[str]:
    """A line for each finding."""
    return [f"{one.severity.value}[{one.code}] {one.message}" for one in findings]
