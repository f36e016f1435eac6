"""Secrets taken out of what a server says: every record that leaves this package goes through here.

A server knows our secrets and may repeat them anywhere: in a traceback, as the name of a node, a class, a
file or a member of JSON.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any, TypeVar

from comfyc.running.http.access import Access
from comfyc.running.records.outcome import Output
from comfyc.safety.secrets import hide_in

T = TypeVar("T")
_OURS = frozenset({"server", "path", "status", "reason", "kind", "mime", "seeds", "picture", "asked"})
"""Members whose values are our own words, or are never shown."""


def redacted(access: Access, record: T) -> T:
    """A record (an event, a run, a queue, a status), or any number of them, with secrets hidden in all texts.

    A file whose name has changed knows under which it must be asked for.
    """
    if not access.secrets:
        return record

    def other(value: Any) -> Any:
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        changed = {}
        for field in dataclasses.fields(value):
            known = getattr(value, field.name)
            is_ours = field.name in _OURS or isinstance(known, int)
            changed[field.name] = known if is_ours else hide_in(known, access.redact, other)
        made = replace(value, **changed)
        if isinstance(value, Output) and isinstance(made, Output) and made.location != value.location:
            return replace(made, asked=value.location)
        return made

    return hide_in(record, access.redact, other)  # type: ignore[no-any-return]
