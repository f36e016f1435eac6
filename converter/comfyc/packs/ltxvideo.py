"""ComfyUI-LTXVideo: its track editor, which samples the tracks when a file is opened (``web/js``)."""

from __future__ import annotations

import math
from typing import Any

from comfyc import codes
from comfyc.graph import Widget
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import number, round_half_up
from comfyc.packs.behaviour import Behaviour, Saved
from comfyc.safety.json_size import parse_inner

FOLDER = "ComfyUI-LTXVideo"

NEW_TRACKS: list[Any] = [[{"x": 1024 * 0.3, "y": 576 * 0.5}, {"x": 1024 * 0.7, "y": 576 * 0.5}]]
"""The tracks of a new node: one horizontal track across the middle of its canvas."""

MAX_SAMPLES = 100_000

Point = tuple[float, float]


def settle_tracks(saved: Saved) -> None:
    """Compute the coordinates: points along each track, in whole pixels."""
    widgets = {widget.name: widget for widget in saved.widgets}
    if not {"points_store", "coordinates", "points_to_sample"} <= widgets.keys():
        return
    stored = _tracks(widgets["points_store"])
    tracks = stored or NEW_TRACKS
    samples = number(widgets["points_to_sample"].value)
    curves = [_points(track) for track in tracks]
    if any(curve is None for curve in curves) or not 2 <= samples <= MAX_SAMPLES:
        message = (
            "the browser samples 'coordinates' from tracks that comfyc cannot read; the saved ones are kept"
        )
        saved.report(codes.NEEDS_BROWSER, message, widgets["coordinates"])
        return
    if stored is None and widgets["points_store"].value not in ("", "[]", None):
        message = "the node's editor cannot read 'points_store' and resets it"
        saved.report(codes.VALUE_UNREADABLE, message, widgets["points_store"])
    widgets["points_store"].value = compact_text(tracks)
    widgets["coordinates"].value = compact_text(
        [
            [{"x": round_half_up(x), "y": round_half_up(y)} for x, y in _sampled(curve, int(samples))]
            for curve in curves
            if curve is not None
        ]
    )


def _tracks(store: Widget) -> list[Any] | None:
    try:
        tracks = parse_inner(store.value) if isinstance(store.value, str) else None
    except (ValueError, RecursionError):
        return None
    return tracks if isinstance(tracks, list) and tracks else None


def _points(track: Any) -> list[Point] | None:
    """The points of a track; None if it has members that are not points."""
    points = []
    for item in track if isinstance(track, list) else (None,):
        x, y = (_coordinate(item.get(axis)) if isinstance(item, dict) else math.nan for axis in ("x", "y"))
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        points.append((x, y))
    return points


def _coordinate(value: Any) -> float:
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def _sampled(points: list[Point], count: int) -> list[Point]:
    """``count`` points along a track: on a line through two points, on a Catmull-Rom spline through more."""
    if not points:
        return []
    if len(points) == 1:
        return points * count
    if len(points) == 2:
        (ax, ay), (bx, by) = points
        shares = [index / (count - 1) for index in range(count)]
        return [(ax + (bx - ax) * share, ay + (by - ay) * share) for share in shares]
    padded = [points[0], *points, points[-1]]
    last = len(points) - 2
    made = []
    for index in range(count):
        position = index / (count - 1) * (last + 1)
        segment = min(math.floor(position), last)
        xs, ys = zip(*padded[segment : segment + 4], strict=True)
        made.append((_between(xs, position - segment), _between(ys, position - segment)))
    return made


def _between(four: tuple[float, ...], share: float) -> float:
    before, start, end, after = four
    return 0.5 * (
        2 * start
        + (-before + end) * share
        + (2 * before - 5 * start + 4 * end - after) * (share * share)
        + (-before + 3 * start - 3 * end + after) * (share * share * share)
    )


BEHAVIOURS = {"LTXVSparseTrackEditor": Behaviour(settle=settle_tracks)}
