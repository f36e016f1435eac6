"""Changes to texts at export: dynamic prompts, and tokens in file names.

Sources: ``extensions/core/dynamicPrompts.ts``, ``processDynamicPrompt`` of
``packages/shared-frontend-utils/src/formatUtil.ts``, ``saveImageExtraOutput.ts``, ``customWidgets.ts``
(the index of CustomCombo), frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from comfyc import codes
from comfyc.diagnostics import Pointer
from comfyc.graph import BROWSER_KINDS, Const, Graph, Input, Link, Node, Widget, WidgetList
from comfyc.javascript.values import is_safe, shown
from comfyc.options import DynamicPrompts
from comfyc.passes.context import Context
from comfyc.passes.dynamicprompts import TooManyAlternativesError, strip_comments
from comfyc.passes.integers import report_integer
from comfyc.passes.scenes import is_known, scene_state, takes_pictures
from comfyc.safety.json_size import parse_inner

_TOKENS = {"dynamic": ("{", "/", "\\", "@"), "filename": ("%",)}
"""Characters that a text must have to be changed, by the widget's ``finish``."""
_BRACES = re.compile(r"\{[^{}]*\}")


def finish_texts(graph: Graph, context: Context) -> Graph:
    """Give the value of every exported widget its final form."""
    nodes = graph.nodes
    for node in nodes.values():
        special = node.widgets.special()
        if special:
            _report_unreplaced(node, special, graph, context)
            if any(map(_may_change, special)):
                nodes[node.id] = _finish(node, context)
    return graph


def _may_change(widget: Widget) -> bool:
    """Whether the export may replace the value: all but texts without any character of a token."""
    tokens = _TOKENS.get(widget.finish or "")
    value = widget.value
    return tokens is None or value.__class__ is not str or any(token in value for token in tokens)


def _finish(node: Node, context: Context) -> Node:
    """A copy of the node with its texts in their final form; other nodes' texts refer to the original."""
    bound = {slot.name for slot in node.inputs.bound()}
    widgets = node.widgets.editable()
    if any(widget.finish is not None or widget.kind in BROWSER_KINDS for widget in widgets):
        widgets = WidgetList(
            widget if widget.name in bound else _finished(node, widget, context) for widget in widgets
        )
        node = replace(node, widgets=widgets)
    for widget in widgets:
        if widget.value.__class__ is int and not is_safe(widget.value) and widget.name not in bound:
            report_integer(node, widget.name, widget.value, node.pointer_of(widget), context)
    return node


def _finished(node: Node, widget: Widget, context: Context) -> Widget:
    """A copy of an exported widget with its value in its final form."""
    if widget.finish == "index":
        return replace(widget, value=_choice_index(node))
    if widget.finish == "scene":
        return replace(widget, value=_scene(node, widget, context), saved_at=None)
    if widget.kind in BROWSER_KINDS and widget.sent:
        message = f"the browser makes the value of '{widget.name}' when it exports"
        _report(codes.NEEDS_BROWSER, message, node, widget, context)
    if widget.finish == "always":
        return replace(widget, value=widget.options["always"])
    if widget.finish is None or not isinstance(widget.value, str):
        return widget
    if widget.finish == "filename":
        value = context.replacements.apply(widget.value, context.editor.root)
    elif context.options.dynamic_prompts is DynamicPrompts.KEEP:
        return widget
    else:
        value = _dynamic(node, widget, context)
    return widget if value == widget.value else replace(widget, value=value)


def _scene(node: Node, widget: Widget, context: Context) -> dict[str, Any]:
    """The exported value of a 3D view. Reports the parts that only the browser knows."""
    if takes_pictures(widget.name):
        message = f"'{widget.name}' names pictures of the 3D view, which only the browser takes and uploads"
        _report(codes.NEEDS_BROWSER, message, node, widget, context)
    elif not is_known(node):
        message = f"'{widget.name}' has the initial camera: the browser may move it for the saved model"
        _report(codes.NEEDS_BROWSER, message, node, widget, context)
    return scene_state(node, widget.kind, widget.name, context.options.now)


def _choice_index(node: Node) -> int:
    """The index of the chosen option of a CustomCombo, -1 if none is the choice."""
    combo, _, *others = node.widgets
    choice = combo.value
    for slot in node.inputs.bound():
        if slot.widget == combo.name and isinstance(slot.binding, Const):
            choice = slot.binding.value
    options = [widget.value for widget in others]
    if isinstance(choice, (list, dict)):
        return -1  # in JavaScript two objects are never equal
    return next((i for i, value in enumerate(options) if type(value) is type(choice) and value == choice), -1)


def _dynamic(node: Node, widget: Widget, context: Context) -> str:
    text = context.fill_presets(widget.value) if "@" in widget.value else widget.value
    if not ("{" in text or "/" in text or "\\" in text):
        return str(text)
    choices = 0

    def choose(count: int) -> int:
        nonlocal choices
        choices += count > 1
        return context.choose(count)

    try:
        value = context.renderer.render(text, choose)
    except TooManyAlternativesError:
        message = f"the alternatives in '{widget.name}' are too many, or nested too deeply, for comfyc"
        _report(codes.EXPANSION_TOO_LARGE, message, node, widget, context)
        return str(text)
    if choices:
        _report_choice(node, widget, context)
    cut = strip_comments(text)[1]
    if cut:
        message = f"{shown(cut)} is removed from '{widget.name}' because the editor takes it for a comment"
        _report(codes.COMMENT_CUT, message, node, widget, context)
    return value


def _report_choice(node: Node, widget: Widget, context: Context) -> None:
    """Say which alternatives of a text were taken: the first ones, or some at random and by which seed."""
    if context.seed is None:
        message = f"'{widget.name}' has alternatives in braces: the first one is taken"
        _report(codes.DYNAMIC_CHOICE, message, node, widget, context)
        return
    context.diagnostics.report(
        codes.DRAWN_AT_RANDOM,
        f"'{widget.name}' has alternatives in braces: one is drawn at random, with the seed {context.seed}",
        pointer=node.pointer_of(widget),
        node=node.id,
        title=node.label,
        hint=f"pass --random-seed {context.seed} to get the same again",
        data={"seed": context.seed},
    )


def _report(rule: Any, message: str, node: Node, widget: Widget, context: Context) -> None:
    context.diagnostics.report(
        rule,
        message,
        pointer=node.pointer_of(widget),
        node=node.id,
        title=node.label,
    )


def _report_unreplaced(node: Node, special: Sequence[Widget], graph: Graph, context: Context) -> None:
    """Report tokens and alternatives that are not replaced because the text comes from elsewhere."""
    for slot, finish in _finished_inputs(node, special):
        bound = slot.binding
        found = _text_from(bound, graph)
        if found is None:
            continue
        value, pointer = found
        kept = _replaceable(value, finish, context)
        if kept:
            origin = f"node {bound.origin}" if isinstance(bound, Link) else "a subgraph node"
            context.diagnostics.report(
                codes.NOT_REPLACED,
                f"{shown(kept)} is not replaced in '{slot.name}': the editor replaces it only in texts of the"
                f" node itself, and this text comes from {origin}",
                pointer=pointer or node.pointer,
                node=node.id,
                title=node.label,
                hint="write the text into the node itself, or remove these characters",
            )


def _finished_inputs(node: Node, special: Sequence[Widget]) -> Iterator[tuple[Input, str]]:
    """The bound inputs of widgets whose texts the export changes, with the widget's ``finish``."""
    finishes = {widget.name: widget.finish for widget in special if widget.finish in _TOKENS}
    declared = node.inputs.declared
    for index in node.inputs.bindings if finishes else ():
        finish = finishes.get(declared[index].name)
        if finish is not None:
            yield node.inputs[index], finish


def _text_from(bound: Any, graph: Graph) -> tuple[str, Pointer] | None:
    """The text and pointer of a binding, if known: a promoted value, or the value of a text node."""
    if isinstance(bound, Const):
        return (bound.value, bound.pointer) if isinstance(bound.value, str) else None
    origin = graph.nodes.get(bound.origin)
    if origin is None or bound.origin_slot != 0 or origin.outputs[:1] != ["STRING"]:
        return None
    if origin.inputs.bindings:
        return None
    widgets = [widget for widget in origin.widgets if widget.sent]
    if len(widgets) != 1 or widgets[0].finish is not None or not isinstance(widgets[0].value, str):
        return None
    return widgets[0].value, origin.pointer_of(widgets[0])


def _replaceable(value: str, finish: str, context: Context) -> str:
    """The first part of a text that the editor would replace or remove; "" if there is none."""
    if finish == "filename":
        tokens = (match.group() for match in re.finditer("%[^%]+%", value))
        replace_tokens = context.replacements.apply
        return next((token for token in tokens if replace_tokens(token, context.editor.root) != token), "")
    if _is_json(value):
        return ""
    alternatives = next((found for found in _BRACES.findall(value) if "|" in found), "")
    if alternatives:
        return alternatives
    comment = strip_comments(value)[1]
    before = value[: value.index(comment)] if comment else ""
    # after a colon or a quote it is part of an address or of JSON, and intended
    return comment if not before or before[-1].isspace() else ""


def _is_json(value: str) -> bool:
    """Whether a text is a JSON object or list, whose braces and slashes have another meaning."""
    if not value.lstrip().startswith(("{", "[")):
        return False
    try:
        parse_inner(value)
    except (ValueError, RecursionError):
        return False
    return True
