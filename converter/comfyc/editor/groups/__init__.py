"""Replace legacy group nodes when a file is opened: each becomes a subgraph of real nodes.

Source: ``extensions/core/groupNode.ts``, frontend 1.58.1. :func:`prepare_groups` runs before the workflow is
loaded, :func:`unpack_groups` afterwards. Only group nodes of the main graph are replaced. As in the editor,
those inside subgraphs and other groups stay nodes of a type that no server knows.

Few files have group nodes, so the modules that do the work are imported only for those that do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.editor.loading.known import behaviour_in, is_custom, shape_in
from comfyc.editor.nodes.scripts import Scripts
from comfyc.editor.nodes.shapes import Shape, shape_of
from comfyc.editor.nodes.state import Editor
from comfyc.javascript.values import key_order, truthy
from comfyc.options import UnknownTypes
from comfyc.workflow.model import Workflow

if TYPE_CHECKING:
    from comfyc.editor.groups.types import GroupType

PREFIX = "workflow>"
LEGACY_PREFIX = "workflow/"


def prepare_groups(workflow: Workflow, editor: Editor) -> dict[str, GroupType]:
    """Make the types of the file's group nodes known to the editor.

    Returns the types by name ({} for most files, which have no group nodes). A group whose type cannot be
    made stays unknown, and ``editor.broken_groups`` has the reason. This happens to a group that contains
    itself and, if unknown nodes are exported as in the browser, to one with inner nodes of unknown types.
    """
    raw = workflow.root.extra.get("groupNodes")
    if not truthy(raw):
        return {}
    for node in workflow.root.nodes:
        if node.type.startswith(LEGACY_PREFIX):
            node.type = PREFIX + node.type.removeprefix(LEGACY_PREFIX)
    if isinstance(raw, dict):
        return _make_types(raw, workflow, editor)
    message = "'groupNodes' is not an object"
    editor.diagnostics.report(codes.MALFORMED, message, pointer=("extra", "groupNodes"))
    return {}


def _make_types(raw: dict[str, Any], workflow: Workflow, editor: Editor) -> dict[str, GroupType]:
    from comfyc.editor.groups.data import read_group  # noqa: PLC0415
    from comfyc.editor.groups.types import group_type, missing_widget  # noqa: PLC0415

    groups: dict[str, GroupType] = {}
    shapes: dict[str, Shape | None] = {}
    for name in key_order(raw):
        data = read_group(name, raw[name], editor.diagnostics)
        if data is None:
            continue
        own_type = PREFIX + name
        kinds = dict.fromkeys(data.kind(index) for index in range(len(data.nodes)))
        missing = [kind for kind in kinds if not (kind in groups or _is_known(kind, workflow, editor))]
        is_broken = any(not kind or kind.startswith(PREFIX) for kind in missing)
        if missing and (is_broken or editor.unknown is UnknownTypes.BROWSER):
            names = ", ".join(f"'{kind}'" for kind in missing[:10])
            editor.broken_groups[own_type] = (f"its inner types {names} are unknown", names)
            continue
        scripts = _pack_widgets(kinds, editor)
        widget_types = scripts.widget_types if scripts is not None else ()
        made = group_type(data, editor.catalog, widget_types, unknown=missing)
        widget = missing_widget(made.info)
        if widget is not None:
            reason = f"an upload button in it needs the widget '{widget}', which it does not have"
            editor.broken_groups[own_type] = (reason, "")
            continue
        groups[own_type] = made
        shapes[own_type] = shape_of(own_type, made.info, name, scripts)
    if shapes:  # a copy: other files share the shapes of the catalogue
        editor.shapes = {**editor.shapes, **shapes}
    return groups


def _pack_widgets(kinds: Iterable[str], editor: Editor) -> Scripts | None:
    """The widgets that packs make, if any of these types comes from a pack."""
    infos = [editor.catalog.info(kind) for kind in kinds]
    modules = [info.get("python_module") for info in infos if info is not None and is_custom(info)]
    if not modules:
        return None
    types: dict[str, Any] = {}
    for module in dict.fromkeys(modules):
        types |= editor.packs.widget_types(module)
    return Scripts(types)


def _is_known(kind: str, workflow: Workflow, editor: Editor) -> bool:
    if kind in workflow.definitions or shape_in(editor, kind) is not None:
        return True
    behaviour = behaviour_in(editor, kind)
    return behaviour is not None and behaviour.stands_for is not None


def unpack_groups(workflow: Workflow, editor: Editor, groups: dict[str, GroupType]) -> None:
    """Replace the group nodes of the loaded main graph with subgraph nodes."""
    if groups:
        from comfyc.editor.groups.unpacking import Unpacking  # noqa: PLC0415

        Unpacking(workflow, editor, groups).run()
