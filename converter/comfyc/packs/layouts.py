"""Measured differences between the widgets of node types and object_info.

``scripts/build_layouts.py`` makes ``layouts.json`` from the widgets that a browser with the packs' scripts
shows for every node type. The table holds only the changes to the widgets that object_info gives, so that
a server's own object_info decides everything that a pack's script does not change:

    types   [flags, default] of input types that have a widget in the browser, as the packs that were recorded
            together make them
    packs   by the folder of the pack, in small letters:
        frontend  the version of the browser's frontend
        types     the input types that have a widget where this pack alone is installed
        editor    by node type of the editor only: [name, type] of its inputs, and the types of its outputs
        nodes     by node type, each key optional:
            drop    names of widgets that the script removes
            add     [after, name, flags, default]: a widget after the last one called ``after`` (null: at the
                    start); in ``flags`` "s" means saved in widgets_values, "p" sent in the prompt, "t" a
                    text area
            order   all names in order, where the script moves widgets
            hidden  widgets that keep their index and are not sent, unless they are linked
            always  values that are sent in the prompt whatever the file has
            tokens  widgets whose %Node.widget% and %date% are filled in
            grows   true if the script adds and removes inputs that object_info does not have

A pack that is not in the table (another folder, a catalogue that names none) has the row of whichever pack
has one for the type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comfyc.graph import Widget

TABLE = Path(__file__).parent / "layouts.json"


@dataclass(frozen=True, slots=True)
class Layout:
    """The measured differences of one node type."""

    drop: frozenset[str] = frozenset()
    add: tuple[tuple[str | None, str, str, Any], ...] = ()
    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    always: Mapping[str, Any] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()
    grows: bool = False

    def apply(self, widgets: list[Widget]) -> list[Widget]:
        """Apply the differences to the widgets of a new node."""
        if self.drop:
            dropped = set(self.drop)
            widgets = [item for item in widgets if item.name not in dropped]
        if self.add:
            widgets = list(widgets)
            for row in self.add:
                _insert(widgets, *row)
        if self.order:
            rank = {name: index for index, name in enumerate(self.order)}
            widgets = sorted(widgets, key=lambda item: rank.get(item.name, len(rank)))
        for item in widgets:
            if item.name in self.hidden:
                item.sent = False
            if item.name in self.always:
                item.options = {**item.options, "always": self.always[item.name]}
                item.finish = "always"
            elif item.name in self.tokens:
                item.finish = "filename"
        return widgets


@dataclass(frozen=True, slots=True)
class PackTable:
    """What was measured of one pack."""

    frontend: str
    types: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    editor_only: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layouts:
    """The whole table. ``owners`` says for each node type the packs that have a row for it."""

    types: Mapping[str, Any] = field(default_factory=dict)
    packs: Mapping[str, PackTable] = field(default_factory=dict)
    owners: Mapping[str, list[str]] = field(default_factory=dict)

    def layout(self, node_type: str, folder: str | None) -> Layout | None:
        """The row of a node type in the pack of this folder; None if its widgets are as object_info says."""
        if folder not in self.packs:
            folder = self.owners.get(node_type, [None])[0]
        row = self.packs[folder].rows.get(node_type) if folder is not None else None
        return None if row is None else _layout(row)

    def types_in(self, folder: str | None) -> Mapping[str, Any]:
        """The input types for which there is a widget in nodes of the pack of this folder."""
        pack = self.packs.get(folder) if folder is not None else None
        return {**self.types, **pack.types} if pack is not None and pack.types else self.types


def load_layouts(path: Path = TABLE) -> Layouts:
    """Read the table."""
    data = json.loads(path.read_text(encoding="utf-8"))
    packs = {
        folder: PackTable(
            pack["frontend"], pack.get("types", {}), pack.get("nodes", {}), pack.get("editor", {})
        )
        for folder, pack in data["packs"].items()
    }
    owners: dict[str, list[str]] = {}
    for folder, table in packs.items():
        for name in table.rows:
            owners.setdefault(name, []).append(folder)
    return Layouts(data["types"], packs, owners)


def _layout(row: dict[str, Any]) -> Layout:
    return Layout(
        frozenset(row.get("drop", ())),
        tuple(tuple(item) for item in row.get("add", ())),
        tuple(row.get("order", ())),
        frozenset(row.get("hidden", ())),
        row.get("always", {}),
        frozenset(row.get("tokens", ())),
        row.get("grows", False),
    )


def _insert(widgets: list[Widget], after: str | None, name: str, flags: str, default: Any) -> None:
    kind = "customtext" if "t" in flags else "custom"
    widget = Widget(name, kind, default, sent="p" in flags, stored="s" in flags)
    if after is None:
        widgets.insert(0, widget)
        return
    indexes = [index for index, item in enumerate(widgets) if item.name == after]
    widgets.insert(indexes[-1] + 1 if indexes else len(widgets), widget)
