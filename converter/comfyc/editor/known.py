"""What the editor knows of a node type: from the catalogue, from its pack's scripts, from a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from comfyc.catalog import bundled_packs
from comfyc.editor.construct import Shape, shape_of
from comfyc.editor.scripts import Scripts
from comfyc.editor.unknown import UnknownTypes
from comfyc.packs.core import core_types

if TYPE_CHECKING:
    from comfyc.editor.load import Editor


def is_custom(info: Mapping[str, Any]) -> bool:
    """Whether a node type is of a custom-node pack: its ``python_module`` tells, else its name.

    ``info`` is what ``Catalog.info`` gives; a catalogue that was trimmed may lack that member.
    """
    module = info.get("python_module")
    if not isinstance(module, str):
        return info.get("name") not in core_types()
    return module.startswith("custom_nodes")


def known_shape(kind: str, editor: Editor) -> Shape | None:
    """The shape of a node type, None for one that nobody knows or that only the editor knows.

    What a server's catalogue lacks a bundled one may lend, which is reported when a node is made of it.
    As in a browser without packs (``UnknownTypes.BROWSER``) bundles of packs do not count.
    """
    behaviour = editor.behaviour(kind)
    if behaviour is not None and behaviour.stands_for is not None:
        return None
    info, catalog = editor.catalog.info(kind), editor.catalog
    if info is None and editor.unknown is UnknownTypes.FROM_FILE:
        catalog = bundled_packs()
        info = catalog.info(kind)
    if info is None:
        return None
    if not is_custom(info):
        return shape_of(kind, info, catalog.title(kind), core_version=catalog.version)
    pack = catalog.pack_of(kind)
    if pack is not None and editor.unknown is UnknownTypes.BROWSER:
        return None
    measured = editor.packs.is_measured(info.get("python_module"))
    scripts = Scripts(
        editor.packs.widget_types,
        measured,
        editor.packs.layout(kind),
        behaviour,
        pack,
        lent=catalog is not editor.catalog,
        infers=not measured and editor.unknown is UnknownTypes.FROM_FILE,
    )
    return shape_of(kind, info, catalog.title(kind), scripts)
