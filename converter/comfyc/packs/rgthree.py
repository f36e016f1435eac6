"""rgthree-comfy: reroutes, mode switches, and nodes whose widgets a script creates (``web/comfyui``)."""

from __future__ import annotations

import math
from typing import Any

from comfyc import codes
from comfyc.catalog.specs import NodeSpec
from comfyc.graph import MUTED, Link, Node, Widget
from comfyc.javascript.values import is_finite, number, text, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through

FOLDER = "rgthree-comfy"

QUEUE_HINT = "pass --as queue to get what the Queue button would run"
SPECIAL_SEEDS = (-1, -2, -3)
MAX_SCRIPT_SEED = 1125899906842624
SEPARATE = "Separate Model & Clip"
FALSE_TEXTS = ("false", "null", "none", "", "0")

_PASSING = ("Reroute", "Node Combiner", "Node Collector")
"""Parts of type names that a mode switch looks through."""


def _restore_loras(saved: Saved) -> bool:
    """Power Lora Loader: add a row, numbered from 1, for each saved value that has a lora, before the
    button."""
    values = saved.raw.get("widgets_values")
    properties = saved.raw.get("properties")
    separate = isinstance(properties, dict) and properties.get("Show Strengths") == SEPARATE
    rows: list[Widget] = []
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if not isinstance(value, dict) or "lora" not in value:
            continue
        row = {key: item for key, item in value.items() if key != "strengthTwo"}
        if separate:
            strength = value.get("strengthTwo")
            row["strengthTwo"] = 1 if strength is None else strength
        rows.append(Widget(f"lora_{len(rows) + 1}", "custom", row, saved_at=index))
    header = [index for index, item in enumerate(saved.widgets) if item.name == "PowerLoraLoaderHeaderWidget"]
    position = header[0] + 1 if header else 0
    saved.widgets = [*saved.widgets[:position], *rows, *saved.widgets[position:]]
    return True


def _restore_primitive(saved: Saved) -> bool:
    """Power Primitive: convert the value to the type that the first widget names."""
    values = saved.raw.get("widgets_values")
    values = values if isinstance(values, list) else []
    by_name = {item.name: item for item in saved.widgets}
    kind, value = by_name.get("type"), by_name.get("value")
    if kind is None or value is None:
        return False
    if values:
        kind.value, kind.saved_at = "BOOLEAN" if values[0] == "BOOL" else values[0], 0
    if len(values) > 1:
        value.value, value.saved_at = values[1], 1
    inputs = saved.raw.get("inputs")
    linked = isinstance(inputs, list) and any(
        isinstance(slot, dict) and slot.get("link") is not None for slot in inputs[:1]
    )
    if linked:
        value.value = ""
    elif kind.value in ("INT", "FLOAT"):
        given = 0.0 if value.value is None else number(value.value)
        value.value = (0 if math.isnan(given) else value.value) if _is_number(value.value) else _whole(given)
    elif kind.value == "BOOLEAN":
        given = value.value
        value.value = given.lower() not in FALSE_TEXTS if isinstance(given, str) else truthy(given)
    elif value.value is not None:
        value.value = text(value.value)
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: float) -> int | float:
    if math.isnan(value):
        return 0
    return int(value) if is_finite(value) and value == int(value) else value


def _restore_puter(saved: Saved) -> bool:
    """Power Puter: old files have a single output type as text."""
    values = saved.raw.get("widgets_values")
    for index, widget in enumerate(saved.widgets):
        if isinstance(values, list) and index < len(values):
            widget.value, widget.saved_at = values[index], index
    outputs = saved.widgets[0].value if saved.widgets else None
    listed = outputs.get("outputs") if isinstance(outputs, dict) else [outputs]
    if isinstance(listed, list) and listed and all(isinstance(item, str) for item in listed):
        saved.widgets[0].value = {"outputs": ["BOOLEAN" if item == "BOOL" else item for item in listed]}
    return True


def _restore_comparer(saved: Saved) -> bool:
    """Image Comparer: restore the images of the last run, two of them selected."""
    values = saved.raw.get("widgets_values")
    shown = values[0] if isinstance(values, list) and values else []
    if isinstance(shown, dict):
        shown = shown.get("images")
    shown = shown if isinstance(shown, list) else []
    images = [
        {**item}
        if isinstance(item, dict)
        else {"url": item, "name": "A" if index == 0 else "B", "selected": True}
        for index, item in enumerate(shown)
    ]
    names = [str(item.get("name", "")) for item in images]
    if len(images) > 2 and not (any(n[:1] == "A" for n in names) and any(n[:1] == "B" for n in names)):
        images = images[:2]
    if images and not any(truthy(item.get("selected")) for item in images):
        images[0]["selected"] = True
    if len(images) > 1 and sum(truthy(item.get("selected")) for item in images) == 1:
        next(item for item in images if not truthy(item.get("selected")))["selected"] = True
    for item in images:
        item.pop("img", None)
    for widget in saved.widgets:
        if widget.name == "rgthree_comparer":
            widget.value, widget.saved_at = {"images": images}, 0 if shown else None
    return True


def _show_nothing(node: Node, export: Export) -> None:
    """Display Any: export its display empty."""
    for widget in node.widgets:
        if widget.name == "output":
            widget.value = ""


def _arrange_seed(widgets: list[Widget], spec: NodeSpec) -> list[Widget]:
    for widget in widgets:
        if widget.name == "seed":
            widget.value = -1
    return widgets


def _queue_seed(node: Node, export: Export) -> None:
    """Seed: replace -1, -2 and -3 with a random seed when the prompt is queued, not when it is exported."""
    widget = next((item for item in node.widgets if item.name == "seed"), None)
    if widget is None or widget.value not in SPECIAL_SEEDS or isinstance(widget.value, bool):
        return
    if not export.as_queue:
        message = f"seed {widget.value} is exported unchanged; the Queue button replaces it with a random one"
        export.report(codes.QUEUE_DIFFERS, message, node, widget, hint=QUEUE_HINT)
        return
    low = _limit(node, "randomMin", 0)
    high = _limit(node, "randomMax", MAX_SCRIPT_SEED)
    seed = low + export.choose(max(1, high - low))
    if export.seed is not None:
        export.report_drawn(f"the Queue button replaces {widget.value} by a seed", node, widget)
    widget.value = 0 if seed in SPECIAL_SEEDS else seed


def _limit(node: Node, name: str, otherwise: int) -> int:
    value = node.properties.get(name)
    if not is_finite(value):
        return otherwise
    return int(value) or otherwise  # type: ignore[arg-type]


def _arrange_prompt(widgets: list[Widget], spec: NodeSpec) -> list[Widget]:
    """Power Prompt: a combo for inserting exists only if it has something to insert."""
    widgets = [w for w in widgets if not w.name.startswith(("insert_", "target_", "crop_", "values_"))]
    for item in spec.declared:
        options = item.options.get("options")
        if not (item.optional and item.name.startswith("insert") and isinstance(options, list)):
            continue
        disabled = len(options) > 1 and str(options[1]).lower().startswith("disable ")
        if len(options) > 2 or (len(options) > 1 and not disabled):
            widgets.append(Widget(item.name, "combo", options[0], options=item.options))
    return widgets


def _move_old_outputs(export: Export) -> None:
    """Power Prompt: the text was output 0 in old files and is output 3 today."""
    nodes = export.graph.nodes
    old = {
        node.id
        for node in nodes.values()
        if node.type == "Power Prompt (rgthree)" and _first_output(node) == "STRING"
    }
    if not old:
        return
    for node in nodes.values():
        for inputs in (node.inputs, node.exits) if node.exits is not None else (node.inputs,):
            for index in inputs.bound_indexes():
                bound = inputs[index].binding
                if isinstance(bound, Link) and bound.origin in old and bound.origin_slot == 0:
                    inputs.bind(index, Link(bound.origin, 3, bound.pointer))


def _first_output(node: Node) -> Any:
    outputs = node.raw.get("outputs")
    first = outputs[0] if isinstance(outputs, list) and outputs else None
    return first.get("type") if isinstance(first, dict) else None


def _unmute_one(export: Export) -> None:
    """Random Unmuter: if all linked nodes are muted, let one of them run when the prompt is queued."""
    nodes = export.graph.nodes
    for node in list(nodes.values()):
        if node.type != "Random Unmuter (rgthree)":
            continue
        linked = _linked(node, export)
        if not linked or any(item.mode != MUTED for item in linked):
            continue
        if export.as_queue:
            chosen = linked[export.choose(len(linked))]
            chosen.mode = 0
            if export.seed is not None and len(linked) > 1:
                export.report_drawn(f"of {len(linked)} linked nodes {chosen.id} runs", node)
        else:
            export.report(
                codes.QUEUE_DIFFERS,
                "all nodes linked to this node are muted: the Queue button runs one of them at random",
                node,
                hint=QUEUE_HINT,
            )


def _linked(start: Node, export: Export) -> list[Node]:
    """The nodes that are linked to a node, directly or through reroutes and collectors."""
    found: dict[str, Node] = {}
    seen = {start.id}
    waiting = [start]
    while waiting:
        for slot in waiting.pop().inputs:
            bound = slot.binding
            origin = export.graph.nodes.get(bound.origin) if isinstance(bound, Link) else None
            if origin is None or origin.id in seen:
                continue
            seen.add(origin.id)
            if origin.type is not None and any(part in origin.type for part in _PASSING):
                waiting.append(origin)
            else:
                found[origin.id] = origin
    return list(found.values())


def _virtual(title: str, *, inputs: bool = True, output: str = "", **hooks: Any) -> Behaviour:
    return Behaviour(
        pass_through, title, (("", "*"),) if inputs else (), (output,) if output else (), **hooks
    )


_PROMPT = Behaviour(arrange=_arrange_prompt)
_DISPLAY = Behaviour(finish=_show_nothing)

BEHAVIOURS = {
    "Reroute (rgthree)": _virtual("Reroute (rgthree)", output="*"),
    "Node Collector (rgthree)": _virtual("Node Collector (rgthree)", output="*"),
    "Node Combiner (rgthree)": _virtual("Node Combiner (rgthree)", output="*"),
    "Fast Muter (rgthree)": _virtual("Fast Muter (rgthree)", output="*"),
    "Fast Bypasser (rgthree)": _virtual("Fast Bypasser (rgthree)", output="*"),
    "Fast Groups Muter (rgthree)": _virtual("Fast Groups Muter (rgthree)", inputs=False, output="*"),
    "Fast Groups Bypasser (rgthree)": _virtual("Fast Groups Bypasser (rgthree)", inputs=False, output="*"),
    "Mute / Bypass Relay (rgthree)": _virtual("Mute / Bypass Relay (rgthree)", output="_NODE_REPEATER_"),
    "Mute / Bypass Repeater (rgthree)": _virtual("Mute / Bypass Repeater (rgthree)", output="*"),
    "Random Unmuter (rgthree)": _virtual("Random Unmuter (rgthree)", rewire=_unmute_one),
    "Fast Actions Button (rgthree)": _virtual("Fast Actions Button (rgthree)"),
    "Bookmark (rgthree)": _virtual("Bookmark (rgthree)", inputs=False, widgets=("shortcut_key", "zoom")),
    "Label (rgthree)": _virtual("Label (rgthree)", inputs=False),
    "Power Lora Loader (rgthree)": Behaviour(restore=_restore_loras),
    "Power Primitive (rgthree)": Behaviour(restore=_restore_primitive),
    "Power Puter (rgthree)": Behaviour(restore=_restore_puter),
    "Image Comparer (rgthree)": Behaviour(restore=_restore_comparer),
    "Display Any (rgthree)": _DISPLAY,
    "Display Int (rgthree)": _DISPLAY,
    "Seed (rgthree)": Behaviour(arrange=_arrange_seed, finish=_queue_seed),
    "Power Prompt (rgthree)": Behaviour(arrange=_arrange_prompt, rewire=_move_old_outputs),
    "Power Prompt - Simple (rgthree)": _PROMPT,
    "SDXL Power Prompt - Positive (rgthree)": _PROMPT,
    "SDXL Power Prompt - Simple / Negative (rgthree)": _PROMPT,
}
