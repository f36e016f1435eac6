"""The editor's knowledge of a node type: a new node of the type, which is copied for each node in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.catalog.specs import InputSpec, NodeSpec, input_spec, node_spec
from comfyc.editor.nodes.adding import fields
from comfyc.editor.nodes.construct import construct
from comfyc.editor.nodes.folded import Sketch, folded_widgets, links_of, sketch_of
from comfyc.editor.nodes.live import LiveNode, all_outputs, saved_state
from comfyc.editor.nodes.outcomes import Outcomes
from comfyc.editor.nodes.scripts import Scripts
from comfyc.graph import WidgetList
from comfyc.javascript.values import truthy
from comfyc.workflow.model import FileGraph, FileNode

LARGE = 400
"""The number of inputs and widgets beyond which a node is not folded; no ordinary node has as many."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything the editor derives from a node type, computed once and used for all its nodes."""

    pattern: LiveNode
    """The new node that is copied for each node in a file."""
    size: int
    """The number of inputs and widgets of a new node."""
    title: str
    is_dynamic: bool
    """Whether inputs or widgets come and go with the values and links of a node."""
    has_control: bool
    """Whether the type has a seed control."""
    stored: int
    """The number of widgets of a new node that have a value in ``widgets_values``."""
    widgets_stored: tuple[bool, ...]
    """For each widget of a new node whether ``widgets_values`` has a value for it."""
    force_flags: tuple[bool, ...]
    """For each value that an old file may hold: whether its input is a plain socket today."""
    keeps_all: bool
    """Whether all saved values are assigned as they are: true for a type with rows of inputs, whose values
    are never searched for those of former widgets."""
    has_branches: bool = False
    """Whether a widget holds the names of branches, which label the node's inputs."""
    is_plain: bool = False
    """Whether all nodes of the type have exactly the inputs and widgets that object_info declares."""
    scripts: Scripts | None = None
    """The effect of a custom node pack's scripts on the type; None for ComfyUI's own types."""
    core_version: str | None = None
    """For one of ComfyUI's own types from the bundled catalogue: the catalogue's version of ComfyUI."""

    sketch: Sketch | None = None
    """The sketch for folding nodes of the type; None if they cannot be folded."""
    outcomes: Outcomes | None = None
    """For a type whose inputs come and go: the outcomes of its nodes so far."""

    def is_current(self, count: int) -> bool:
        """Whether a saved list of ``count`` values is assigned as it is.

        Lists of other lengths may hold values of inputs that are no longer widgets.
        """
        return self.keeps_all or (count == self.stored and True not in self.force_flags)

    def node(self, file: FileNode, title: Any, mode: Any, properties: Mapping[str, Any]) -> LiveNode:
        """Make a new node of this type for a saved one, with unlinked inputs and default values."""
        pattern = self.pattern
        return LiveNode(
            file,
            file.id,
            pattern.type,
            title,
            mode,
            properties,
            [slot.anew() for slot in pattern.inputs],
            widgets=WidgetList(widget.anew() for widget in pattern.widgets),
            outputs=pattern.outputs,
            declared=pattern.declared,
            autogrow=dict(pattern.autogrow) if pattern.autogrow is not None else None,
            matchtypes=dict(pattern.matchtypes) if pattern.matchtypes is not None else None,
            output_matchtypes=pattern.output_matchtypes,
            grown=list(pattern.grown) if pattern.grown is not None else None,
        )

    def folded(self, file: FileNode, graph: FileGraph) -> LiveNode | None:
        """Fold a saved node of ``graph``; None if its links or values are such that it cannot be folded."""
        outcome, sketch = None, self.sketch
        if sketch is None:
            outcome = self.outcomes.of(file) if self.outcomes is not None else None
            if outcome is None:
                return None
            sketch = outcome.sketch
        widgets = folded_widgets(file.raw.get("widgets_values"), sketch)
        links = None if widgets is None else links_of(file, sketch, graph, exact=self.is_dynamic)
        if links is None or widgets is None:
            return None
        for index, link in links.items():
            link.target_slot = index
        pattern = self.pattern
        title, mode, properties = saved_state(file)
        node = LiveNode(
            file,
            file.id,
            pattern.type,
            self.title if title is None else title,
            mode,
            properties,
            sketch.inputs,
            links,
            widgets,
            all_outputs(pattern.outputs, file),
            pattern.declared,
            pattern.output_matchtypes,
        )
        if outcome is not None:
            node.autogrow = None if outcome.autogrow is None else dict(outcome.autogrow)
            node.matchtypes = None if outcome.matchtypes is None else dict(outcome.matchtypes)
        return node


def shape_of(
    name: str,
    info: dict[str, Any],
    title: str,
    scripts: Scripts | None = None,
    core_version: str | None = None,
) -> Shape:
    """Derive the shape of a type from its entry ``info`` in object_info.

    The class of its nodes is the entry's own name, else ``name``. ``scripts`` is the effect of its pack's
    scripts, ``core_version`` the version of ComfyUI for an entry of the bundled catalogue.
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
    flags = _force_flags(spec, names, unstored)
    kept = tuple(item.stored for item in pattern.widgets)
    stored = sum(kept)
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
        keeps_all=any(_has_rows(item) for item in spec.declared),
        has_branches=any(item.kind == "branchnames" for item in pattern.widgets),
        is_plain=is_plain,
        scripts=scripts,
        core_version=core_version,
        sketch=None
        if drops_values or not is_plain or pattern.matchtypes or size > LARGE
        else sketch_of(pattern, needs_all=needs_all),
        outcomes=Outcomes() if is_dynamic and scripts is None and size <= LARGE else None,
    )


def _force_flags(spec: NodeSpec, names: set[str], unstored: set[str]) -> list[bool]:
    """For each value that an old file may hold for a type's inputs: whether its input is a socket today."""
    flags: list[bool] = []
    for item in spec.declared:
        if (item.force_input or item.name in names) and item.name not in unstored:
            flags.append(item.force_input)
            if truthy(item.options.get("control_after_generate")):
                flags.append(False)
    return flags


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
