"""The workflow that goes along with a prompt whose values were changed, for the pictures that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfyc.api import Conversion
from comfyc.diagnostics import Pointer
from comfyc.interface import Assignment, Interface, ValuesSet
from comfyc.interface.tracing import Target
from comfyc.saving.draft import Draft
from comfyc.saving.unsaved import UnsavedError
from comfyc.saving.writing import write_values


def workflow_with(interface: Interface, conversion: Conversion, values: Mapping[Target, Any]) -> Any:
    """The workflow that ``interface`` is of, with values by node id and input name of the prompt;
    ``conversion`` is the one that has them.

    Each value is written where the editor holds it. One that the workflow cannot hold stays as it was, as
    the picture is made with the prompt in any case.
    """
    left = list(_assignments(interface, values))
    while True:
        draft = Draft(interface.conversion.opened.value)
        try:
            write_values(draft, interface, ValuesSet(conversion, tuple(left), is_understood=True))
        except UnsavedError as error:
            fewer = [one for one in left if one.setting is not error.setting]
            left = fewer if len(fewer) < len(left) else []
        else:
            return draft.value


def _assignments(interface: Interface, values: Mapping[Target, Any]) -> Iterator[Assignment]:
    """The values as assignments: one to the holder of a value that goes to several inputs, if these agree.
    Copies of a node, in subgraph nodes of one definition, have to agree as well."""
    done: set[Target] = set()
    nodes = interface.conversion.ir.nodes
    copies: dict[Pointer, list[str]] = {}
    for ident, flat in nodes.items():
        copies.setdefault(flat.pointer, []).append(ident)
    for (node, name), value in values.items():
        setting = interface.setting(node, name)
        if setting is None or (node, name) in done:
            continue
        same = copies[nodes[node].pointer] if setting.held_by is None and node in nodes else ()
        if any(values.get((other, name)) != value for other in same):
            continue
        holder = interface.setting(*setting.held_by) if setting.held_by is not None else None
        if holder is not None:
            if any(values.get(target, value) != value for target in holder.targets):
                continue
            done.update(holder.targets)
            setting = holder
        yield Assignment(setting, value)
