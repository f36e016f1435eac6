"""A repair: changes of single values in a document, and what they make of its prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.api import Conversion
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.documents import value_at
from comfyc.graph import ABSENT
from comfyc.prompt import Prompt
from comfyc.saving.draft import Draft
from comfyc.workflow.raw_graphs import graph_pointer


def unchanged(prompt: Prompt) -> Prompt:
    """The prompt itself: what nearly all repairs make of it."""
    return prompt


@dataclass(frozen=True, slots=True)
class Repair:
    """What is to be done about a finding.

    ``edits`` has the new value at each pointer, ABSENT for one that is removed; all pointers are those of the
    document as it is. ``expected`` says what becomes of the prompt: the repair is made only if the changed
    document converts to just that.
    """

    description: str
    edits: Mapping[Pointer, Any]
    expected: Callable[[Prompt], Prompt] = unchanged


@dataclass(frozen=True, slots=True)
class Site:
    """A finding in a document that was converted. ``pointer`` leads to it in the workflow or prompt itself,
    which a file may wrap."""

    finding: Diagnostic
    pointer: Pointer
    conversion: Conversion

    @property
    def document(self) -> Any:
        """The workflow or prompt."""
        return self.conversion.opened.value

    @property
    def value(self) -> Any:
        """The value that the finding is about, ABSENT if there is none."""
        return value_at(self.document, self.pointer, ABSENT)

    @property
    def graph(self) -> tuple[Pointer, dict[str, Any]]:
        """The graph that the finding is in, with its pointer."""
        pointer = graph_pointer(self.pointer)
        return pointer, value_at(self.document, pointer)


def agreeing(repairs: Iterable[Repair]) -> list[Repair]:
    """The repairs without those that would give a value to what an earlier one gives another."""
    kept: list[Repair] = []
    edits: dict[Pointer, Any] = {}
    for repair in repairs:
        if all(_is_one(edits.get(pointer, value), value) for pointer, value in repair.edits.items()):
            edits.update(repair.edits)
            kept.append(repair)
    return kept


def _is_one(first: Any, second: Any) -> bool:
    return first is second or (first is not ABSENT and second is not ABSENT and bool(first == second))


def applied(document: Any, repairs: Sequence[Repair]) -> Any:
    """The document with these repairs; what does not change is shared with the original."""
    draft = Draft(document)
    removed: set[Pointer] = set()
    for repair in repairs:
        for pointer, value in repair.edits.items():
            if value is ABSENT:
                removed.add(pointer)
            else:
                draft.put(pointer, value)
    for pointer in sorted(removed, key=_order, reverse=True):  # the last item of a list first
        if draft.get(pointer) is not ABSENT:
            del draft.own(pointer[:-1])[pointer[-1]]
    return draft.value


def _order(pointer: Pointer) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in pointer]
