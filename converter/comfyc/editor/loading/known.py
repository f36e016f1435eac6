"""Look up a node type: in the catalogue, in the bundled catalogues, and in the behaviour of its pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog import bundled_packs
from comfyc.catalog.bundled import pack_entries
from comfyc.editor.nodes.scripts import Scripts
from comfyc.editor.nodes.shapes import Shape, shape_of
from comfyc.editor.nodes.state import Editor
from comfyc.options import UnknownTypes
from comfyc.packs.behaviour import Behaviour
from comfyc.packs.core import core_types
from comfyc.workflow.model import FileNode

KEEPS_NUMBERS = "1.49.6"
"""The frontend in which text areas kept numbers as they are, which some packs were recorded with."""


def share_shapes(editor: Editor) -> None:
    """Let the editor use the shapes that earlier files have made with the same catalogue and packs."""
    memo = editor.catalog.memo
    if memo.get("packs") is not editor.packs:
        memo["packs"], memo["shapes"] = editor.packs, {}
    editor.shapes = memo["shapes"].setdefault(editor.unknown, {})


def shape_in(editor: Editor, kind: str) -> Shape | None:
    """The shape of a node type, None for a type that the catalogue lacks or that is editor-only."""
    try:
        return editor.shapes[kind]
    except KeyError:
        shape = editor.shapes[kind] = _known_shape(kind, editor)
        return shape


def behaviour_in(editor: Editor, kind: str) -> Behaviour | None:
    """The pack behaviour of a node type, None for most types."""
    own = editor.packs.core.get(kind)
    if own is not None:
        return own
    info = editor.catalog.info(kind)
    return editor.packs.behaviour(kind, custom=info is None or is_custom(info))


def is_custom(info: Mapping[str, Any]) -> bool:
    """Whether a node type comes from a custom node pack.

    ``info`` is what ``Catalog.info`` returns. Its ``python_module`` decides; a trimmed catalogue may lack
    that member, and then every type counts as custom whose name is not one of ComfyUI's own.
    """
    module = info.get("python_module")
    if not isinstance(module, str):
        return info.get("name") not in core_types()
    return module.startswith("custom_nodes")


def _known_shape(kind: str, editor: Editor) -> Shape | None:
    """Make the shape of a node type, None for a type that is unknown or editor-only.

    If the catalogue lacks a type, a bundled catalogue may lend it; this is reported when a node of the type
    is made. With ``UnknownTypes.BROWSER`` bundles of packs do not count, as in a browser without packs.
    """
    behaviour = behaviour_in(editor, kind)
    if behaviour is not None and behaviour.stands_for is not None:
        return None
    info, catalog = editor.catalog.info(kind), editor.catalog
    if info is None and editor.unknown is UnknownTypes.FROM_FILE:
        catalog = bundled_packs(editor.catalog)
        info = catalog.info(kind)
    if info is None and behaviour is not None and behaviour.becomes:
        return shape_in(editor, behaviour.becomes) if editor.unknown is UnknownTypes.FROM_FILE else None
    if info is None:
        return None
    if not is_custom(info):
        return shape_of(kind, info, catalog.title(kind), core_version=catalog.version)
    edition = catalog.edition_of(kind)
    if edition is not None and editor.unknown is UnknownTypes.BROWSER:
        return None
    module = info.get("python_module")
    recorded = editor.packs.recorded_with(module)
    scripts = Scripts(
        editor.packs.widget_types(module),
        recorded == KEEPS_NUMBERS,
        editor.packs.layout(kind, module),
        behaviour,
        edition,
        lent=catalog is not editor.catalog,
        infers=recorded is None and editor.unknown is UnknownTypes.FROM_FILE,
        diagnostics=editor.diagnostics,
    )
    return shape_of(kind, info, catalog.title(kind), scripts)


def meet_custom(scripts: Scripts, file: FileNode, editor: Editor) -> None:
    """Register the pack behaviour of a type, and report where its entry comes from if a bundle has it.

    ``file`` is the first node of the type; this is called once for each type.
    """
    if scripts.behaviour is not None:
        editor.scripted[file.type] = scripts.behaviour
    if scripts.edition is None:
        return
    pack, shelf = scripts.edition.volume, pack_entries()
    version = shelf.version_of(scripts.edition)
    source = f"the bundled catalogue of '{pack.title}' ({version})"
    hint = "take the catalogue from a server that has this node: --object-info http://127.0.0.1:8188"
    data = {"type": file.type, "pack": pack.cnr_id or pack.title}
    if not shelf.has_now(file.type, scripts.edition):
        editor.diagnostics.report(
            codes.TYPE_REMOVED,
            f"the pack '{pack.title}' no longer has the type '{file.type}', which is known from {version}",
            pointer=(*file.pointer, "type"),
            node=file.id,
            hint=f"install {version} of the pack, or replace the node in the editor",
            data={**data, "version": version},
        )
    if scripts.lent:
        editor.diagnostics.report(
            codes.UNKNOWN_TYPE,
            f"unknown node type '{file.type}'; its inputs are taken from {source}",
            pointer=(*file.pointer, "type"),
            node=file.id,
            hint=f"install the pack '{data['pack']}' on the server",
            data=data,
        )
        return
    editor.diagnostics.report(
        codes.FROM_BUNDLE,
        f"'{file.type}' is known from {source}",
        pointer=(*file.pointer, "type"),
        node=file.id,
        hint=hint,
        data=data,
    )
