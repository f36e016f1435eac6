"""Which input a bypassed node passes to an output.

Source: ``ExecutableNodeDTO.ts`` (_getBypassSlotIndex), frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc.editor.nodes.slot_types import compatible
from comfyc.graph import Input, Inputs


def passed_through(inputs: Inputs, outputs: Sequence[Any], index: int, wanted: Any) -> Input | None:
    """The input whose binding a bypassed node gives to its output ``index``, for an input of type ``wanted``.

    ``outputs`` are the types of the node's outputs. None if no input fits.
    """
    if wanted in ("*", ""):
        return (inputs[index] if index < len(inputs) else inputs[0]) if inputs else None
    given = outputs[index]
    if (
        index < len(inputs)
        and compatible(inputs[index].type, given)
        and compatible(inputs[index].type, wanted)
    ):
        return inputs[index]
    kinds = [slot.type for slot in inputs.declared]
    for at, kind in enumerate(kinds):
        if kind == wanted:
            return inputs[at]
    for at, kind in enumerate(kinds):
        if compatible(kind, given) and compatible(kind, wanted):
            return inputs[at]
    return None
