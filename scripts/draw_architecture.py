"""Draw docs/architecture.svg: the rooms of comfyc on their layers, with arrows for what imports what.

``python -m scripts.draw_architecture`` writes it; tests/test_architecture.py holds the picture against the
code. Rooms are the folders and files directly in converter/comfyc, layers are those of the first contract of
import-linter in pyproject.toml, and arrows come from the import statements. An arrow that follows from others
is left out: as ``cli`` imports ``api`` and ``api`` imports ``graph``, none leads from ``cli`` to ``graph``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "converter" / "comfyc"
PICTURE = ROOT / "docs" / "architecture.svg"

Point = tuple[float, float]
Bend = tuple[str, str, int]
"""Where an arrow crosses a layer between its ends: its first room, its last room, and the layer."""
Spot = str | Bend

STEP, HEIGHT, MARGIN, GAP = 74, 34, 24, 18
"""Pixels: from layer to layer, of a box, around the picture, between neighbours."""
SWEEPS = 24
"""How often the order on the layers is improved; it no longer changes after some ten times."""
STYLE = """
  .ground { fill: #ffffff } .layer { fill: #f3f5f8 }
  .room { fill: #dbe7fb; stroke: #4a72b8 }
  .file { fill: #ffffff; stroke: #8a94a6; stroke-dasharray: 4 3 }
  text { fill: #1c2430 } .note { fill: #5a6475 }
  .arrow { fill: none; stroke: #7c889b } .head { fill: #7c889b }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14181f } .layer { fill: #1b212b } .room { fill: #22375c; stroke: #7ba2e6 }
    .file { fill: #14181f; stroke: #76839a } text { fill: #e4e9f1 } .note { fill: #9aa5b8 }
    .arrow { stroke: #8b98ad } .head { fill: #8b98ad }
  }
"""
NOTES = (
    "A box is a folder of converter/comfyc, a dashed box a single file. An arrow leads to what is imported,",
    "never upward; an arrow that follows from others is left out.",
)


def layers(project: Path = ROOT / "pyproject.toml") -> list[list[str]]:
    """The rooms of each layer, the highest first, as the first import-linter contract has them."""
    contract = re.search(r"^layers = \[\n(.*?)^\]", project.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert contract is not None, "pyproject.toml has no layers"
    rows = re.findall(r'^  "([^"]+)"', contract[1], re.MULTILINE)
    return [[name.strip("() ") for name in re.split(r"[|:]", row)] for row in rows]


def imported(file: Path) -> Iterator[str]:
    """The modules of comfyc that a file imports anywhere in it, as dotted names without ``comfyc.``."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "comfyc":
            names = [f"comfyc.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (name.removeprefix("comfyc.") for name in names if name.startswith("comfyc."))


def room_imports(package: Path = PACKAGE) -> nx.DiGraph[str]:
    """A graph of all rooms, with a link from each to every room that one of its files imports."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        if room == "__init__":  # the public names, imported when they are asked for
            continue
        graph.add_node(room)
        targets = {name.partition(".")[0] for name in imported(file)} - {room}
        graph.add_edges_from((room, target) for target in sorted(targets))
    return graph


def arranged(graph: nx.DiGraph[str], rows: list[list[str]]) -> list[list[Spot]]:
    """The rooms of each layer and the bends of arrows that cross it, ordered so that few arrows cross."""
    level = {name: number for number, row in enumerate(rows) for name in row}
    spots: list[list[Spot]] = [list(row) for row in rows]
    for start, end in sorted(graph.edges):
        for number in range(level[start] + 1, level[end]):
            spots[number].append((start, end, number))
    above: dict[Spot, list[Spot]] = {spot: [] for row in spots for spot in row}
    below: dict[Spot, list[Spot]] = {spot: [] for row in spots for spot in row}
    for edge in sorted(graph.edges):
        for upper, lower in pairwise(route(edge, level)):
            below[upper].append(lower)
            above[lower].append(upper)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        for row in spots if down else reversed(spots):
            index = {spot: place / len(each) for each in spots for place, spot in enumerate(each)}
            means = {spot: _mean([index[other] for other in near[spot]], index[spot]) for spot in row}
            row.sort(key=lambda spot: (means[spot], str(spot)))
    return spots


def route(edge: tuple[str, str], level: dict[str, int]) -> list[Spot]:
    """The spots that an arrow passes, its ends included."""
    start, end = edge
    return [start, *((start, end, number) for number in range(level[start] + 1, level[end])), end]


def _mean(values: Iterable[float], otherwise: float) -> float:
    found = list(values)
    return sum(found) / len(found) if found else otherwise


def width(spot: Spot) -> float:
    """The width of a room's box in pixels; a bend takes little."""
    return 8.4 * len(spot) + 28 if isinstance(spot, str) else 6


def positions(spots: list[list[Spot]], edges: Iterable[list[Spot]]) -> dict[Spot, float]:
    """The middle of each spot from left to right, in pixels: near what it is linked to, none over another."""
    near: dict[Spot, list[Spot]] = {spot: [] for row in spots for spot in row}
    for spot, other in (pair for each in edges for pair in pairwise(each)):
        near[spot].append(other)
        near[other].append(spot)
    x: dict[Spot, float] = {}
    for row in spots:
        x.update(_packed(row, dict.fromkeys(row, 0.0)))
    for sweep in range(SWEEPS):
        for row in spots if sweep % 2 else reversed(spots):
            wanted = {spot: _mean([x[other] for other in near[spot]], x[spot]) for spot in row}
            x.update(_packed(row, wanted))
    left = min(x[spot] - width(spot) / 2 for spot in x)
    return {spot: round(value - left + MARGIN + GAP, 1) for spot, value in x.items()}


def _packed(row: list[Spot], wanted: dict[Spot, float]) -> dict[Spot, float]:
    """Positions as near to the wanted ones as the order and the widths of the row allow."""
    first, last = dict(wanted), dict(wanted)
    for one, other in pairwise(row):
        first[other] = max(first[other], first[one] + (width(one) + width(other)) / 2 + GAP)
    for other, one in pairwise(reversed(row)):
        last[one] = min(last[one], last[other] - (width(one) + width(other)) / 2 - GAP)
    return {spot: (first[spot] + last[spot]) / 2 for spot in row}


def drawing(graph: nx.DiGraph[str], rows: list[list[str]], package: Path = PACKAGE) -> str:
    """The picture as SVG; the same graph and layers give the same text."""
    reduced = nx.transitive_reduction(graph)
    level = {name: number for number, row in enumerate(rows) for name in row}
    spots = arranged(reduced, rows)
    edges = [route(edge, level) for edge in sorted(reduced.edges)]
    x = positions(spots, edges)
    right = max(x[spot] + width(spot) / 2 for spot in x) + MARGIN + GAP
    bottom = MARGIN + STEP * len(rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right:.0f} {bottom + 50}" role="img" '
        f'font-family="ui-sans-serif, system-ui, sans-serif" font-size="14">',
        "<title>The rooms of comfyc on their layers, and what imports what</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
        '<rect class="ground" width="100%" height="100%"/>',
    ]
    for number in range(len(rows)):
        y = MARGIN + number * STEP
        lines.append(
            f'<rect class="layer" x="{MARGIN / 2:.0f}" y="{y}" width="{right - MARGIN:.0f}" '
            f'height="{HEIGHT + 16}" rx="6"/>'
        )
    lines += _arrows(edges, x, level)
    for name in sorted(level):
        kind = "room" if (package / name).is_dir() else "file"
        y = MARGIN + 8 + level[name] * STEP
        lines.append(
            f'<rect class="{kind}" x="{x[name] - width(name) / 2:.1f}" y="{y}" width="{width(name):.1f}" '
            f'height="{HEIGHT}" rx="5"/>'
            f'<text x="{x[name]:.1f}" y="{y + 22}" text-anchor="middle">{escape(name)}</text>'
        )
    for number, note in enumerate(NOTES):
        lines.append(
            f'<text class="note" x="{MARGIN / 2:.0f}" y="{bottom + 16 + 18 * number}" font-size="12">'
            f"{escape(note)}</text>"
        )
    return "\n".join([*lines, "</svg>", ""])


def _arrows(edges: list[list[Spot]], x: dict[Spot, float], level: dict[str, int]) -> Iterator[str]:
    """A path for each arrow, from the lower edge of a box over its bends to the upper edge of another."""
    leaving = _ports([(edge[0], edge[1], edge) for edge in edges], x)
    arriving = _ports([(edge[-1], edge[-2], edge) for edge in edges], x)
    for edge in edges:
        start, end = str(edge[0]), str(edge[-1])
        points = [(leaving[start, end], MARGIN + 8 + HEIGHT + level[start] * STEP)]
        for spot in edge[1:-1]:
            y = MARGIN + spot[2] * STEP if isinstance(spot, tuple) else 0
            points += [(x[spot], y + 8), (x[spot], y + 8 + HEIGHT)]
        points.append((arriving[start, end], MARGIN + 7 + level[end] * STEP))
        path = f"M{points[0][0]:.1f} {points[0][1]}"
        for one, other in pairwise(points):
            middle = (one[1] + other[1]) / 2
            if one[0] == other[0]:
                path += f" L{other[0]:.1f} {other[1]}"
            else:
                path += f" C{one[0]:.1f} {middle:.0f} {other[0]:.1f} {middle:.0f} {other[0]:.1f} {other[1]}"
        title = f"<title>{start} imports {end}</title>"
        yield f'<path class="arrow" marker-end="url(#head)" d="{path}">{title}</path>'


def _ports(ends: list[tuple[Spot, Spot, list[Spot]]], x: dict[Spot, float]) -> dict[tuple[str, str], float]:
    """Where each arrow touches its box: side by side, in the order of where it comes from or goes to."""
    by_box: dict[Spot, list[tuple[float, list[Spot]]]] = {}
    for box, next_spot, edge in ends:
        by_box.setdefault(box, []).append((x[next_spot], edge))
    ports = {}
    for box, arrows in by_box.items():
        arrows.sort(key=lambda arrow: (arrow[0], str(arrow[1])))
        step = (width(box) - 20) / len(arrows)
        for number, (_, edge) in enumerate(arrows):
            ports[str(edge[0]), str(edge[-1])] = x[box] + step * (number - (len(arrows) - 1) / 2)
    return ports


def picture() -> str:
    """The picture of the code as it is now."""
    return drawing(room_imports(), layers())


def main() -> None:
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
