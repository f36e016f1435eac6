"""How the commands of ``comfyc catalog`` show catalogues and node types."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

from comfyc.catalog.listing import BundleSummary, InputRow, NodeView
from comfyc.catalog.search import FoundType
from comfyc.cli.output.tables import table_text
from comfyc.safety.escaping import plain, shortened

_OF_WIDGETS = frozenset({"BOOLEAN", "COMBO", "COMFY_DYNAMICCOMBO_V3", "FLOAT", "INT", "STRING"})
"""Types of inputs that are seldom linked."""
_ROOMY = 130
"""Columns of a terminal from which on the types of inputs and outputs are shown beside the names."""
_TYPES_WIDTH = 40
"""Characters of a list of types that are shown."""
_WIDTH = 60
"""Characters of a list of options that are shown."""


def bundles_text(bundles: Sequence[BundleSummary]) -> str:
    """A table of bundled catalogues."""
    rows = [
        (one.title, one.version, str(one.nodes), f"{one.size / 1000:.0f} kB", one.repository)
        for one in bundles
    ]
    return table_text(rows, ("CATALOGUE", "VERSION", "NODES", "SIZE", "REPOSITORY"))


def found_text(found: Sequence[tuple[FoundType, NodeView]]) -> str:
    """A table of node types that were found, with their packs and, where there is room for it, the types that
    they are linked by."""
    rows = [
        (
            one.node_type + _mark(one),
            one.title if one.title != one.node_type else "",
            one.provider.title,
            _types_text(row.kind for row in view.inputs if row.kind not in _OF_WIDGETS),
            _types_text(row.kind for row in view.outputs),
        )
        for one, view in found
    ]
    header = ("NODE TYPE", "TITLE", "PACK", "INPUTS", "OUTPUTS")
    is_narrow = sys.stdout.isatty() and shutil.get_terminal_size().columns < _ROOMY
    shown = 3 if is_narrow else len(header)
    return table_text([row[:shown] for row in rows], header[:shown])


def _mark(found: FoundType) -> str:
    if found.provider.former:
        return " (no longer in the pack)"
    return " (deprecated)" if found.deprecated else ""


def _types_text(kinds: Iterable[str]) -> str:
    return shortened(", ".join(dict.fromkeys(kinds)), _TYPES_WIDTH)


def node_text(view: NodeView) -> str:
    """A node type: a headline, a table of its inputs and one of its outputs."""
    headline = view.node_type if view.title == view.node_type else f"{view.node_type} ({view.title})"
    about = ", ".join(part for part in (view.category, view.module, *view.flags) if part)
    head = [headline, f"  {about}", f"  from {view.source}"]
    inputs = table_text([_input_cells(row) for row in view.inputs], indent=2) if view.inputs else ""
    cells = [(str(one.slot), one.name, one.kind, "list" if one.is_list else "") for one in view.outputs]
    outputs = table_text(cells, indent=2) if cells else ""
    return (
        "".join(f"{plain(line)}\n" for line in head)
        + f"\ninputs:{'' if inputs else ' none'}\n{inputs}"
        + f"\noutputs:{'' if outputs else ' none'}\n{outputs}"
    )


def _input_cells(row: InputRow) -> tuple[str, ...]:
    notes = [row.limits, _shortened(row.options), *row.flags, f"if {row.when}" if row.when else ""]
    return (
        row.name,
        row.kind,
        "" if row.required else "optional",
        f"= {row.default}" if row.default else "",
        "; ".join(note for note in notes if note),
    )


def _shortened(options: tuple[str, ...]) -> str:
    """As many options as have room, and how many there are."""
    if not options:
        return ""
    shown = options[0][:_WIDTH]
    count = 1
    while count < len(options) and len(shown) + len(options[count]) < _WIDTH:
        shown += f", {options[count]}"
        count += 1
    return shown if count == len(options) else f"{shown}, ... ({len(options)} in all)"
