"""Why a value cannot be written into a workflow."""

from __future__ import annotations

from comfyc.diagnostics import Rule
from comfyc.interface import Setting


class UnsavedError(Exception):
    """A value cannot be written: the rule, the message, the hint and, where it is known, the setting."""

    def __init__(
        self, rule: Rule, message: str, hint: str | None = None, setting: Setting | None = None
    ) -> None:
        super().__init__(message)
        self.rule, self.hint, self.setting = rule, hint, setting
