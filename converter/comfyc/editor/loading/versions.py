"""Values of a pack's node that was saved with another version of the pack than the bundled one.

The prompt that a picture carries beside the workflow was made with the definition that the values belong to:
it says which value is which input's. Only bundled definitions are put right in this way. A server's own
catalogue is what the workflow will run with.
"""

from __future__ import annotations

from comfyc import codes
from comfyc.editor.loading.naming import Row, Subject, by_prompt, controls_in, witnesses_of
from comfyc.editor.naming.witnesses import marked_widgets
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.shapes import Shape
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.graph import ABSENT, Widget, WidgetList
from comfyc.javascript.values import shown


def restore_by_prompt(node: LiveNode, shape: Shape, scope: Scope, editor: Editor) -> bool:
    """Assign the values of a node by the names that the prompt beside the workflow has for them.

    Returns False, and changes nothing, unless their number does not fit the bundled definition, the prompt is
    of the same state, and it names each value, as other widgets than those of the definition.
    """
    values, scripts = node.file.raw.get("widgets_values"), shape.scripts
    if scripts is None or scripts.edition is None or scripts.reads_values:
        return False
    if not isinstance(values, list) or shape.is_current(len(values)):
        return False
    linked = {slot["name"] for slot in node.file.inputs if slot.get("link") is not None}
    marked, controls = marked_widgets(node.file), controls_in(values)
    subject = Subject(node.file, values, scope is not editor.root, linked, marked, controls)
    witnesses = witnesses_of(editor)
    naming = by_prompt(subject, witnesses, only_own=True)
    if naming is None or naming.doubtful or naming.differing or not witnesses.is_same_state():
        return False
    if any(value not in (None, "") for _, value in naming.unnamed):
        return False
    known = [widget.name for widget in node.widgets if widget.sent]
    lacking = [name for name in known if name is not None and name not in {row[0] for row in naming.rows}]
    rows = [row for row in naming.rows if row[1] is not ABSENT and (row[0] in known or row[0] not in linked)]
    added = [row[0] for row in rows if row[0] not in known]
    if not lacking and not added:
        return False
    _assign(node, rows)
    _report(node, shape, added, lacking, editor)
    return True


def _assign(node: LiveNode, rows: list[Row]) -> None:
    """Give the widgets their values, and the node the widgets that it lacks."""
    widgets = list(node.own_widgets())
    position = 0
    for name, value, saved_at in rows:
        index = next((at for at, widget in enumerate(widgets) if widget.name == name), None)
        if index is None:
            widgets.insert(position, Widget(name, "custom", value, saved_at=saved_at))
            position += 1
        else:
            widgets[index].value, widgets[index].saved_at = value, saved_at
            position = index + 1
    node.widgets = WidgetList(widgets)


def _report(node: LiveNode, shape: Shape, added: list[str], lacking: list[str], editor: Editor) -> None:
    assert shape.scripts is not None
    assert shape.scripts.edition is not None
    pack = shape.scripts.edition.volume
    has = f"has {', '.join(map(repr, added[:5]))}" if added else ""
    lacks = f"lacks {', '.join(map(repr, lacking[:5]))}, whose defaults are used" if lacking else ""
    details = " and ".join(part for part in (has, lacks) if part)
    examples = ", ".join(
        f"'{widget.name}' is {shown(widget.value)}" for widget in node.widgets if widget.saved_at is not None
    )
    editor.diagnostics.report(
        codes.VERSION_BY_PROMPT,
        f"the values do not fit the bundled definition of '{node.file.type}' ('{pack.title}' of"
        f" {pack.version}): by the prompt beside the workflow its version {details}; {examples}",
        pointer=node.file.pointer,
        node=node.id,
        title=node.label,
        hint="take the definitions from a server that has the file's version:"
        " --object-info http://127.0.0.1:8188",
        data={"type": node.file.type, "pack": pack.cnr_id or pack.title, "has": added, "lacks": lacking},
    )
