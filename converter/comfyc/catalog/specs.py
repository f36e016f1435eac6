"""Read one entry of /object_info as the editor does: the inputs of a node type, in the editor's order.

Before the editor makes a node, some of its own extensions add inputs to the definition. The definition is
then converted to its "V2" form (``schemas/nodeDef/migration.ts``), and the inputs are put into the order of
``input_order`` (``workbench/utils/nodeDefOrderingUtil.ts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.javascript.values import key_order

_AUDIO_PLAYERS = types_with(Trait.AUDIO_PLAYER)
_MODEL_PREVIEWS = types_with(Trait.MODEL_PREVIEW)
_SCENES = types_with(Trait.SCENE)

MATCH_TYPE = "COMFY_MATCHTYPE_V3"
"""The type of inputs and outputs that take on the type of the slots they are linked with."""
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
"""The type of a combo whose chosen option brings inputs of its own, named ``<combo>.<input>``."""

UPLOAD_FLAGS = ("image_upload", "video_upload", "animated_image_upload")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a node type.

    ``type`` is the type of the socket ("COMBO" if the definition is a list of options, which becomes
    ``options["options"]``); ``options`` is the second element of the definition.
    """

    name: str
    type: Any
    optional: bool
    options: Mapping[str, Any]

    @property
    def widget_type(self) -> str | None:
        """The type by which the editor looks up a widget, None for an input that is always a socket."""
        kind = self.options.get("widgetType") or self.type
        return kind if isinstance(kind, str) and not self.options.get("forceInput") else None

    @property
    def force_input(self) -> bool:
        """Whether the input is a socket even if its type has a widget."""
        return bool(self.options.get("forceInput"))


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node type: its inputs in the order of object_info (``declared``) and in the editor's order
    (``ordered``), its output types, and for each output its match-type group or None
    (``output_matchtypes``)."""

    name: str
    declared: tuple[InputSpec, ...]
    ordered: tuple[InputSpec, ...]
    outputs: tuple[Any, ...]
    output_matchtypes: tuple[Any, ...]
    groups: tuple[InputSpec, ...] = ()
    """The required, then the optional inputs as they are written; an input in both groups is there twice."""


def input_spec(name: str, definition: Any, *, optional: bool) -> InputSpec:
    """Read one definition ``[type, options]`` of object_info; a malformed one becomes a socket "UNKNOWN"."""
    kind: Any = definition
    options: Mapping[str, Any] = {}
    if isinstance(definition, list):
        kind = definition[0] if definition else None
        if len(definition) > 1 and isinstance(definition[1], dict):
            options = definition[1]
    if isinstance(kind, list):
        return InputSpec(name, "COMBO", optional, {**options, "options": kind})
    if not isinstance(kind, str):
        kind = "UNKNOWN"
    if "type" in options and kind != "CHART":  # the editor spreads the options over the type
        kind = options["type"]
    return InputSpec(name, kind, optional, options)


def node_spec(name: str, info: Mapping[str, Any]) -> NodeSpec:
    """Read one entry of object_info as the editor does. ``info`` is the result of ``Catalog.info``."""
    required, optional = _groups(name, info)
    declared: dict[str, InputSpec] = {}
    groups: list[InputSpec] = []
    for key, definition in required.items():
        declared[key] = input_spec(key, definition, optional=False)
        groups.append(declared[key])
    for key, definition in optional.items():
        spec = input_spec(key, definition, optional=True)
        groups.append(spec)
        if spec.options.get("defaultInput"):  # ComfyNodeDefImpl migrates it, for optional inputs only
            spec = InputSpec(spec.name, spec.type, True, {**spec.options, "forceInput": True})
        declared[key] = spec
    if any(key[:1].isdigit() for key in declared):
        declared = {key: declared[key] for key in key_order(declared)}
    outputs = info.get("output")
    return NodeSpec(
        name,
        tuple(declared.values()),
        tuple(_in_editor_order(declared, info.get("input_order"))),
        tuple("COMBO" if isinstance(kind, list) else kind for kind in outputs)
        if isinstance(outputs, list)
        else (),
        _output_matchtypes(info, required, optional),
        tuple(groups),
    )


def _output_matchtypes(
    info: Mapping[str, Any], required: Mapping[str, Any], optional: Mapping[str, Any]
) -> tuple[Any, ...]:
    """For each output the group of match-type inputs whose type it takes on, None for an output of a fixed
    type.

    A trimmed catalogue may lack this member. It is then inferred if all match-type inputs are of one group.
    """
    outputs, said = info.get("output"), info.get("output_matchtypes")
    if "output_matchtypes" in info or not isinstance(outputs, list) or MATCH_TYPE not in outputs:
        return tuple(said) if isinstance(said, list) else ()
    groups = set(_match_groups([*required.values(), *optional.values()]))
    (group,) = groups if len(groups) == 1 else (None,)
    return tuple(group if kind == MATCH_TYPE else None for kind in outputs)


def _match_groups(definitions: Iterable[Any], depth: int = 8) -> Iterator[str]:
    """The groups of the match-type inputs, including those inside autogrow groups."""
    for definition in definitions:
        spec = input_spec("", definition, optional=False)
        template = spec.options.get("template")
        if not isinstance(template, dict) or not depth:
            continue
        group, inner = template.get("template_id"), template.get("input")
        if spec.type == MATCH_TYPE and isinstance(group, str):
            yield group
        elif isinstance(inner, dict):
            sections = (section for section in inner.values() if isinstance(section, dict))
            yield from _match_groups((made for section in sections for made in section.values()), depth - 1)


def input_named(info: Mapping[str, Any], name: str, written: Mapping[str, Any]) -> InputSpec | None:
    """The definition of the input ``name`` of a node whose inputs in the prompt are ``written``; ``None`` if
    the node has no such input.

    "mode.seed" is the input "seed" of the option that is chosen in the dynamic combo "mode".
    """
    for spec in node_spec("", info).declared:
        if spec.name == name:
            return spec
        if spec.type == DYNAMIC_COMBO and name.startswith(f"{spec.name}."):
            options = spec.options.get("options")
            for option in options if isinstance(options, list) else ():
                if not isinstance(option, dict) or option.get("key") != written.get(spec.name):
                    continue
                inner = len(spec.name) + 1
                below = {key[inner:]: value for key, value in written.items() if key[:inner] == name[:inner]}
                return input_named({"input": option.get("inputs")}, name[inner:], below)
    return None


def extended_inputs(name: str, info: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions of all inputs by name, as in object_info, including those that the editor adds."""
    required, optional = _groups(name, info)
    return {**required, **optional}


def _groups(name: str, info: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    groups = info.get("input")
    groups = groups if isinstance(groups, dict) else {}
    required = _group(groups, "required")
    _extend(name, required, has_required="required" in groups)
    return required, _group(groups, "optional")


def _group(groups: Mapping[str, Any], name: str) -> dict[str, Any]:
    group = groups.get(name)
    return dict(group) if isinstance(group, dict) else {}


def _extend(name: str, required: dict[str, Any], *, has_required: bool) -> None:
    """Add the inputs that the editor's own extensions add to a definition."""
    if name in _AUDIO_PLAYERS:
        required["audioUI"] = ["AUDIO_UI", {}]
    audio = required.get("audio")
    if audio is not None and input_spec("audio", audio, optional=False).options.get("audio_upload") is True:
        required["upload"] = ["AUDIOUPLOAD", {}]
    for key, definition in required.items():
        spec = input_spec(key, definition, optional=False)
        if spec.type == "COMBO" and any(spec.options.get(flag) is True for flag in UPLOAD_FLAGS):
            required["upload"] = ["IMAGEUPLOAD", {**spec.options, "imageInputName": key}]
            break
    if name in _MODEL_PREVIEWS:
        required["image"] = ["PREVIEW_3D"]
    if name in _SCENES and has_required:
        required["viewport_state"] = ["LOAD_3D_ADVANCED", {}]


def _in_editor_order(declared: dict[str, InputSpec], input_order: Any) -> list[InputSpec]:
    if not isinstance(input_order, dict):
        return list(declared.values())
    ordered: dict[str, InputSpec] = {}
    for group, optional in (("required", False), ("optional", True)):
        names = input_order.get(group)
        for name in names if isinstance(names, list) else ():
            spec = declared.get(name) if isinstance(name, str) else None
            if spec is not None and spec.optional is optional:
                ordered[name] = spec
    for name, spec in declared.items():
        ordered.setdefault(name, spec)
    return list(ordered.values())
