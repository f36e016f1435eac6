"""Make a node from its type, as the editor does before it reads the node's saved state.

``construct`` runs the editor's two passes over the inputs of a type (sockets, then widgets) and what
core extensions do to new nodes. Most types give the same node each time: :class:`Shapes` keeps those
as patterns and copies them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.catalog.specs import InputSpec, NodeSpec, input_spec, node_spec
from comfyc.editor.autogrow import apply_autogrow, fields
from comfyc.editor.dynamic import make_custom_combo, make_dynamic_combo, make_dynamic_group
from comfyc.editor.folding import Outcomes, sketch_of
from comfyc.editor.live import LiveInput, LiveNode, rename_duplicates
from comfyc.editor.scripts import PACK_WIDGET, Scripts
from comfyc.editor.widgets import MAKERS
from comfyc.graph import Sketch, Widget
from comfyc.javascript.values import truthy
from comfyc.workflow import FileNode

SAVE_TYPES = frozenset(
    {
        "SaveImage",
        "SaveImageAdvanced",
        "SaveSVGNode",
        "SaveVideo",
        "SaveAnimatedWEBP",
        "SaveWEBM",
        "SaveAudio",
        "SaveAudioMP3",
        "SaveAudioOpus",
        "SaveAudioAdvanced",
        "SaveGLB",
        "Save3DAdvanced",
        "SaveGaussianSplat",
        "SavePointCloud",
        "SaveAnimatedPNG",
        "CLIPSave",
        "VAESave",
        "ModelSave",
        "LoraSave",
        "SaveLatent",
    }
)
"""Types whose ``filename_prefix`` gets text replacement (``extensions/core/saveImageExtraOutput.ts``)."""

TEXT_PREVIEW_TYPES = frozenset({"PreviewAny", "SaveText"})

LARGE = 400
"""Inputs and widgets that no ordinary node has."""

MAX_SLOTS = 10_000
"""Inputs and widgets of a node at which groups inside groups bring no more."""

Maker = Callable[[LiveNode, InputSpec], "Widget | None"]


def _all_makers() -> dict[str, Maker]:
    def combo(node: LiveNode, spec: InputSpec) -> Widget | None:
        return make_dynamic_combo(node, spec, add_input)

    def group(node: LiveNode, spec: InputSpec) -> Widget | None:
        make_dynamic_group(node, spec, add_input)
        return None

    def pack(node: LiveNode, spec: InputSpec) -> Widget:
        flags, default = spec.options[PACK_WIDGET]
        widget = Widget(spec.name, "custom", spec.options.get("default", default), options=spec.options)
        widget.sent, widget.stored = "p" in flags, "s" in flags
        node.widgets.append(widget)
        return widget

    return {**MAKERS, "COMFY_DYNAMICCOMBO_V3": combo, "COMFY_DYNAMICGROUP_V3": group, PACK_WIDGET: pack}


def has_widget(spec: InputSpec) -> bool:
    """Whether the editor makes a widget for this input."""
    return _maker(spec) is not None


def _maker(spec: InputSpec) -> Maker | None:
    kind = spec.widget_type
    return None if kind is None else _MAKERS.get(kind)


def add_input(node: LiveNode, spec: InputSpec) -> None:
    """Add the socket, or the widget with its socket, of one input (``addNodeInput``)."""
    if len(node.inputs) + len(node.widgets) + len(node.autogrow or ()) > MAX_SLOTS:
        return
    _add_socket(node, spec)
    _add_widget(node, spec)


def _add_socket(node: LiveNode, spec: InputSpec) -> None:
    if has_widget(spec):
        return
    if spec.type == "COMFY_AUTOGROW_V3":
        apply_autogrow(node, spec, add_input)
    elif spec.type == "COMFY_MATCHTYPE_V3":
        _add_match_type(node, spec)
    else:
        node.inputs.append(LiveInput(spec.name, spec.type))


def _add_match_type(node: LiveNode, spec: InputSpec) -> None:
    template = spec.options.get("template")
    template = template if isinstance(template, dict) else {}
    allowed, group = template.get("allowed_types"), template.get("template_id")
    if not isinstance(allowed, str) or not isinstance(group, str):
        add_input(node, InputSpec(spec.name, "*", spec.optional, spec.options))
        return
    add_input(node, InputSpec(spec.name, allowed, spec.optional, spec.options))
    if node.matchtypes is None:
        node.matchtypes = {}
    node.matchtypes[spec.name] = (group, allowed)


def _add_widget(node: LiveNode, spec: InputSpec) -> None:
    maker = _maker(spec)
    if maker is None:
        return
    if maker(node, spec) is not None:
        kept = spec if node.placed is not None else None
        node.inputs.append(LiveInput(spec.name, spec.type, spec.name, spec=kept))


_MAKERS = _all_makers()


def construct(name: str, spec: NodeSpec) -> LiveNode:
    """A new node of the type ``name``, with the default value in every widget."""
    node = LiveNode("", name, None, 0, [], [], [], {})
    for item in spec.ordered:
        _add_socket(node, item)
    for item in spec.ordered:
        _add_widget(node, item)
    node.outputs = ["*" if kind == "COMFY_MATCHTYPE_V3" else kind for kind in spec.outputs]
    node.output_matchtypes = spec.output_matchtypes
    for widget in node.widgets:
        if widget.kind in ("text", "customtext") and widget.options.get("dynamicPrompts") is True:
            widget.finish = "dynamic"
    _on_created(node)
    rename_duplicates(node.widgets)
    return node


def _on_created(node: LiveNode) -> None:
    """What core extensions do to a node of certain types when it has been made."""
    if node.type in SAVE_TYPES:
        prefix = node.widget("filename_prefix")
        if prefix is not None:
            prefix.finish = "filename"
    elif node.type == "CustomCombo":
        make_custom_combo(node)
    elif node.type in TEXT_PREVIEW_TYPES:
        node.widgets.append(Widget("preview_text", "textPreview", "", sent=False, stored=False))
        node.widgets.append(Widget("preview_mode", "toggle", False, sent=False, stored=False))
    elif node.type == "WebcamCapture":
        node.widgets.append(Widget("waiting for camera...", "button", "capture", sent=False))


@dataclass(frozen=True, slots=True)
class Shape:
    """What the editor knows of a type: a new node of it, to be copied for each one in a file."""

    pattern: LiveNode
    size: int
    """How many inputs and widgets a new node has."""
    title: str
    is_dynamic: bool
    has_control: bool
    stored: int
    """How many widgets of a new node take a place in ``widgets_values``."""
    widgets_stored: tuple[bool, ...]
    force_flags: tuple[bool, ...]
    """For each value that a file of old may hold: whether its input is a plain socket today."""
    as_is: int
    """The number of values that need no look for values of old inputs; -1 for any number, -2 for none."""
    has_branches: bool = False
    """Whether a widget holds the names of branches, which label the node's inputs."""
    is_plain: bool = False
    """Whether the type is as object_info says it, each widget input with its widget, once and for all."""
    scripts: Scripts | None = None
    """What the scripts of a custom-node pack make of the type; None for ComfyUI's own types."""
    core_version: str | None = None
    """The version of ComfyUI for one of its own types that the bundled catalogue gives."""

    sketch: Sketch | None = None
    """What a node of the type adds to its links and values, where these are all that it has of its own."""
    outcomes: Outcomes | None = None
    """For a type whose inputs come and go: what became of nodes of it so far."""

    def node(self, file: FileNode, title: Any, mode: Any, properties: Mapping[str, Any]) -> LiveNode:
        """A new node of this type for a saved one: its inputs unlinked, its widgets at their defaults."""
        pattern = self.pattern
        return LiveNode(
            file.id,
            pattern.type,
            title,
            mode,
            [LiveInput(slot.name, slot.type, slot.widget) for slot in pattern.slots],
            pattern.outputs,
            [widget.anew() for widget in pattern.held],
            properties,
            file,
            raw=file.raw,
            file=file,
            autogrow=dict(pattern.autogrow) if pattern.autogrow is not None else None,
            matchtypes=dict(pattern.matchtypes) if pattern.matchtypes is not None else None,
            output_matchtypes=pattern.output_matchtypes,
            declared=pattern.declared,
            grown=list(pattern.grown) if pattern.grown is not None else None,
        )


def shape_of(
    name: str,
    info: dict[str, Any],
    title: str,
    scripts: Scripts | None = None,
    core_version: str | None = None,
) -> Shape:
    """The shape of a type from its entry in object_info; its class is the entry's own name.

    ``scripts`` is what its pack's scripts make of it, ``core_version`` the ComfyUI of a bundled entry.
    """
    own = info.get("name")
    name = own if isinstance(own, str) and own else name
    spec = node_spec(name, info)
    if scripts is not None:
        spec = scripts.with_widgets(spec)
    pattern = construct(name, spec)
    pattern.declared = {item.name: item for item in reversed(spec.groups)}
    if scripts is not None:
        scripts.rearrange(pattern, spec)
    names = {widget.name for widget in pattern.widgets}
    unstored = {widget.name for widget in pattern.widgets if not widget.stored}
    flags: list[bool] = []
    for item in spec.declared:
        if (item.name in names or item.force_input) and item.name not in unstored:
            flags.append(item.force_input)
            if truthy(item.options.get("control_after_generate")):
                flags.append(False)
    kept = tuple(item.stored for item in pattern.widgets)
    stored = sum(kept)
    keeps_all = any(_has_rows(item) for item in spec.declared)
    is_dynamic = pattern.autogrow is not None or any(item.change for item in pattern.widgets)
    has_strays = any(slot.widget is not None and slot.widget not in names for slot in pattern.inputs)
    needs_all = any(flags) or stored < len(pattern.widgets)
    is_plain = not is_dynamic and scripts is None and not has_strays
    drops_values = any(flags) and len(flags) in (stored, sum(kept[:stored]))
    size = len(pattern.inputs) + len(pattern.widgets)
    return Shape(
        pattern,
        size,
        title,
        is_dynamic=is_dynamic,
        has_control=any(item.kind == "control" for item in pattern.widgets),
        stored=stored,
        widgets_stored=kept,
        force_flags=tuple(flags),
        as_is=-1 if keeps_all else -2 if any(flags) else stored,
        has_branches=any(item.kind == "branchnames" for item in pattern.widgets),
        is_plain=is_plain,
        scripts=scripts,
        core_version=core_version,
        sketch=None
        if drops_values or not is_plain or pattern.matchtypes or size > LARGE
        else sketch_of(pattern, needs_all=needs_all),
        outcomes=Outcomes() if is_dynamic and scripts is None and size <= LARGE else None,
    )


def _has_rows(spec: InputSpec, depth: int = 8) -> bool:
    """Whether the input or one inside it is a dynamic group (``inputSpecTree``)."""
    if spec.type == "COMFY_DYNAMICGROUP_V3":
        return True
    if spec.type != "COMFY_DYNAMICCOMBO_V3" or not depth:
        return False
    rows = spec.options.get("options")
    return any(
        _has_rows(input_spec(name, definition, optional=optional), depth - 1)
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
        for name, definition, optional in fields(row.get("inputs"))
    )
