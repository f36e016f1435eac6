"""The curves of links: splines between the dots of boxes, through the reroutes that a link passes.

Source: ``LGraphCanvas.ts`` (_renderAllLinkSegments), ``litegraphLinkAdapter.ts``, ``pathRenderer.ts`` and
``Reroute.ts`` (calculateAngle) of frontend 1.58.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from comfyc.drawing.boxes import pair
from comfyc.drawing.model import Point

_BEND = 0.25
"""How far a control point is from its end, as a part of the distance of the ends."""
_FARTHEST = 80.0
"""The same at a reroute, in pixels at most."""
_MOST_KNOTS = 1000


@lru_cache(maxsize=65536)
def number(value: float) -> str:
    """A number of pixels for a path: at most two digits behind the point."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def spline(start: Point, end: Point, first: Point | None = None, last: Point | None = None) -> str:
    """The rest of a path that has come to ``start``. ``first`` and ``last`` are the control points from
    ``start`` and ``end``; where there is none, the curve leaves to the right and comes from the left."""
    bend = math.dist(start, end) * _BEND
    first, last = first or (bend, 0.0), last or (-bend, 0.0)
    return (
        f"C{number(start[0] + first[0])} {number(start[1] + first[1])}"
        f" {number(end[0] + last[0])} {number(end[1] + last[1])} {number(end[0])} {number(end[1])}"
    )


def middle_of(start: Point, end: Point) -> Point:
    """The middle of a curve without reroutes."""
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


@dataclass(slots=True)
class Reroutes:
    """The reroutes of a graph: where each is, which one it follows, and the last one of each link."""

    points: dict[Any, Point] = field(default_factory=dict)
    parents: dict[Any, Any] = field(default_factory=dict)
    last: dict[Any, Any] = field(default_factory=dict)

    def of(self, link: Any) -> list[Any]:
        """The reroutes that a link passes, in its direction."""
        found: list[Any] = []
        ident = self.last.get(link)
        while ident in self.points and ident not in found and len(found) < _MOST_KNOTS:
            found.append(ident)
            ident = self.parents.get(ident)
        return found[::-1]


def reroutes_in(graph: Mapping[str, Any]) -> Reroutes:
    """The reroutes of a graph of the file; those of schema 0.4 are in its member ``extra``."""
    extra = graph.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    found = Reroutes()
    for row in [*_objects(graph.get("reroutes")), *_objects(extra.get("reroutes"))]:
        ident, point = row.get("id"), pair(row.get("pos"))
        if isinstance(ident, (int, str)) and point is not None:
            found.points[ident] = point
            found.parents[ident] = _plain(row.get("parentId"))
    for row in [*_objects(graph.get("links")), *_objects(extra.get("linkExtensions"))]:
        ident, parent = row.get("id"), row.get("parentId")
        if isinstance(ident, (int, str)) and isinstance(parent, (int, str)):
            found.last[ident] = parent
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, str)) else None


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def bends(routes: Iterable[tuple[Point, list[Any], Point]], reroutes: Reroutes) -> dict[Any, Point]:
    """The direction in which the curve passes each reroute, as a vector of length 1: the mean of where it
    comes from and where its links go on to. ``routes`` are start, reroutes and end of each link."""
    onward: dict[Any, dict[Point, None]] = {}
    before: dict[Any, Point] = {}
    for start, passed, end in routes:
        points = [reroutes.points[ident] for ident in passed]
        for index, ident in enumerate(passed):
            before.setdefault(ident, points[index - 1] if index else start)
            onward.setdefault(ident, {})[points[index + 1] if index + 1 < len(points) else end] = None
    found: dict[Any, Point] = {}
    for ident, targets in onward.items():
        here, origin = reroutes.points[ident], before[ident]
        angles = [math.atan2(y - here[1], x - here[0]) for x, y in targets]
        arriving = math.atan2(here[1] - origin[1], here[0] - origin[0])
        turn = (arriving - sum(angles) / len(angles)) / 2
        if abs(turn) > math.pi / 2:
            turn += math.pi
        found[ident] = math.cos(arriving - turn), math.sin(arriving - turn)
    return found


def curve(start: Point, passed: list[Any], end: Point, reroutes: Reroutes, bent: Mapping[Any, Point]) -> str:
    """The path of a link from its start through its reroutes to its end."""
    parts = [f"M{number(start[0])} {number(start[1])}"]
    here, leaving = start, None
    points = [reroutes.points[ident] for ident in passed]
    for index, ident in enumerate(passed):
        point, way = points[index], bent[ident]
        back = min(_FARTHEST, math.dist(here, point) * _BEND)
        parts.append(spline(here, point, leaving, (-back * way[0], -back * way[1])))
        following = points[index + 1] if index + 1 < len(points) else end
        on = min(_FARTHEST, math.dist(point, following) * _BEND)
        here, leaving = point, (on * way[0], on * way[1])
    parts.append(spline(here, end, leaving))
    return "".join(parts)
