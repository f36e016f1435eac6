"""Inputs and widgets that come and go with a node's values and links.

Sources: ``core/graph/widgets/dynamicWidgets.ts`` (dynamic combos; ``growing`` reproduces the rest of that
file), ``dynamicGroupWidget.ts`` (rows) and ``extensions/core/customWidgets.ts`` (CustomCombo), 1.58.1.
A malformed definition, on which the editor would fail, leaves a plain widget or no input at all.
"""

from __future__ import annotations

from typing import Any

from comfyc.catalog.specs import InputSpec, input_spec
from comfyc.editor.nodes.adding import add_input, fields
from comfyc.editor.nodes.growing import grow
from comfyc.editor.nodes.links import capture, commit
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.values import add_widget
from comfyc.graph import ABSENT, Widget, WidgetList, rename_duplicates
from comfyc.javascript.values import key_order, text, truthy

# --- dynamic combos ------------------------------------------------------------------------------


def make_dynamic_combo(node: LiveNode, spec: InputSpec) -> Widget:
    """Add a combo whose chosen option brings its own inputs, named ``<combo>.<input>``."""
    options: dict[str, Any] = {}
    rows = spec.options.get("options")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and "key" in row:
            options[text(row["key"])] = row.get("inputs")
    keys = key_order(options)
    widget = Widget(spec.name, "combo", keys[0] if keys else ABSENT, options={"options": keys})
    add_widget(node, widget)

    parsed: dict[str, list[InputSpec]] = {}
    prefix = f"{spec.name}."

    def inputs_of(key: str) -> list[InputSpec]:
        if key not in parsed:
            rows = fields(options[key])
            parsed[key] = [input_spec(prefix + name, row, optional=optional) for name, row, optional in rows]
        return parsed[key]

    def choose(live: LiveNode, combo: Widget, value: Any) -> None:
        again = value.__class__ is combo.value.__class__ and value == combo.value
        kept = [w for w in live.widgets if w.name.startswith(prefix)] if again else []
        combo.value = value
        key = value if isinstance(value, str) else text(value) if truthy(value) else ""
        specs = inputs_of(key) if key and key in options else []
        _replace_option(live, combo, prefix, specs)
        for old in kept:  # the editor remembers the values of an option's inputs
            new = live.own_widgets().get(old.name)
            if new is None or new is old or new.kind != old.kind:
                continue
            if live.restored is not None and new.saved_at is not None:  # the file has a value for it
                continue
            live.assign(new, old.value)
            new.saved_at = old.saved_at

    widget.change = choose
    choose(node, widget, widget.value)
    return widget


def _replace_option(node: LiveNode, combo: Widget, group: str, specs: list[InputSpec]) -> None:
    """Replace the inputs whose names begin with ``group`` with those of the chosen option."""
    removed = [slot for slot in node.own_inputs() if slot.name.startswith(group)]
    widgets = WidgetList(widget for widget in node.own_widgets() if not widget.name.startswith(group))
    if not (specs or removed or len(widgets) < len(node.own_widgets())):
        return
    previous = capture(node)
    links = dict(previous.links)
    node.inputs = inputs = [slot for slot in previous.inputs if not slot.name.startswith(group)]
    node.widgets = widgets
    if not specs:
        commit(node, previous, links)
        return
    first_widget, first_input = len(widgets), len(inputs)
    for spec in specs:
        add_input(node, spec)
    widgets, inputs = node.own_widgets(), node.own_inputs()  # new lists, if an option has options itself
    added_widgets = widgets[first_widget:]
    del widgets[first_widget:]
    after = next(index for index, widget in enumerate(widgets) if widget is combo) + 1
    widgets[after:after] = added_widgets
    own = next((index for index, slot in enumerate(inputs) if slot.name == combo.name), None)
    if own is not None:
        added_inputs = inputs[first_input:]
        del inputs[first_input:]
        existing = {slot.name: slot for slot in reversed(inputs)}
        added_inputs = [existing.get(slot.name, slot) for slot in added_inputs]
        reused = {id(slot) for slot in added_inputs}
        node.inputs = inputs = [slot for slot in inputs if id(slot) not in reused]
        own = next(index for index, slot in enumerate(inputs) if slot.name == combo.name)
        inputs[own + 1 : own + 1] = added_inputs
        for slot in removed:
            link = links.get(id(slot))
            replacement = next((item for item in inputs if item.name == slot.name), None)
            if replacement is not None and link is not None:
                links[id(replacement)] = link
    rename_duplicates(widgets)
    replaced = commit(node, previous, links)
    if own is not None:
        for slot in [node.inputs[index] for index in replaced or ()]:
            index = next((index for index, item in enumerate(node.inputs) if item is slot), None)
            if index is not None:
                grow(node, index)


# --- dynamic groups ------------------------------------------------------------------------------


def make_dynamic_group(node: LiveNode, spec: InputSpec) -> None:
    """Add rows of widgets. A controller widget holds the number of rows; the fields of a row are named
    ``<group>.<row>.<field>``."""
    smallest = spec.options.get("min")
    smallest = min(smallest, _ROWS) if isinstance(smallest, int) and smallest > 0 else 0
    template = spec.options.get("template")
    controller = Widget(spec.name, "rows", 0, sent=False, options=spec.options)
    end = Widget(f"{spec.name}.$add", "button", ABSENT, sent=False, stored=False)
    notice = Widget(f"{spec.name}.$notice", "notice", ABSENT, sent=False, stored=False)
    node.own_widgets().extend((controller, notice, end))

    def resize(live: LiveNode, widget: Widget, value: Any) -> None:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value != value:
            return
        saved = live.file.raw.get("widgets_values")
        most = max(_ROWS, min(len(saved), MAX_ROWS) if isinstance(saved, (list, dict)) else 0)
        rows = max(smallest, int(min(value, most)) if value > 0 else 0)
        while widget.value > rows:
            widget.value -= 1
            prefix = f"{spec.name}.{widget.value}"
            live.widgets = WidgetList(
                w for w in live.own_widgets() if w.name != prefix and not w.name.startswith(f"{prefix}.")
            )
            previous = capture(live)
            live.inputs = [slot for slot in previous.inputs if not slot.name.startswith(f"{prefix}.")]
            commit(live, previous, previous.links)
        while widget.value < rows:
            _add_row(live, end.name, f"{spec.name}.{widget.value}", template)
            widget.value += 1

    controller.change = resize
    resize(node, controller, smallest)


_ROWS = 20
"""The most rows of a group (``zDynamicGroupInputSpec``), unless the file has values for more."""
MAX_ROWS = 1_000
"""The most rows of a group in any case."""


def _add_row(node: LiveNode, end: str, prefix: str, template: Any) -> None:
    previous = capture(node)
    first_widget, first_input = len(node.own_widgets()), len(node.inputs)
    node.own_widgets().append(Widget(prefix, "row", ABSENT, sent=False, stored=False))
    for field, definition, optional in fields(template):
        name = f"{prefix}.{field}"
        start = len(node.own_widgets())
        add_input(node, input_spec(name, definition, optional=optional))
        auxiliary = 0
        for widget in node.own_widgets()[start:]:
            if widget.name != name:
                widget.name = f"{name}.{auxiliary}"
                auxiliary += 1
    widgets, inputs = node.own_widgets(), node.own_inputs()
    added = widgets[first_widget:]
    del widgets[first_widget:]
    spot = next(index for index, widget in enumerate(widgets) if widget.name == end)
    widgets[spot:spot] = added
    existing = {slot.name: slot for slot in inputs[:first_input]}
    fresh = inputs[first_input:]
    del inputs[first_input:]
    for slot in fresh:
        if slot.name in existing:
            existing[slot.name].widget = slot.widget
            existing[slot.name].spec = slot.spec
        else:
            inputs.append(slot)
    commit(node, previous, previous.links)


# --- CustomCombo ---------------------------------------------------------------------------------


def make_custom_combo(node: LiveNode) -> None:
    """Add the option widgets of a CustomCombo, the last of which is always empty, and its computed
    ``index``."""
    if not node.own_widgets():
        return
    index = Widget("index", "customindex", ABSENT)
    index.finish = "index"
    node.own_widgets().append(index)
    index.change = lambda live, widget, value: None
    _add_option(node)


def _add_option(node: LiveNode) -> None:
    option = Widget(f"option{len(node.own_widgets()) - 1}", "string", "")
    node.own_widgets().append(option)

    def change(live: LiveNode, widget: Widget, value: Any) -> None:
        widget.value = value
        widgets = live.own_widgets()
        last = widgets[-1]
        if last is widget:
            if truthy(value):
                _add_option(live)
        elif not truthy(value) and widgets[-2] is widget and not truthy(last.value):
            widgets.pop()

    option.change = change
