"""Findings about what a file declares, at the node that declares it."""

from __future__ import annotations

from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Rule
from comfyc.needs.model import User
from comfyc.safety.escaping import shortened

_QUOTED = 160


def report(found: Collector, rule: Rule, message: str, pointer: Pointer, user: User, hint: str) -> None:
    """Report something about a node, or about the workflow itself."""
    title = user.title or user.type or None
    found.report(rule, message, pointer=pointer, node=user.node or None, title=title, hint=hint)


def quoted(text: str) -> str:
    """A text for a message, cut where it gets long."""
    return f"'{shortened(text, _QUOTED)}'"
