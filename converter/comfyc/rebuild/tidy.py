"""Lay out a graph: columns in the order of the links, few crossings, short links, and no node over another.

The method is that of Sugiyama: nodes are put into layers, a link over several layers passes each of them, the
nodes of a layer are sorted by where their neighbours are until fewer crossings cannot be had in this way, and
last each is moved up or down towards its neighbours.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from comfyc.rebuild.sizes import TITLE_HEIGHT

BETWEEN_COLUMNS, BETWEEN_NODES, BETWEEN_PARTS = 90.0, 40.0, 120.0
"""Pixels between layers, between nodes (below one and above the title of the next), and between parts of the
graph that no link connects."""
_SWEEPS = 12
_MOST_PASSING = 20_000
"""Links in all layers that they pass. Beyond it, links over several layers are not heeded."""

Size = tuple[float, float]
Pos = tuple[float, float]


@dataclass(slots=True)
class _Layers:
    """The layers of one part: items in order, their sizes and neighbours. Items below 0 are passing links."""

    rows: list[list[int]] = field(default_factory=list)
    before: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    after: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def laid_out(
    sizes: Sequence[Size],
    links: Sequence[tuple[int, int]],
    first: int | None = None,
    last: int | None = None,
) -> list[Pos]:
    """The positions of nodes, whose sizes and links are given by their index: the upper left corners below
    the titles. The upper left node is near (0, 0).

    ``first`` and ``last`` are nodes that stand left and right of all others.
    """
    level = _levels(len(sizes), links)
    if first is not None:
        level = [0 if item == first else one + 1 for item, one in enumerate(level)]
    if last is not None:
        level[last] = max(level) + 1
    positions: list[Pos] = [(0.0, 0.0)] * len(sizes)
    y = 0.0
    for part in _parts(len(sizes), links):
        layers = _layers_of(part, links, level)
        _sort(layers)
        tops = _tops(layers, sizes)
        top = min(tops[item] for item in part)
        x = 0.0
        for row in layers.rows:
            for item in row:
                if item >= 0:
                    positions[item] = (x, y + tops[item] - top)
            widths = [sizes[item][0] for item in row if item >= 0]
            x += max(widths, default=0.0) + (BETWEEN_COLUMNS if widths else 0)
        y += max(tops[item] + sizes[item][1] for item in part) - top + BETWEEN_PARTS + TITLE_HEIGHT
    return positions


def _levels(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """The layer of each node: as far right as the nodes that it feeds allow, if that makes links shorter."""
    after: dict[int, list[int]] = defaultdict(list)
    into = [0] * count
    for origin, target in links:
        after[origin].append(target)
        into[target] += 1
    left = list(into)
    level = [0] * count
    ready = deque(item for item in range(count) if not left[item])
    ordered: list[int] = []
    while ready:
        item = ready.popleft()
        ordered.append(item)
        for target in after[item]:
            level[target] = max(level[target], level[item] + 1)
            left[target] -= 1
            if not left[target]:
                ready.append(target)
    placed = set(ordered)
    ordered += [item for item in range(count) if item not in placed]
    for item in reversed(ordered):
        targets = [level[target] for target in after[item] if level[target] > level[item]]
        if targets and len(targets) >= into[item]:
            level[item] = max(level[item], min(targets) - 1)
    return level


def _parts(count: int, links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The parts of the graph that no link connects, large ones first."""
    near: dict[int, list[int]] = defaultdict(list)
    for origin, target in links:
        near[origin].append(target)
        near[target].append(origin)
    seen: set[int] = set()
    parts: list[list[int]] = []
    for start in range(count):
        if start in seen:
            continue
        seen.add(start)
        part, pending = [], [start]
        while pending:
            item = pending.pop()
            part.append(item)
            for other in near[item]:
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        parts.append(sorted(part))
    return sorted(parts, key=lambda part: -len(part))


def _layers_of(part: Sequence[int], links: Sequence[tuple[int, int]], level: Sequence[int]) -> _Layers:
    """The layers of a part, with a passing item for each layer that a link jumps over."""
    members = set(part)
    made = _Layers([[] for _ in range(max(level[item] for item in part) + 1)])
    for item in part:
        made.rows[level[item]].append(item)
    own = [
        (origin, target) for origin, target in links if origin in members and level[origin] < level[target]
    ]
    long = sum(level[target] - level[origin] - 1 for origin, target in own) <= _MOST_PASSING
    passing = 0
    for origin, target in own:
        item = origin
        for between in range(level[origin] + 1, level[target] if long else 0):
            passing -= 1
            made.rows[between].append(passing)
            made.after[item].append(passing)
            made.before[passing].append(item)
            item = passing
        made.after[item].append(target)
        made.before[target].append(item)
    return made


def _sort(layers: _Layers) -> None:
    """Sort each layer by the mean rank of its neighbours, to and fro, and keep the best order of all."""
    best, fewest = [list(row) for row in layers.rows], _crossings(layers)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        near = layers.before if sweep % 2 == 0 else layers.after
        rows = layers.rows if sweep % 2 == 0 else layers.rows[::-1]
        for fixed, row in pairwise(rows):
            rank = {item: index for index, item in enumerate(fixed)}
            own = {item: index for index, item in enumerate(row)}
            row.sort(key=lambda item: (_mean(near.get(item, ()), rank, own[item]), own[item]))
        count = _crossings(layers)
        if count < fewest:
            best, fewest = [list(row) for row in layers.rows], count
    layers.rows = best


def _mean(items: Sequence[int], rank: Mapping[int, int], otherwise: int) -> float:
    found = [rank[item] for item in items if item in rank]
    return sum(found) / len(found) if found else float(otherwise)


def _crossings(layers: _Layers) -> int:
    """The number of crossings between neighbouring layers, counted with a binary indexed tree."""
    total = 0
    for left, right in pairwise(layers.rows):
        rank = {item: index for index, item in enumerate(right)}
        ends = [
            rank[target]
            for item in left
            for target in sorted(layers.after.get(item, ()), key=lambda one: rank.get(one, -1))
            if target in rank
        ]
        tree = [0] * (len(right) + 1)
        for seen, end in enumerate(ends):
            before, at = 0, end + 1
            while at:
                before += tree[at]
                at -= at & -at
            total += seen - before
            at = end + 1
            while at <= len(right):
                tree[at] += 1
                at += at & -at
    return total


def _tops(layers: _Layers, sizes: Sequence[Size]) -> dict[int, float]:
    """The height at which each item begins: near the middle of its neighbours, in order, and apart."""

    def height(item: int) -> float:
        return sizes[item][1] + TITLE_HEIGHT + BETWEEN_NODES if item >= 0 else BETWEEN_NODES / 2

    middle: dict[int, float] = {}
    for row in layers.rows:
        y = 0.0
        for item in row:
            middle[item] = y + height(item) / 2
            y += height(item)
    for sweep in range(_SWEEPS):
        near = layers.before if sweep % 2 == 0 else layers.after
        for row in layers.rows if sweep % 2 == 0 else layers.rows[::-1]:
            wanted = [
                sum(middle[other] for other in near[item]) / len(near[item])
                if near.get(item)
                else middle[item]
                for item in row
            ]
            middle.update(zip(row, _apart(wanted, [height(item) for item in row]), strict=True))
    return {item: middle[item] - height(item) / 2 + TITLE_HEIGHT for item in middle if item >= 0}


def _apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """The middles nearest to those that are wanted, in the same order, at which nothing overlaps.

    Neighbours that would overlap become one block, which stands at the mean of what its members want.
    """
    blocks: list[
        tuple[float, float, int]
    ] = []  # where its first member wants to begin on average, height, members
    for want, height in zip(wanted, heights, strict=True):
        top, tall, members = want - height / 2, height, 1
        while blocks and blocks[-1][0] + blocks[-1][1] > top:
            above, above_tall, above_members = blocks.pop()
            total = above_members + members
            top = (above * above_members + (top - above_tall) * members) / total
            tall, members = above_tall + tall, total
        blocks.append((top, tall, members))
    middles: list[float] = []
    index = 0
    for top, _, members in blocks:
        y = top
        for height in heights[index : index + members]:
            middles.append(y + height / 2)
            y += height
        index += members
    return middles
