"""One node as the editor saves it, from its definition in a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from scripts.generator.values import CONTROLS, ODD, Spec, options_of, value, widget_type

Json = dict[str, Any]
TITLES = (
    "Positive Prompt",
    "Negative Prompt",
    "",
    "My node",
    "\u00dcber \U0001f431",
    "a.b",
    "100% <b>&</b>",
    "Load",
)
PACKS: tuple[Json, ...] = (
    {"cnr_id": "comfy-core", "ver": "0.3.64"},
    {"cnr_id": "comfy-core", "ver": "0.33.0"},
    {"cnr_id": "comfy-core"},
    {"aux_id": "kijai/ComfyUI-KJNodes", "ver": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"},
    {"cnr_id": "rgthree-comfy", "aux_id": "rgthree/rgthree-comfy", "ver": "v1.0.2"},
    {"cnr_id": "some pack", "aux_id": "no-slash", "ver": "latest"},
    {"cnr_id": "comfyui-x", "ver": "unknown"},
    {"cnr_id": "", "ver": ""},
    {"cnr_id": 5, "aux_id": None, "ver": 1.2},
    {"cnr_id": "x/y", "aux_id": "a/b/c", "ver": "1.2"},
    {"cnr_id": "pack", "ver": "1.2.3-rc.1+build5"},
    {"cnr_id": "pack", "ver": "nightly"},
)


@dataclass(frozen=True, slots=True)
class Style:
    """Habits of one made-up editor: which of the optional members it writes."""

    widget_inputs: bool  # saves widget inputs that are not linked (1.16 to 1.3x)
    localized: bool  # saves localized_name
    packs: bool  # saves cnr_id, aux_id and ver
    slot_index: bool
    oddness: float  # chance of each small oddity


def ordered_inputs(definition: Json) -> list[tuple[str, Spec]]:
    """The inputs of a node type in the order that widgets_values follows."""
    groups = definition.get("input") or {}
    order = definition.get("input_order") or {}
    found: list[tuple[str, Spec]] = []
    for group in ("required", "optional"):
        specs = groups.get(group) or {}
        names = [name for name in order.get(group, ()) if name in specs]
        found += [(name, specs[name]) for name in [*names, *(key for key in specs if key not in names)]]
    return found


def _companions(rng: Random, name: str, spec: Spec) -> list[Any]:
    """Values of the widgets that come along with a widget and take a place of their own in widgets_values."""
    kind, options = widget_type(spec), options_of(spec)
    control = options.get("control_after_generate")
    extra: list[Any] = []
    if kind == "INT" and (control or (control is None and name in ("seed", "noise_seed"))):
        extra = [rng.choice(CONTROLS) if rng.random() < 0.95 else rng.choice((True, False, None, "", 7))]
    elif kind == "FLOAT" and control:
        extra = [rng.choice(CONTROLS)]
    elif kind == "COMBO":
        if options.get("remote"):
            extra += [False, *(["refresh"] if options["remote"].get("refresh_button") else [])]
        if control:
            extra += [rng.choice(CONTROLS), *([] if options.get("multi_select") else [""])]
        if options.get("image_upload") or options.get("video_upload"):
            extra.append("image")
    elif kind == "BOUNDING_BOX":
        extra = [0, 0, 512, 512]
    elif kind == "LOAD_3D":
        extra = ["upload3dmodel", "uploadExtraResources", "clear"]
    return extra


def _expand(rng: Random, name: str, spec: Spec, inputs: list[Json], values: list[Any]) -> None:
    """Append the slots and the widget values of one input, with the inputs it brings along."""
    kind = widget_type(spec)
    if kind is None:
        _sockets(rng, name, spec, inputs, values)
    elif kind == "COMFY_DYNAMICCOMBO_V3":
        options = options_of(spec).get("options") or []
        chosen = rng.choice(options) if options else {"key": None}
        values.append(chosen["key"] if rng.random() < 0.97 else rng.choice(ODD))
        inputs.append(widget_slot(name, spec[0]))
        for sub, inner in ordered_inputs({"input": chosen.get("inputs")}):
            _expand(rng, f"{name}.{sub}", inner, inputs, values)
    elif kind == "COMFY_DYNAMICGROUP_V3":
        rows = rng.randrange(options_of(spec).get("min", 0), 4)
        values.append(rows)
        for row in range(rows):
            for sub, inner in ordered_inputs({"input": options_of(spec)["template"]}):
                _expand(rng, f"{name}.{row}.{sub}", inner, inputs, values)
    else:
        if kind not in ("IMAGECOMPARE", "AUDIO_UI", "RESOLUTION_PREVIEW", "LIGHT_INFO_PREVIEW"):
            values += [value(rng, name, spec), *_companions(rng, name, spec)]
        inputs.append(widget_slot(name, "COMBO" if isinstance(spec[0], list) else spec[0]))


def _sockets(rng: Random, name: str, spec: Spec, inputs: list[Json], values: list[Any]) -> None:
    template = options_of(spec).get("template") or {}
    if spec[0] == "COMFY_MATCHTYPE_V3":
        inputs.append(slot(name, template.get("allowed_types", "*")))
    elif spec[0] == "COMFY_AUTOGROW_V3":
        names = template.get("names")
        count = rng.randint(0, min(4, len(names) if names else template.get("max", 100)))
        for ordinal in range(count + 1):
            for sub, inner in ordered_inputs({"input": template.get("input")}):
                several = len(ordered_inputs({"input": template.get("input")})) > 1
                stem = sub if several else template.get("prefix", "")
                base = names[ordinal % len(names)] if names else f"{stem}{ordinal}"
                _expand(rng, f"{name}.{base}", inner, inputs, values)
    else:
        inputs.append(slot(name, spec[0] if isinstance(spec[0], str) else "COMBO"))


def slot(name: str, kind: str) -> Json:
    """An input socket without link."""
    return {"name": name, "type": kind, "link": None}


def widget_slot(name: str, kind: str) -> Json:
    """The socket of a widget, without link."""
    return {"name": name, "type": kind, "widget": {"name": name}, "link": None}


def bare_node(rng: Random, node_id: Any, kind: str, inputs: list[Json], outputs: list[Json]) -> Json:
    """The members that every node has."""
    return {
        "id": node_id,
        "type": kind,
        "pos": [rng.randrange(2000), rng.randrange(1000)],
        "size": [rng.randrange(200, 400), rng.randrange(60, 300)],
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": inputs,
        "outputs": outputs,
        "properties": {},
    }


def make_node(rng: Random, node_id: Any, kind: str, definition: Json, style: Style) -> Json:
    """A node of a known type with values for its widgets and no links yet."""
    inputs: list[Json] = []
    values: list[Any] = []
    for name, spec in ordered_inputs(definition):
        _expand(rng, name, spec, inputs, values)
    inputs.sort(key=lambda item: "widget" in item)  # plain sockets come first
    names = definition.get("output_name") or []
    outputs: list[Json] = [
        {
            "name": names[index] if index < len(names) else f"output_{index}",
            "type": "COMBO" if isinstance(output, list) else output,
            "links": [],
        }
        for index, output in enumerate(definition.get("output") or [])
    ]
    for output in outputs:
        output["type"] = "*" if output["type"] == "COMFY_MATCHTYPE_V3" else output["type"]
    node = bare_node(rng, node_id, kind, inputs, outputs)
    node["properties"] = {"Node name for S&R": kind}
    if rng.random() < 0.1:
        node["title"] = rng.choice(TITLES)
    if style.packs:
        node["properties"] = {**rng.choice(PACKS if rng.random() < 0.3 else PACKS[:2]), **node["properties"]}
    if values or rng.random() < 0.5:
        node["widgets_values"] = _worn(rng, values, style.oddness)
    return node


def _worn(rng: Random, values: list[Any], oddness: float) -> Any:
    """The values as they may have come down: the pack or the editor has changed since."""
    if rng.random() >= oddness:
        return values
    return rng.choice(
        (
            values[: rng.randrange(len(values) + 1)],
            [*values, rng.choice(ODD)],
            [*values, "fixed", 1, None],
            [None, *values],
            [None if rng.random() < 0.4 else item for item in values],
            [],
            None,
            {str(index): item for index, item in enumerate(values)},
            {"text": "abc", "seed": 5},
            values[1:],
        )
    )
