"""What is marked at a box in SVG: findings, and what became of it between two documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comfyc.diagnostics import Diagnostic
from comfyc.drawing.model import NodeBox
from comfyc.drawing.naming import finding_lines, gravest
from comfyc.drawing.svg_text import multiline
from comfyc.drawing.wires import number


def badge(found: Sequence[Diagnostic], x: float, y: float) -> str:
    """The number of findings on a disc in the color of the gravest, with their text."""
    lines = "\n".join(finding_lines(found))
    at = f'cx="{number(x)}" cy="{number(y)}"'
    count = sum(one.count for one in found)
    return (
        f'<g class="badge"><title>{multiline(lines)}</title>'
        f'<circle class="f-{gravest(found).value}" {at} r="10"/>'
        f'<text class="k" x="{number(x)}" y="{number(y + 4)}">{count if count < 100 else "99+"}</text></g>'
    )


def drawn_mark(box: NodeBox) -> Iterator[str]:
    """The frame of a box that was added, removed or changed."""
    at = f'x="-6" y="{number(box.top - box.y - 6)}" width="{number(box.width + 12)}"'
    yield f'<rect class="mark d-{box.mark}" {at} height="{number(box.bottom - box.top + 12)}" rx="13"/>'


def drawn_hits(box: NodeBox) -> Iterator[str]:
    """What lies over the rows of inputs that changed."""
    for name in box.changed:
        row = box.by_input.get(name)
        if row is not None:
            at = f'x="10" y="{number(row.y - 1)}" width="{number(max(box.width - 20, 0))}"'
            look = f"hit d-{box.mark} x-{box.mark}"
            yield f'<rect class="{look}" {at} height="{number(row.height + 2)}" rx="8"/>'


def numbered(box: NodeBox) -> str:
    """The number of a change, at the upper left corner of its box."""
    y = box.top - box.y - 6
    wide = 13.0 + 4.0 * len(str(box.number))
    return (
        f'<g class="number"><rect class="tag x-{box.mark}" x="{number(-6 - wide / 2)}" y="{number(y - 12)}"'
        f' width="{number(wide + 9)}" height="24" rx="12"/>'
        f'<text class="k" x="{number(-6 + 4.5)}" y="{number(y + 5)}">{box.number}</text></g>'
    )
