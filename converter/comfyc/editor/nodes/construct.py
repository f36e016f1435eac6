"""Make a node from its type, as the editor does before it reads the node's saved state.

``construct`` runs the editor's two passes over the inputs of a type (sockets, then widgets) and applies the
changes that core extensions make to new nodes.
"""

from __future__ import annotations

from comfyc.catalog.core_types import Trait, types_with
from comfyc.catalog.specs import InputSpec, NodeSpec
from comfyc.editor.nodes.adding import MAKERS, SOCKETS, add_input, add_socket, add_widget_input
from comfyc.editor.nodes.dynamic import make_custom_combo, make_dynamic_combo, make_dynamic_group
from comfyc.editor.nodes.growing import apply_autogrow
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import Widget, rename_duplicates
from comfyc.packs.behaviour import PACK_WIDGET
from comfyc.workflow.model import FileNode

NO_FILE = FileNode("", "", {}, ())
"""The saved state of a node that is not in any file."""

_WITH_FILE_NAME = types_with(Trait.FILE_NAME)
_WITH_TEXT = types_with(Trait.TEXT_PREVIEW)
_WITH_OPTIONS = types_with(Trait.OWN_OPTIONS)
_WITH_CAMERA = types_with(Trait.CAMERA)


def _pack_widget(node: LiveNode, spec: InputSpec) -> Widget:
    """A widget that the script of a custom node pack makes."""
    flags, default = spec.options[PACK_WIDGET]
    widget = Widget(spec.name, "custom", spec.options.get("default", default), options=spec.options)
    widget.sent, widget.stored = "p" in flags, "s" in flags
    node.own_widgets().append(widget)
    return widget


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


MAKERS["COMFY_DYNAMICCOMBO_V3"] = make_dynamic_combo
MAKERS["COMFY_DYNAMICGROUP_V3"] = make_dynamic_group
MAKERS[PACK_WIDGET] = _pack_widget
SOCKETS["COMFY_AUTOGROW_V3"] = apply_autogrow
SOCKETS["COMFY_MATCHTYPE_V3"] = _add_match_type


def construct(name: str, spec: NodeSpec) -> LiveNode:
    """Make a node of the type ``name``, with the default value in every widget."""
    node = LiveNode(NO_FILE, "", name, None, 0, {}, is_pattern=True)
    for item in spec.ordered:
        add_socket(node, item)
    for item in spec.ordered:
        add_widget_input(node, item)
    node.outputs = ["*" if kind == "COMFY_MATCHTYPE_V3" else kind for kind in spec.outputs]
    node.output_matchtypes = spec.output_matchtypes
    for widget in node.widgets:
        if widget.kind in ("text", "customtext") and widget.options.get("dynamicPrompts") is True:
            widget.finish = "dynamic"
    _on_created(node)
    rename_duplicates(node.own_widgets())
    return node


def _on_created(node: LiveNode) -> None:
    """Apply the changes that core extensions make to new nodes of certain types."""
    if node.type in _WITH_FILE_NAME:
        prefix = node.widgets.get("filename_prefix")
        if prefix is not None:
            prefix.finish = "filename"
    elif node.type in _WITH_OPTIONS:
        make_custom_combo(node)
    elif node.type in _WITH_TEXT:
        node.own_widgets().append(Widget("preview_text", "textPreview", "", sent=False, stored=False))
        node.own_widgets().append(Widget("preview_mode", "toggle", False, sent=False, stored=False))
    elif node.type in _WITH_CAMERA:
        node.own_widgets().append(Widget("waiting for camera...", "button", "capture", sent=False))
