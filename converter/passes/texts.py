"""What the editor does to texts while it exports: dynamic prompts and tokens in file names.

Sources: ``extensions/core/dynamicPrompts.ts``, ``processDynamicPrompt`` of
``packages/shared-frontend-utils/src/formatUtil.ts``, ``saveImageExtraOutput.ts``, ``customWidgets.ts``
(the index of CustomCombo), frontend 1.58.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from converter import codes
from converter.diagnostics import Pointer
from converter.graph import BYPASSED, MUTED, Const, Graph, Node, Widget
from converter.jsvalues import MAX_SAFE_INTEGER, double, number_text, shown
from converter.passes.context import Context, DynamicPrompts

_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//[^\n\r\u2028\u2029]*")
_ESCAPED = re.compile(r"\\([{}|])")
BROWSER_KINDS = frozenset({"webcam", "load3D", "load3DAdvanced", "audiorecord"})
"""Widgets whose value the browser makes while it exports."""


def finish_texts(graph: Graph, context: Context) -> Graph:
    """Give every widget that is written into the prompt its last form."""
    for node in graph.nodes.values():
        if node.stands_for is not None or node.mode in (MUTED, BYPASSED):
            continue
        for widget in node.widgets:
            if widget.finish is not None or widget.kind in BROWSER_KINDS:
                node.widgets = [_finished(node, item, context) for item in node.widgets]
                break
        for widget in node.widgets:
            value = widget.value
            if value.__class__ is int and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
                _report_integer(node, widget.name, value, widget_pointer(node, widget), context)
        for slot in node.inputs:
            bound = slot.binding
            if bound.__class__ is not Const or bound.value.__class__ is not int:
                continue
            if not -MAX_SAFE_INTEGER <= bound.value <= MAX_SAFE_INTEGER:
                _report_integer(node, slot.name, bound.value, bound.origin, context)
    return graph


def _report_integer(node: Node, name: str, value: int, pointer: Pointer, context: Context) -> None:
    if not context.js_numbers:
        context.diagnostics.report(
            codes.EXACT_INTEGER,
            f"'{name}' is {shown(value)}, which the browser would export as {number_text(double(value))}",
            pointer=pointer,
            node=node.id,
            title=node.title if isinstance(node.title, str) else None,
        )


def _finished(node: Node, widget: Widget, context: Context) -> Widget:
    if widget.finish == "index":
        return replace(widget, value=_choice_index(node))
    if widget.finish == "always":
        return replace(widget, value=widget.options["always"])
    if widget.kind in BROWSER_KINDS and widget.sent:
        _report(
            codes.NEEDS_BROWSER,
            f"'{widget.name}' is made in the browser while it exports",
            node,
            widget,
            context,
        )
    if widget.finish is None or not isinstance(widget.value, str):
        return widget
    if widget.finish == "filename":
        value = context.replacements.apply(widget.value, context.editor.root)
    elif context.dynamic_prompts is DynamicPrompts.KEEP:
        return widget
    else:
        value = _dynamic(node, widget, context)
    return widget if value == widget.value else replace(widget, value=value)


def _choice_index(node: Node) -> int:
    choice = node.widgets[0].value
    for slot in node.inputs:
        if slot.widget == node.widgets[0].name and isinstance(slot.binding, Const):
            choice = slot.binding.value
    options = [widget.value for widget in node.widgets[2:]]
    return next((i for i, value in enumerate(options) if type(value) is type(choice) and value == choice), -1)


def _dynamic(node: Node, widget: Widget, context: Context) -> str:
    text = context.fill_presets(widget.value) if "@" in widget.value else widget.value
    if not ("{" in text or "/" in text or "\\" in text):
        return str(text)
    choices = 0

    def choose(count: int) -> int:
        nonlocal choices
        choices += count > 1
        return 0 if context.dynamic_prompts is DynamicPrompts.FIRST else context.random.randrange(count)

    value = render_dynamic_prompt(text, choose)
    if choices:
        _report(
            codes.DYNAMIC_CHOICE,
            f"'{widget.name}' has alternatives in braces: one was chosen",
            node,
            widget,
            context,
        )
    cut = _COMMENT.search(text)
    if cut is not None:
        message = f"{shown(cut.group())} is cut out of '{widget.name}': the editor takes it for a comment"
        _report(codes.COMMENT_CUT, message, node, widget, context)
    return value


def _report(rule: Any, message: str, node: Node, widget: Widget, context: Context) -> None:
    context.diagnostics.report(
        rule,
        message,
        pointer=widget_pointer(node, widget),
        node=node.id,
        title=node.title if isinstance(node.title, str) else None,
    )


def widget_pointer(node: Node, widget: Widget) -> Pointer:
    """Where in the file the value of a widget stands; the node itself for a default."""
    if widget.place is None:
        return node.origin
    return widget.place if isinstance(widget.place, tuple) else (*node.origin, "widgets_values", widget.place)


def render_dynamic_prompt(text: str, choose: Callable[[int], int]) -> str:
    """Strip comments and let ``choose(count)`` pick the alternative of each ``{a|b}``, nested ones too.

    A chosen alternative is rendered in turn; nesting beyond Python's recursion limit stays as it is.
    """
    try:
        return _render(text, choose)
    except RecursionError:
        return text


def _render(text: str, choose: Callable[[int], int]) -> str:
    text = _COMMENT.sub("", text)
    if "{" not in text and "\\" not in text:
        return text
    parts: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\":
            parts.append("\\" + (text[position] if position < len(text) else "undefined"))
            position += 1
        elif char == "{":
            options, position = _options(text, position)
            parts.append(_render(options[choose(len(options))], choose))
        else:
            parts.append(char)
    return _ESCAPED.sub(r"\1", "".join(parts))


def _options(text: str, position: int) -> tuple[list[str], int]:
    options: list[str] = []
    choice: list[str] = []
    depth = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\":
            choice.append("\\" + (text[position] if position < len(text) else "undefined"))
            position += 1
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            if not depth:
                break
            depth -= 1
        elif char == "|" and not depth:
            options.append("".join(choice))
            choice = []
            continue
        choice.append(char)
    options.append("".join(choice))
    return options, position
