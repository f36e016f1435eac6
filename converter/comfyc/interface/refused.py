"""Why something that somebody asked to be set is not set: a rule, a message and a hint."""

from __future__ import annotations

from comfyc.diagnostics import ComfycError, Rule


class RefusedError(ComfycError):
    """Raised where a request is read, and reported as a finding under its rule."""

    def __init__(self, rule: Rule, message: str, hint: str | None = None, node: str | None = None) -> None:
        super().__init__(message, hint)
        self.rule = rule
        self.node = node
