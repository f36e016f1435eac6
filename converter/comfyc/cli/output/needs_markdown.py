"""What workflows need as Markdown: for a README, or the description of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.needs.model import Model, Needs
from comfyc.needs.tables import address_of, in_order, sections
from comfyc.safety.escaping import markdown


def needs_markdown(needs: Needs) -> str:
    """The tables, each under a heading. The names of models are links to where they are declared to be."""
    parts = []
    for title, header, rows in sections(needs):
        parts.append(f"### {markdown(title)}\n")
        if not rows:
            continue
        links = {one.name: link for one in in_order(needs.models) if (link := _link(one))}
        is_models = header[0] == "MODEL"
        used = [index for index in range(len(header)) if any(row[index] for row in rows)]
        lines = [_line([header[index].capitalize() for index in used]), _line(["---"] * len(used))]
        for row in rows:
            cells = [markdown(row[index]) for index in used]
            if is_models and row[0] in links:
                cells[0] = links[row[0]]
            lines.append(_line(cells))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts) or "Nothing but ComfyUI's own nodes.\n"


def _link(one: Model) -> str:
    """The name of a model as a link, "" if there is no address. Nothing in an address ends the link."""
    url = address_of(one)
    if url is None:
        return ""
    for char in "()[]<>|\\`*_~@&":
        url = url.replace(char, f"%{ord(char):02X}") if char not in "&@" else url.replace("&", "&amp;")
    return f"[{markdown(one.name)}](<{url}>)"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
