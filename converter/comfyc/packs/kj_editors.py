"""KJNodes' graphical editors, which rewrite their values when a file is opened (``web/js``).

The rewritten values are computed from the stored ones, except where the browser has to draw something.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from comfyc import codes
from comfyc.graph import Link, Node, Widget
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import number, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved
from comfyc.safety.json_size import parse_inner

SPLINE_COLOR = "#1f77b4"
BRIGHTNESS = 25


def _parsed(value: Any) -> tuple[bool, Any]:
    """Whether a text is JSON, and its parsed value."""
    try:
        return (True, parse_inner(value)) if isinstance(value, str) else (False, None)
    except (ValueError, RecursionError):
        return False, None


def _put(widgets: dict[str, Widget], name: str, value: Any) -> None:
    if name in widgets:
        widgets[name].value = compact_text(value)


def _by_name(saved: Saved) -> dict[str, Widget]:
    return {widget.name: widget for widget in saved.widgets}


def settle_points(saved: Saved) -> None:
    """Points Editor: the coordinates are those of the stored points, or of one point in the middle."""
    widgets = _by_name(saved)
    if not {"points_store", "bbox_store", "width", "height"} <= widgets.keys():
        return
    known, stored = _parsed(widgets["points_store"].value)
    boxes_known, boxes = _parsed(widgets["bbox_store"].value)
    if known and boxes_known and stored is not None:
        points = stored if isinstance(stored, dict) else {}
        positive, negative = points.get("positive") or [], points.get("negative") or []
    else:
        _report_unreadable(saved, widgets["points_store"])
        middle = {"x": _half(widgets["width"].value), "y": _half(widgets["height"].value)}
        positive, negative, boxes = [middle], [], [{}]
    _put(widgets, "points_store", {"positive": positive, "negative": negative})
    _put(widgets, "coordinates", positive)
    _put(widgets, "neg_coordinates", negative)
    if isinstance(boxes, dict) or (isinstance(boxes, list) and boxes):
        _put(widgets, "bbox_store", boxes)
        _put(widgets, "bboxes", boxes)


def _half(side: Any) -> float:
    return number(side) / 2


def _report_unreadable(saved: Saved, widget: Widget) -> None:
    if widget.saved_at is not None and truthy(widget.value):
        message = f"the node's editor cannot read '{widget.name}' and resets it"
        saved.report(codes.VALUE_UNREADABLE, message, widget)


def settle_splines(saved: Saved) -> None:
    """Spline Editor: the browser samples the coordinates of curves; those of control points are known."""
    widgets = _by_name(saved)
    if not {"points_store", "coordinates", "sampling_method", "mask_width", "mask_height"} <= widgets.keys():
        return
    store = widgets["points_store"]
    known, stored = _parsed(store.value)
    if (
        known
        and isinstance(stored, list)
        and stored
        and isinstance(stored[0], dict)
        and "points" in stored[0]
    ):
        splines = stored
    else:
        if known and not isinstance(stored, list):
            return
        if not known:
            _report_unreadable(saved, store)
            width, height = number(widgets["mask_width"].value), number(widgets["mask_height"].value)
            stored = [{"x": 0, "y": height}, {"x": width / 5 * 2, "y": 50}, {"x": width, "y": 0}]
        splines = [{"points": stored, "color": SPLINE_COLOR, "name": "Spline 1"}]
    _put(widgets, "points_store", splines)
    curves = [spline.get("points") if isinstance(spline, dict) else None for spline in splines]
    count = widgets["points_to_sample"].value if "points_to_sample" in widgets else None
    if widgets["sampling_method"].value == "controlpoints":
        _put(widgets, "coordinates", curves)
    elif isinstance(count, int) and all(isinstance(curve, list) and len(curve) == 1 for curve in curves):
        _put(widgets, "coordinates", [curve * count for curve in curves if curve])
    else:
        saved.report(
            codes.NEEDS_BROWSER,
            "the browser samples 'coordinates' from the curve; comfyc keeps the saved ones",
            widgets["coordinates"],
            "if the curve was changed outside the editor, open the workflow there and save it",
        )


def settle_frame(saved: Saved) -> None:
    """Screencap Stream: a frame exists only while the browser captures the screen, never in a file."""
    for widget in saved.widgets:
        if widget.name == "frame_data":
            if truthy(widget.value):
                message = "the browser captures 'frame_data' from the screen; comfyc leaves it empty"
                saved.report(codes.NEEDS_BROWSER, message, widget)
            widget.value = ""


def finish_transform(node: Node, export: Export) -> None:
    """Image Transform: without an image to draw them on, the boxes are dropped; colour and rotation are
    kept."""
    widget = next((item for item in node.widgets if item.name == "bboxes"), None)
    if widget is None or node.properties.get("previewEnabled") is False or _shows_picture(node, export):
        return
    _, stored = _parsed(widget.value)
    settings = stored if isinstance(stored, dict) else {}
    boxes = settings.get("bboxes", stored) if isinstance(stored, (dict, list)) else None
    rotation = settings.get("rotation", node.properties.get("rotation"))
    data: dict[str, Any] = {"rotation": rotation} if rotation is not None and rotation != 0 else {}
    color = settings.get("fillColor") or node.properties.get("fillColor") or "#000000"
    if isinstance(boxes, list) and boxes:
        export.report(
            codes.VALUE_LOST,
            "the boxes in 'bboxes' are dropped because the node's input has no image to draw them on",
            node,
            widget,
            hint="link a Load Image node to it, or set the preview of the node to 'Manual' in the editor",
        )
    widget.value = compact_text({**data, "fillColor": color})


def _shows_picture(node: Node, export: Export) -> bool:
    """Whether the image comes from a loader, judging by the names of its widgets."""
    for slot in node.inputs:
        if slot.name == "image" and isinstance(slot.binding, Link):
            origin = export.graph.nodes.get(slot.binding.origin)
            widgets: Iterable[Widget] = origin.widgets if origin is not None else ()
            return any(item.name in ("image", "video") and truthy(item.value) for item in widgets)
    return False


def settle_regions(saved: Saved) -> None:
    """Ideogram 4 Prompt Builder: the file keeps regions and settings in the node's member ``ideo``."""
    widgets = _by_name(saved)
    own = saved.raw.get("ideo")
    own = own if isinstance(own, dict) else {}
    values = saved.raw.get("widgets_values")
    values = values if isinstance(values, list) else []
    found = own.get("boxes") if isinstance(own.get("boxes"), list) else None
    for value in [_value(widgets, "elements_data"), *values, *(item.value for item in saved.widgets)]:
        found = _regions(value) if found is None else found
    boxes = [box for box in found or [] if isinstance(box, dict) and _is_number(box.get("x"))]
    if boxes:
        boxes[0] = {**boxes[0], "palette": boxes[0].get("palette") or []}
    palette = own.get("palette") if _is_palette(own.get("palette")) else None
    for value in [_value(widgets, "style_palette_data"), *values]:
        colors = _parsed(value)[1]
        palette = colors if palette is None and _is_palette(colors) else palette
    settled: dict[str, Any] = {
        "elements_data": compact_text(boxes) if boxes else "",
        "style_palette_data": compact_text(palette) if palette else "",
        "output_format": "pretty" if own.get("outputFormat") == "pretty" else "compact",
        "coord_mode": "absolute" if own.get("coordMode") == "absolute" else "normalized",
        "bbox_order": "xy" if own.get("bboxOrder") == "xy" else "yx",
        "import_mode": _first_of(own.get("importMode"), _value(widgets, "import_mode")),
    }
    brightness = _value(widgets, "bg_brightness")
    settled["bg_brightness"] = brightness if _is_number(brightness) else BRIGHTNESS
    for name, value in settled.items():
        if name in widgets:
            widgets[name].value = value


def _value(widgets: dict[str, Widget], name: str) -> Any:
    return widgets[name].value if name in widgets else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _regions(value: Any) -> list[Any] | None:
    boxes = _parsed(value)[1]
    if not isinstance(boxes, list):
        return None
    fits = [isinstance(box, dict) and _is_number(box.get("x")) and _is_number(box.get("w")) for box in boxes]
    return boxes if any(fits) else None


def _is_palette(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(color, str) and color[:1] == "#" for color in value)
    )


def _first_of(*modes: Any) -> str:
    known = ("when empty", "always")
    return next((mode for mode in modes if mode in known), known[0])


def mark_import(node: Node, export: Export) -> None:
    """Ideogram 4 Prompt Builder: if a linked text overrides the regions, a refresh counter replaces them."""
    widgets = {widget.name: widget for widget in node.widgets}
    linked = any(slot.name == "import_json" and isinstance(slot.binding, Link) for slot in node.inputs)
    if linked and (_value(widgets, "import_mode") == "always" or not _value(widgets, "elements_data")):
        _put(widgets, "elements_data", {"_refresh": 1})


EDITORS = {
    "PointsEditor": Behaviour(settle=settle_points),
    "SplineEditor": Behaviour(settle=settle_splines),
    "ScreencapStream": Behaviour(settle=settle_frame),
    "ImageTransformKJ": Behaviour(finish=finish_transform),
    "Ideogram4PromptBuilderKJ": Behaviour(settle=settle_regions, finish=mark_import),
}
