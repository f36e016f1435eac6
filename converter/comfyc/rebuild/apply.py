"""Give new nodes the values and links of a prompt, in the editor's order.

Source: ``scripts/app.ts`` loadApiJson, ``restoreDynamicGroupInputs.ts``, ``LGraphNode.ts`` connect and
connectSlots, frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comfyc.catalog.specs import DYNAMIC_COMBO, extended_inputs, input_spec
from comfyc.editor.nodes.adding import fields
from comfyc.editor.nodes.live import LiveInput
from comfyc.editor.nodes.slot_types import common_type, compatible
from comfyc.javascript.values import key_order
from comfyc.prompt import Prompt
from comfyc.rebuild.linking import connected, drop, put_behind
from comfyc.rebuild.nodes import NewGraph, NewNode, unwrapped
from comfyc.rebuild.sizes import initial_size
from comfyc.rebuild.typed import assign, choose_among, expand, expand_by_members, has_own_options, type_in
from comfyc.workflow.model import FileLink

_DYNAMIC_GROUP = "COMFY_DYNAMICGROUP_V3"
_MOST_OUTPUTS = 1_000
"""Outputs that a node may get by links from them."""
_ROW = re.compile(r"(?:0|[1-9][0-9]*)\Z")


def apply_inputs(graph: NewGraph, prompt: Prompt) -> None:
    """Give all nodes their values and links.

    What cannot be applied yet, because it belongs to an input that another link brings, is tried again for
    as long as that helps. In a faithful graph missing slots are then added for the links that are left.
    """
    for node in graph.nodes.values():
        node.size = initial_size(node)
        if has_own_options(node.live.own_widgets()):
            choose_among(node.live.own_widgets())
    if graph.faithful:
        _add_outputs(graph, prompt)
    waiting: list[Callable[[], bool]] = []
    for key, node in graph.nodes.items():
        inputs = _restored(graph, node, prompt[key]["inputs"])
        for name in key_order(inputs):
            value = inputs[name]
            attempt = (
                _linking(graph, node, name, value)
                if isinstance(value, list)
                else _setting(graph, node, name, value)
            )
            if not attempt():
                waiting.append(attempt)
    while waiting:
        left = [attempt for attempt in waiting if not attempt()]
        if len(left) == len(waiting):
            break
        waiting = left
    if waiting and graph.faithful:
        _add_inputs(graph, prompt)


def _add_outputs(graph: NewGraph, prompt: Prompt) -> None:
    """Add the outputs that links of the prompt leave and that the catalogue does not tell of."""
    for target in prompt.values():
        for value in target["inputs"].values():
            slot = value[1] if isinstance(value, list) and len(value) == 2 else None
            if type(slot) is not int or not 0 <= slot < _MOST_OUTPUTS:
                continue
            origin = graph.nodes.get(str(value[0]))
            while origin is not None and len(origin.live.outputs) <= slot:
                origin.live.outputs.append("*")
                origin.leaving.append({})


def _add_inputs(graph: NewGraph, prompt: Prompt) -> None:
    """Add an input for each link of the prompt into one that the catalogue does not tell of."""
    for key, node in graph.nodes.items():
        names = {slot.name for slot in node.live.inputs}
        for name, value in prompt[key]["inputs"].items():
            if isinstance(value, list) and name not in names and value and str(value[0]) in graph.nodes:
                node.live.own_inputs().append(LiveInput(name, "*"))
                if _link(graph, node, name, value):
                    expand(node)


def _setting(graph: NewGraph, node: NewNode, name: str, value: Any) -> Callable[[], bool]:
    return lambda: _set(graph, node, name, unwrapped(value))


def _set(graph: NewGraph, node: NewNode, name: str, value: Any) -> bool:
    """Type a value into the widget of this name; False if there is none."""
    live = node.live
    if not node.is_known:
        return True
    widget = live.own_widgets().get(name)
    if widget is None:
        return False
    if widget.finish != "scene":  # a 3D view ignores what it is given
        type_in(graph, node, widget, value)
    return True


# --- dynamic combos and groups -------------------------------------------------------------------


def _restored(graph: NewGraph, node: NewNode, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the options of dynamic combos and the numbers of rows first, so that their inputs are there.

    Returns what is left to be applied, in which rows are numbered without gaps.
    """
    if not node.is_known:
        return dict(inputs)
    chosen: set[str] = set()
    groups: list[str] = []
    renamed: dict[str, str] = {}

    def restore(definitions: Iterable[tuple[str, Any]], prefix: str) -> None:
        for key, definition in definitions:
            name = f"{prefix}{key}"
            controller = node.live.own_widgets().get(name)
            if controller is None:
                continue
            spec = input_spec(key, definition, optional=False)
            if spec.type == DYNAMIC_COMBO:
                option = _option(spec.options.get("options"), inputs.get(name))
                if option is not None:
                    assign(graph, node, controller, option["key"])
                    chosen.add(name)
                    restore([row[:2] for row in fields(option.get("inputs"))], f"{name}.")
            elif spec.type == _DYNAMIC_GROUP:
                groups.append(name)
                names = {row[0] for row in fields(spec.options.get("template"))}
                rows = _rows(name, names, inputs, renamed)
                assign(graph, node, controller, rows)

    restore(extended_inputs(str(node.live.type), node.entry).items(), "")
    return {
        renamed.get(name, name): value
        for name, value in inputs.items()
        if name not in chosen
        and (name in renamed or not any(name == group or name.startswith(f"{group}.") for group in groups))
    }


def _option(options: Any, key: Any) -> dict[str, Any] | None:
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict) and isinstance(key, str) and option.get("key") == key:
            return option
    return None


def _rows(name: str, names: set[str], inputs: Mapping[str, Any], renamed: dict[str, str]) -> int:
    """The number of rows that a prompt has for a group; their inputs are entered into ``renamed``."""
    rows: dict[str, int] = {}
    for given in inputs:
        if not given.startswith(f"{name}."):
            continue
        row, dot, member = given[len(name) + 1 :].partition(".")
        if dot and _ROW.match(row) and member in names:
            number = rows.setdefault(row, len(rows))
            renamed[given] = f"{name}.{number}.{member}"
    return len(rows)


# --- links ---------------------------------------------------------------------------------------


def _linking(graph: NewGraph, node: NewNode, name: str, value: list[Any]) -> Callable[[], bool]:
    return lambda: _link(graph, node, name, value)


def _link(graph: NewGraph, target: NewNode, name: str, value: list[Any]) -> bool:
    """Make a link into an input; False if its origin or the input is not there (yet).

    A link that the editor refuses, because the types do not fit or a node would feed itself, is not tried
    again.
    """
    origin = graph.nodes.get(str(value[0])) if value else None
    slot = value[1] if len(value) > 1 else None
    if isinstance(slot, float) and slot.is_integer():
        slot = int(slot)
    if origin is None or type(slot) is not int or not 0 <= slot < len(origin.live.outputs):
        return False
    index = next((at for at, item in enumerate(target.live.inputs) if item.name == name), None)
    if index is None:
        return False
    connect(graph, origin, slot, target, index)
    return True


def connect(graph: NewGraph, origin: NewNode, slot: int, target: NewNode, index: int) -> None:
    """Make a link from an output to an input, both of which exist, in the place of the link that is there.
    Links that the editor refuses are not made: the types have to fit, and no node feeds itself."""
    kind, accepted = origin.live.outputs[slot], target.live.inputs[index].type
    if origin is target or not (graph.faithful or compatible(kind, accepted)):
        return
    before = list(target.live.inputs)
    former = target.live.links.get(index)
    if former is not None:
        drop(graph, former)
    graph.last_link += 1
    shared = common_type([accepted, kind]) if accepted and kind else None
    pointer = (target.key, "inputs", target.live.inputs[index].name)
    link = FileLink(origin.key, slot, pointer, graph.last_link, target.key, index)
    graph.links[graph.last_link] = link
    graph.kinds[graph.last_link] = shared or accepted or kind
    target.live.insert(link, index)
    origin.leaving[slot][link.id] = link
    connected(graph, target, index, link)
    if len(before) != len(target.live.inputs):
        expand_by_members(target, before)
        put_behind(graph, target)
