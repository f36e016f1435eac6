"""ComfyUI-VideoHelperSuite: values saved by name, rounded numbers, and widgets that depend on a video format.

Source: ``web/js/VHS.core.js`` (useKVState, initializeLoadFormat, addFormatWidgets, VHSINT, VHSFLOAT).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc import codes
from comfyc.graph import ABSENT, Link, Node, Widget
from comfyc.javascript.values import number, round_half_up, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through

FOLDER = "ComfyUI-VideoHelperSuite"

_LEADING_DIGITS = re.compile(r"[0-9]+")
_VIDEO = ("video", "force_rate", "force_size", "frame_load_cap", "skip_first_frames", "select_every_nth")

LISTS: dict[str, tuple[str | None, ...]] = {
    "VHS_LoadImages": ("directory", None, "image_load_cap", "skip_first_images", "select_every_nth"),
    "VHS_LoadImagesPath": ("directory", "image_load_cap", "skip_first_images", "select_every_nth"),
    "VHS_VideoCombine": ("frame_rate", "loop_count", "filename_prefix", "format", "pingpong", "save_image"),
    "VHS_LoadVideo": _VIDEO,
    "VHS_LoadVideoPath": _VIDEO,
}
"""The order of the values in old files, which are not saved by name."""

BY_FORMAT = ("force_rate", "custom_width", "custom_height", "frame_load_cap")
"""Widgets of a loader whose steps depend on its ``format``."""


@dataclass(slots=True)
class _Loader:
    """The widgets of one node while its values are assigned."""

    widgets: list[Widget]
    options: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    """The current limits of a widget, by the widget's ``id()``."""
    rows: list[Widget] = field(default_factory=list)
    """The widgets of the chosen video format."""

    def limits(self, widget: Widget) -> Mapping[str, Any]:
        return self.options.get(id(widget), widget.options)

    def called(self, widget: Widget) -> None:
        """Apply what the widget's callback does to its value and to other widgets."""
        if any(widget is row for row in self.rows):
            if widget.kind == "number" and (not isinstance(widget.value, int) or widget.value is True):
                widget.value = _stepped(widget.value, 1, 0)
        elif widget.kind == "number":
            widget.value = _rounded_int(widget.value, self.limits(widget))
        elif widget.kind == "float":
            widget.value = _rounded_float(widget.value, self.limits(widget))
        elif widget.name == "format" and isinstance(widget.options.get("formats"), dict):
            self.choose_format(widget, widget.options["formats"])

    def choose_format(self, widget: Widget, formats: Mapping[str, Any]) -> None:
        chosen = formats.get(widget.value) if isinstance(widget.value, str) else None
        if isinstance(chosen, dict):
            self.set_limits(chosen)
        elif not any(isinstance(item, dict) for item in formats.values()):
            self.set_rows(widget, chosen if isinstance(chosen, list) else [])

    def set_limits(self, chosen: Mapping[str, Any]) -> None:
        """Loaders: the format sets the steps and presets of numbers."""
        changes = _limits_of(chosen)
        for widget in self.widgets:
            if widget.name in BY_FORMAT:
                before = self.limits(widget).get("reset", ABSENT)
                limits = {**widget.options, **changes.get(widget.name, {})}
                self.options[id(widget)] = limits
                if before is not ABSENT and before == widget.value and "reset" in limits:
                    widget.value = limits["reset"]
                self.called(widget)

    def set_rows(self, widget: Widget, rows: list[Any]) -> None:
        """Writers: the format adds its own widgets right after itself."""
        start = self.widgets.index(widget) + 1
        made = [item for item in map(_row, rows) if item is not None]
        self.widgets[start : start + len(self.rows)] = made
        self.rows = made


def _limits_of(chosen: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    if "target_rate" in chosen:
        changes["force_rate"] = {"reset": chosen["target_rate"]}
    size = chosen.get("dim")
    if isinstance(size, list) and len(size) >= 2:
        for index, name in ((2, "custom_width"), (3, "custom_height")):
            changes[name] = {"step": size[0], "mod": size[1]}
            if len(size) > index and truthy(size[index]):
                changes[name]["reset"] = size[index]
    frames = chosen.get("frames")
    if isinstance(frames, list) and len(frames) >= 2:
        changes["frame_load_cap"] = {"step": frames[0], "mod": frames[1]}
    return changes


def _row(definition: Any) -> Widget | None:
    """A widget of a video format: ``[name, type or choices, options]``."""
    if not isinstance(definition, list) or len(definition) < 2 or not isinstance(definition[0], str):
        return None
    name, kind = definition[0], definition[1]
    options = definition[2] if len(definition) > 2 and isinstance(definition[2], dict) else {}
    default = options.get("default")
    if isinstance(kind, list):
        return Widget(
            name, "combo", default if truthy(default) else kind[0] if kind else ABSENT, options=options
        )
    kinds = {
        "INT": ("number", 0),
        "FLOAT": ("float", 0),
        "BOOLEAN": ("toggle", False),
        "STRING": ("text", ""),
    }
    own, otherwise = kinds.get(str(kind), ("custom", None))
    return Widget(name, own, otherwise if default is None else default, options=options)


def _rounded_int(value: Any, options: Mapping[str, Any]) -> Any:
    given = value
    high, low = options.get("max"), options.get("min")
    if truthy(high) and number(value) > number(high):
        value = high
    if truthy(low) and number(value) < number(low):
        value = low
    if number(value) == 0:
        return given
    return _stepped(value, options.get("step"), options.get("mod") or 0)


def _stepped(value: Any, step: Any, shift: Any) -> Any:
    """The nearest step. Without a step the script divides by zero, and JSON writes the result as null."""
    step, shift = number(step), number(shift)
    if not step or math.isnan(step):
        return None
    result = round_half_up((number(value) - shift) / step) * step + shift
    if not math.isfinite(result):
        return None
    return int(result) if result == int(result) else result


def _rounded_float(value: Any, options: Mapping[str, Any]) -> Any:
    rounding, high, low = options.get("round"), options.get("max"), options.get("min")
    if truthy(rounding):
        value = round_half_up((number(value) + 2**-52) / number(rounding)) * number(rounding)
    if truthy(high) and number(value) > number(high):
        value = high
    if truthy(low) and high is not None and number(value) < number(high):
        value = low  # as the script has it
    return value


def restore_by_name(saved: Saved) -> bool:
    """Give each widget the saved value of its name; widgets without one get a default that is not empty."""
    values = saved.raw.get("widgets_values")
    kind = saved.raw.get("type")
    order = LISTS.get(kind) if isinstance(kind, str) else None
    named: dict[str, Any]
    keys: Mapping[str, Any] = {}
    if isinstance(values, dict):
        named = dict(values)
        keys = {name: name for name in named}
    elif isinstance(values, list) and values:
        if order is None or len(values) < len(order):
            return False
        named = {name: values[index] for index, name in enumerate(order) if name is not None}
        keys = {name: index for index, name in enumerate(order) if name is not None}
    else:
        return isinstance(values, list) or values is None
    _migrate_size(named)
    loader = _Loader(saved.widgets)
    for widget in saved.widgets:
        if widget.name == "format":
            loader.called(widget)
    index = 0
    while index < len(saved.widgets):
        widget = saved.widgets[index]
        index += 1
        if widget.kind == "custom" and not widget.sent:
            continue
        name = widget.name
        if name not in named and kind == "VHS_VideoCombine" and name == "save_output":
            name = "save_image"
        if name in named:
            widget.value, widget.saved_at = named[name], keys.get(name)
            loader.called(widget)
        elif truthy(widget.options.get("default")) and not any(widget is row for row in loader.rows):
            loader.called(widget)
    return True


def _migrate_size(named: dict[str, Any]) -> None:
    """Replace ``force_size`` of old files with a width and a height."""
    size = named.get("force_size")
    if not isinstance(size, str):
        return
    if "x" in size:
        width, _, height = size.partition("x")
        named["custom_width"], named["custom_height"] = _side(width), _side(height)
        return
    if size in ("Disabled", "Custom Height"):
        named["custom_width"] = 0
    if size in ("Disabled", "Custom Width"):
        named["custom_height"] = 0


def _side(digits: str) -> int | None:
    head = _LEADING_DIGITS.match(digits.strip())
    return int(head[0][:9]) if head is not None else 0 if digits == "?" else None


def _rename_batch(node: Node, export: Export) -> None:
    """Rename the input ``batch_manager`` of old files, and report values that the script turns into null."""
    node.inputs = node.inputs.renamed("batch_manager", "meta_batch")
    for widget in node.widgets:
        if widget.kind == "number" and widget.value is None and widget.saved_at is not None:
            export.diagnostics.report(
                codes.NEEDS_BROWSER,
                f"the pack's script turns '{widget.name}' into null because the widget has no step",
                pointer=(*node.pointer, "widgets_values"),
                node=node.id,
                title=node.label,
                hint=f"set it when you convert or run it: --set '{node.id}.{widget.name}=...'",
            )


def _select_latest(export: Export) -> None:
    """Report that VHS_SelectLatest asks the server for its newest file, which is not in the workflow."""
    nodes = export.graph.nodes
    for node in nodes.values():
        for slot in node.inputs:
            bound = slot.binding
            origin = nodes.get(bound.origin) if isinstance(bound, Link) else None
            if origin is not None and origin.type == "VHS_SelectLatest":
                export.diagnostics.report(
                    codes.NEEDS_BROWSER,
                    f"the browser sets '{slot.name}' to the newest file on the server;"
                    " comfyc keeps the saved value",
                    pointer=origin.pointer,
                    node=node.id,
                    title=node.label,
                    hint=f"set the file when you convert or run it: --set '{node.id}.{slot.name}=...'",
                )


_BY_NAME = Behaviour(restore=restore_by_name, finish=_rename_batch)

TYPES = (
    *("AudioToVHSAudio", "VHSAudioToAudio", "BatchManager", "DuplicateImages", "DuplicateLatents"),
    *("DuplicateMasks", "GetImageCount", "GetLatentCount", "GetMaskCount", "LoadAudio", "LoadAudioUpload"),
    *("LoadImagePath", "LoadImages", "LoadImagesPath", "LoadVideo", "LoadVideoFFmpeg"),
    *("LoadVideoFFmpegPath", "LoadVideoPath", "MergeImages", "MergeLatents", "MergeMasks", "PruneOutputs"),
    *("SelectEveryNthImage", "SelectEveryNthLatent", "SelectEveryNthMask", "SelectFilename", "SelectImages"),
    *("SelectLatents", "SelectMasks", "SplitImages", "SplitLatents", "SplitMasks", "Unbatch"),
    *("VAEDecodeBatched", "VAEEncodeBatched", "VideoCombine", "VideoInfo", "VideoInfoLoaded"),
    "VideoInfoSource",
)

BEHAVIOURS = {
    **{f"VHS_{name}": _BY_NAME for name in TYPES},
    "VHS_SelectLatest": Behaviour(
        pass_through,
        outputs=("STRING",),
        widgets=("filename_prefix", "filename_postfix"),
        rewire=_select_latest,
    ),
}
