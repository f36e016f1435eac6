"""Which inputs of a prompt are seeds, and how the editor would change them from run to run.

Source: ``useIntWidget.ts`` and ``widgets.ts`` addValueControlWidgets of frontend 1.58.1: a seed is a
number with "control after generate" behind it. A PrimitiveNode has its own control for all it feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.seeds import seed_limits
from comfyc.catalog.specs import input_named
from comfyc.diagnostics import Pointer
from comfyc.graph import NO_OPTIONS, Const, Graph, Node, value_pointer
from comfyc.prompt import Prompt
from comfyc.running.seeds import SeedWidget

_MODES = ("fixed", "increment", "decrement", "randomize")


def seed_widgets(prompt: Prompt, graph: Graph, catalog: Catalog, document: Any) -> list[SeedWidget]:
    """Every seed of the prompt that is not linked, with its limits and its control in the file; and every
    other number with a control. One of these that is linked to a seed counts as one."""
    feeding = {
        str(value[0])
        for node in prompt.values()
        for name, value in node["inputs"].items()
        if isinstance(value, list) and value and "seed" in name
    }
    return [
        found if "seed" in found.name or ident in feeding else replace(found, is_seed=False)
        for ident, node in graph.nodes.items()
        if ident in prompt
        for found in _seeds_of(ident, node, prompt, catalog, document)
    ]


def _seeds_of(
    ident: str, node: Node, prompt: Prompt, catalog: Catalog, document: Any
) -> Iterator[SeedWidget]:
    info = catalog.info(node.type) if node.type is not None else None
    inputs = prompt[ident]["inputs"]
    for name, value in inputs.items():
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        spec = input_named(info, name, inputs) if info is not None else None
        limits = seed_limits(name, spec.options if spec is not None else NO_OPTIONS)
        if limits is not None:
            pointer = value_pointer(node, name)
            is_shared = pointer is not None and _is_shared(node, name)
            shared = "/".join(map(str, pointer or ())) if is_shared else ""
            yield SeedWidget(ident, name, _control(node, name, pointer, document), *limits, shared)


def _is_shared(node: Node, name: str) -> bool:
    """Whether the value is another node's, which may give it to more than this one."""
    return any(isinstance(slot.binding, Const) for slot in node.inputs.bound() if slot.name == name) or any(
        isinstance(widget.saved_at, tuple) for widget in node.widgets if widget.name == name
    )


def _control(node: Node, name: str, pointer: Pointer | None, document: Any) -> str | None:
    """What the file says is to become of the value after a run, ``None`` if nothing."""
    widgets = list(node.widgets)
    for index, widget in enumerate(widgets):
        if widget.name != name:
            continue
        if isinstance(widget.saved_at, tuple):
            return _beside(widget.saved_at, document)
        behind = widgets[index + 1] if index + 1 < len(widgets) else None
        if behind is not None and behind.kind == "control" and behind.value in _MODES:
            return str(behind.value)
    return None


def _beside(pointer: Pointer, document: Any) -> str | None:
    """The control of a PrimitiveNode: the value right behind its number."""
    *path, index = pointer
    for key in path:
        try:
            document = document[key]
        except (LookupError, TypeError):
            return None
    if not isinstance(document, list) or not isinstance(index, int):
        return None
    value = document[index + 1] if index + 1 < len(document) else None
    return value if isinstance(value, str) and value in _MODES else None
