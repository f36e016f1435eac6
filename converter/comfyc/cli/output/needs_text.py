"""What workflows need as tables for a terminal."""

from __future__ import annotations

from comfyc.cli.output.tables import table_text
from comfyc.needs.model import Needs
from comfyc.needs.tables import sections
from comfyc.safety.escaping import plain


def needs_text(needs: Needs) -> str:
    """The tables, one under the other, each with its title."""
    parts = [
        f"{plain(title)}\n{table_text(rows, header, indent=2)}" if rows else f"{plain(title)}\n"
        for title, header, rows in sections(needs)
    ]
    return "\n".join(parts) or "nothing but ComfyUI's own nodes\n"
