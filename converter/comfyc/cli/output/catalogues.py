"""How ``comfyc catalog list`` and ``comfyc catalog show`` show catalogues and node types."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.catalog.listing import BundleSummary, InputRow, NodeView
from comfyc.cli.output.tables import table_text
from comfyc.safety.escaping import plain

_WIDTH = 60
"""Characters of a list of options that are shown."""


def bundles_text(bundles: Sequence[BundleSummary]) -> str:
    """A table of bundled catalogues."""
    rows = [(one.title, one.version, str(one.nodes), f"{one.size / 1000:.0f} kB") for one in bundles]
    return table_text(rows, ("CATALOGUE", "VERSION", "NODES", "SIZE"))


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
