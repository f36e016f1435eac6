"""What nodes do in the browser beyond what object_info says: one :class:`Behaviour` per node type.

A pack is a table of them, one module each; ``behaviour.py`` says what each hook is given. The editor's own
nodes are the pack ``core``. What a table of facts can say is none of them: ``layouts.json`` holds the widgets
of every measured node type that differ from object_info (see ``layouts.py``).

Third parties add packs by an entry point of the group ``comfyc.packs`` that names a mapping from
node types to behaviours. Of two packs with one type the later wins, and entry points come last. Nothing
registers itself on import, and nothing beyond ``core`` is imported before a node type asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from comfyc.packs import core
from comfyc.packs.behaviour import (
    Arrange,
    Behaviour,
    Export,
    Finish,
    Restore,
    Rewire,
    Saved,
    Settle,
    named,
    pass_through,
)
from comfyc.packs.third_party import load_third_parties

if TYPE_CHECKING:
    from comfyc.packs.layouts import Layout, Layouts

__all__ = [
    "Arrange",
    "Behaviour",
    "Export",
    "Finish",
    "Packs",
    "Restore",
    "Rewire",
    "Saved",
    "Settle",
    "default_packs",
    "editor_only_types",
    "merged",
    "pack_folder",
    "pass_through",
]


@dataclass(slots=True)
class Packs:
    """Behaviours by node type.

    ``core`` is consulted for every type, ``more`` (what custom-node packs add; made when first needed)
    only for those that are not the editor's or ComfyUI's own.
    """

    core: Mapping[str, Behaviour]
    more: Callable[[], tuple[Mapping[str, Behaviour], Layouts, list[str]]] = lambda: _nothing_more()
    marks: Mapping[str, str] = field(default_factory=dict)
    """Members of ``extra`` that call a type's ``rewire`` although no node of that type need be there."""
    _more: tuple[Mapping[str, Behaviour], Layouts, list[str]] | None = field(default=None, init=False)

    def behaviour(self, node_type: str, *, custom: bool = True) -> Behaviour | None:
        """The behaviour of a node type, None for the many that have none."""
        found = self.core.get(node_type)
        return found if found is not None or not custom else self._loaded()[0].get(node_type)

    def layout(self, node_type: str, module: Any) -> Layout | None:
        """The measured differences of a custom node type's widgets from object_info; ``module`` is the
        ``python_module`` of its entry.

        What a pack does to a type that it calls like one of ComfyUI's own counts for that pack alone.
        """
        layouts, folder = self._loaded()[1], _folder(module)
        if folder not in layouts.packs and node_type in core.core_types():
            return None
        return layouts.layout(node_type, folder)

    def widget_types(self, module: Any = None) -> Mapping[str, Any]:
        """The input types that packs make widgets for in nodes of a module, with flags and default."""
        return self._loaded()[1].types_in(_folder(module))

    def recorded_with(self, module: Any) -> str | None:
        """The frontend in which the nodes of a pack were recorded, if they were; ``module`` is the
        ``python_module`` of their entries."""
        pack = self._loaded()[1].packs.get(_folder(module) or "")
        return None if pack is None else pack.frontend

    @property
    def failures(self) -> list[str]:
        """Why packs could not be loaded, one message each; empty before any was needed."""
        return self._more[2] if self._more is not None else []

    def _loaded(self) -> tuple[Mapping[str, Behaviour], Layouts, list[str]]:
        if self._more is None:
            self._more = self.more()
        return self._more


def pack_folder(module: str) -> str:
    """The folder of a pack as ``python_module`` names it, without regard to capitals."""
    return module.removeprefix("custom_nodes.").partition(".")[0].casefold()


def _folder(module: Any) -> str | None:
    return pack_folder(module) if isinstance(module, str) else None


def merged(tables: Iterable[Mapping[str, Behaviour]]) -> dict[str, Behaviour]:
    """One table of several; of two with one type the later wins."""
    behaviours: dict[str, Behaviour] = {}
    for table in tables:
        behaviours.update(table)
    return behaviours


@cache
def default_packs() -> Packs:
    """The packs that ship with comfyc, and those that entry points name."""
    return Packs(named(core.BEHAVIOURS, "'core'"), _load_more, {"ue_links": "Anything Everywhere"})


def _bundled() -> Iterator[ModuleType]:
    """The modules of this package that are packs: those with a table ``BEHAVIOURS``, but for ``core``."""
    from pkgutil import iter_modules  # noqa: PLC0415 - only for workflows that use packs

    for found in iter_modules(__path__):
        module = import_module(f"comfyc.packs.{found.name}")
        if found.name != "core" and hasattr(module, "BEHAVIOURS"):
            yield module


def _editor_only(table: Layouts) -> Iterator[dict[str, Behaviour]]:
    """Of each measured pack the editor-only nodes: they pass on their input of the same index, as all do that
    have no method of their own for it."""
    for folder, pack in table.packs.items():
        yield named(
            {
                kind: Behaviour(pass_through, kind, tuple((name, of) for name, of in inputs), tuple(outputs))
                for kind, (inputs, outputs) in pack.editor_only.items()
            },
            f"'{folder}'",
        )


def editor_only_types() -> dict[str, str]:
    """The editor-only node types of the bundled packs, with the pack's folder."""
    from comfyc.packs.layouts import load_layouts  # noqa: PLC0415 - only for workflows that use packs

    found = {kind: folder for folder, pack in load_layouts().packs.items() for kind in pack.editor_only}
    for module in _bundled():
        for kind, behaviour in module.BEHAVIOURS.items():
            if behaviour.stands_for is not None:
                found[kind] = module.FOLDER
    return found


def _nothing_more() -> tuple[Mapping[str, Behaviour], Layouts, list[str]]:
    from comfyc.packs.layouts import Layouts  # noqa: PLC0415 - only for workflows that use packs

    return {}, Layouts(), []


def _load_more() -> tuple[Mapping[str, Behaviour], Layouts, list[str]]:
    from comfyc.packs.layouts import load_layouts  # noqa: PLC0415 - only for workflows that use packs

    tables = [named(module.BEHAVIOURS, f"'{module.FOLDER}'") for module in _bundled()]
    others, failures = load_third_parties()
    table = load_layouts()
    return merged([*_editor_only(table), *tables, *others]), table, failures
