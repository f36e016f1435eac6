"""Whether a changed workflow gives the prompt that it should: the one with the values set in memory.

A workflow cannot hold every value: what a subgraph defines is the same for all of its nodes, and the editor
rounds what a PrimitiveNode feeds. Rather than finding all such cases beforehand, the result is converted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comfyc import codes
from comfyc.interface import Assignment, ValuesSet
from comfyc.javascript.values import shown
from comfyc.prompt import Prompt
from comfyc.saving.unsaved import UnsavedError

_NOTHING: Any = object()


def require_same(outcome: ValuesSet, prompt: Prompt) -> None:
    """Raise :class:`UnsavedError` if the prompt of the changed workflow is another one than that of
    ``outcome``.

    Where a value decides which inputs its node has, only the value counts: when it opens the workflow, the
    editor makes the other inputs of the node anew, which gives what it has after somebody typed the value
    (asked of 1.58.1, also for PrimitiveNodes that feed such a widget and for the options of a CustomCombo).
    """
    decided = set(decided_nodes(outcome))
    for node, name, wanted, given in _differences(outcome.conversion.prompt, prompt):
        if node in decided and not any((node, name) in one.setting.targets for one in outcome.assignments):
            continue
        one = next(
            (one for one in outcome.assignments if (node, name) in one.setting.targets),
            outcome.assignments[0],
        )
        if (node, name) in one.setting.targets:
            raise UnsavedError(
                codes.SETTING_SAVED_OTHERWISE,
                f"in the workflow '{one.setting.path}' would become {_shown(given)} and not {_shown(wanted)}",
                "convert with --set instead",
                one.setting,
            )
        raise UnsavedError(
            codes.SETTING_CHANGES_OTHERS,
            f"{_named(outcome)} cannot be changed in the workflow without changing '{node}.{name}'",
            _hint(one, node),
            one.setting,
        )


def decided_nodes(outcome: ValuesSet) -> Iterator[str]:
    """The nodes of the prompt that have other inputs or values because of a value of their own."""
    nodes = outcome.conversion.ir.nodes
    for one in outcome.assignments:
        for node, name in one.setting.targets:
            widget = nodes[node].widgets.get(name) if node in nodes else None
            if widget is not None and widget.change is not None:
                yield node


def _differences(wanted: Prompt, given: Prompt) -> Iterator[tuple[str, str, Any, Any]]:
    """The inputs that two prompts have different values for; for a node that one of them lacks, its class."""
    for ident in dict.fromkeys((*wanted, *given)):
        if ident not in wanted or ident not in given:
            yield ident, "class_type", _class(wanted, ident), _class(given, ident)
            continue
        first, second = wanted[ident]["inputs"], given[ident]["inputs"]
        for name in dict.fromkeys((*first, *second)):
            one, other = first.get(name, _NOTHING), second.get(name, _NOTHING)
            if one is _NOTHING or other is _NOTHING or _bare(one) != _bare(other):
                yield ident, name, one, other


def _class(prompt: Prompt, ident: str) -> Any:
    return prompt[ident].get("class_type") if ident in prompt else _NOTHING


def _bare(value: Any) -> Any:
    """A list as it is, or out of the object in which the editor writes it."""
    return value["__value__"] if isinstance(value, dict) and value.keys() == {"__value__"} else value


def _shown(value: Any) -> str:
    return "nothing" if value is _NOTHING else shown(value)


def _named(outcome: ValuesSet) -> str:
    paths = list(dict.fromkeys(f"'{one.setting.path}'" for one in outcome.assignments))
    return paths[0] if len(paths) == 1 else f"one of {', '.join(paths[:5])}"


def _hint(one: Assignment, node: str) -> str:
    own, other = one.setting.node.rpartition(":"), node.rpartition(":")
    if own[0] != other[0] and own[2] == other[2]:
        return (
            "both are the same node of a subgraph that is used more than once: give the subgraph an input "
            "for it in the editor, or convert with --set"
        )
    return "convert with --set instead"
