"""The conversion of a document with values for inputs of its prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.documents import is_workflow
from comfyc.given import given
from comfyc.graph import Const, Node
from comfyc.interface.tracing import Target
from comfyc.prompt import Prompt


def convert_given(
    document: Any, catalog: Catalog | None, values: Mapping[Target, Any], plain: Conversion
) -> Conversion:
    """Convert a document with values by node id and input name of the prompt; ``plain`` is its conversion
    without them, from which the options are taken."""
    typed = {
        (node.pointer, name): value
        for (ident, name), value in values.items()
        if (node := plain.ir.nodes.get(ident)) is not None and decides_inputs(node, name)
    }
    conversion = convert_parsed(
        document,
        catalog,
        plain.options,
        replace(given(values, plain.ir), typed=typed),
        beside=plain.opened.beside,
    )
    prompt, has_editor = conversion.prompt, is_workflow(plain.opened.value)
    left = {
        (node, name): value
        for (node, name), value in values.items()
        if node in prompt
        and (name not in prompt[node]["inputs"] or isinstance(value, list | dict) or not has_editor)
    }
    return replace(conversion, prompt=with_values(prompt, left))


def decides_inputs(node: Node, name: str) -> bool:
    """Whether the value of a node's own widget decides which inputs the node has, as that of a dynamic combo
    does."""
    if any(own == name and isinstance(bound, Const) for own, bound in node.inputs.named_bindings()):
        return False
    widget = node.widgets.get(name)
    return widget is not None and widget.change is not None and not isinstance(widget.saved_at, tuple)


def with_values(prompt: Prompt, values: Mapping[Target, Any]) -> Prompt:
    """A prompt with other values, by node id and input name; what does not change is shared."""
    changed = prompt.copy()
    for (ident, name), value in values.items():
        node = changed[ident].copy()
        node["inputs"] = {**node["inputs"], name: value}
        changed[ident] = node
    return changed
