"""A document that is being changed: what does not change is shared with the original."""

from __future__ import annotations

from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.documents import value_at
from comfyc.editing.alignment import is_same
from comfyc.graph import ABSENT


class Draft:
    """A changed copy of a document. ``value`` is the document so far; the original stays as it is."""

    def __init__(self, document: Any) -> None:
        self.value = document
        self._own: dict[int, Any] = {}

    def get(self, pointer: Pointer) -> Any:
        """The value at a pointer, ABSENT if there is none."""
        return value_at(self.value, pointer, ABSENT)

    def put(self, pointer: Pointer, value: Any) -> None:
        """Replace the value at a pointer, or add a member or the next item of a list. A value that is the
        same to JavaScript stays."""
        if not pointer:
            self.value = value
        elif not is_same(self.get(pointer), value):
            container = self.own(pointer[:-1])
            if isinstance(container, list) and pointer[-1] == len(container):
                container.append(value)
            else:
                container[pointer[-1]] = value

    def own(self, pointer: Pointer) -> Any:
        """The container at a pointer, which has to be there, as a copy that may be changed."""
        self.value = here = self._owned(self.value)
        for step in pointer:
            here[step] = here = self._owned(here[step])
        return here

    def _owned(self, value: Any) -> Any:
        if id(value) in self._own:
            return value
        copy = value.copy()
        self._own[id(copy)] = copy
        return copy
