"""ComfyUI-Easy-Use (``web_version/v2``): its own Set and Get nodes, which work only within one graph, choices
that its scripts rename or append to a text, and values that are exported as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import Node, Widget, numbered_name
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import number, number_text, shown, text, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through
from comfyc.packs.easy_tables import empty_table, table_text
from comfyc.packs.setget import connect
from comfyc.safety.json_size import parse_inner

FOLDER = "ComfyUI-Easy-Use"

RENAMED: Mapping[str, Mapping[str, str]] = {
    "resolution": {"自定义 x 自定义": "width x height (custom)"},
    "preset": {"FLUX.1-dev": "REGULAR - FLUX and SD3.5 only (high strength)"},
    "add_noise": {"enable": "enable (CPU)"},
}
"""Renamed choices by widget: the name in older versions and the current one."""

WITH_RENAMED = (
    *("a1111Loader", "cascadeLoader", "comfyLoader", "fluxLoader", "fullLoader", "hunyuanDiTLoader"),
    *("kolorsLoader", "mochiLoader", "pixels", "svdLoader"),
    *("ipadapterApply", "ipadapterApplyADV", "ipadapterApplyEncoder", "ipadapterApplyFaceIDKolors"),
    *("ipadapterApplyFromParams", "ipadapterStyleComposition"),
    *("preSamplingAdvanced", "preSamplingCustom"),
)
"""The node types that have one of these widgets, without the prefix "easy "."""

SEPARATORS = {
    "prefix": " ",
    "subject": " ",
    "action": ",",
    "clothes": ",",
    "environment": ",",
    "background": " ",
    "nsfw": ",",
}
"""The separator before each choice of "easy prompt" that is appended to the text."""

PANELS = {
    "toolbar": '{"select":"now","unlock":true,"last_seed":0,"seed":0}',
    "multi_angle": '[{"rotate":0,"vertical":0,"zoom":5,"add_angle_prompt":true}]',
}
"""Widgets that hold JSON, with the value of a new node."""

_LORA, _WILDCARD = "Select to add LoRA", "Select to add Wildcard"
_PLACEHOLDERS = {
    _LORA: "Select the LoRA to add to the text",
    _WILDCARD: "Select the Wildcard to add to the text",
    "prefix": "Select the prefix to add to the text",
}
_INTEGER = re.compile(r"\s*([+-]?[0-9]+)")


def _connect(export: Export) -> None:
    connect(export, "easy setNode", "easy getNode", enclosing=False)


def rename_choices(saved: Saved) -> None:
    """Replace choices that have been renamed since older versions of the pack."""
    for widget in saved.widgets:
        known = RENAMED.get(widget.name, {})
        if isinstance(widget.value, str) and widget.value in known:
            renamed = known[widget.value]
            message = (
                f"'{widget.name}' was saved as {shown(widget.value)}, which the pack now calls {renamed!r}"
            )
            saved.report(codes.VALUE_REWRITTEN, message, widget)
            widget.value = renamed


def settle_loader(saved: Saved) -> None:
    """The full and the Flux loader: a linked model or VAE overrides the chosen file."""
    rename_choices(saved)
    inputs = saved.raw.get("inputs")
    linked = {
        slot.get("name")
        for slot in (inputs if isinstance(inputs, list) else ())
        if isinstance(slot, dict) and slot.get("link") is not None
    }
    for widget in saved.widgets:
        if widget.name == "ckpt_name" and "model_override" in linked:
            choices = widget.options.get("options")
            _overrule(saved, widget, choices[0] if isinstance(choices, list) and choices else "None")
        elif widget.name == "vae_name" and "vae_override" in linked:
            _overrule(saved, widget, "Baked VAE")


def _overrule(saved: Saved, widget: Widget, value: Any) -> None:
    if widget.value != value:
        message = f"'{widget.name}' becomes {shown(value)} because a link overrides {shown(widget.value)}"
        saved.report(codes.VALUE_REWRITTEN, message, widget)
        widget.value = value


def join_words(saved: Saved) -> None:
    """easy prompt: append each saved choice to the text; the choices themselves are reset."""
    body = next((item for item in saved.widgets if item.name == "text"), None)
    for widget in saved.widgets:
        between = SEPARATORS.get(widget.name)
        choices = widget.options.get("options")
        if body is None or between is None or not isinstance(choices, list) or widget.saved_at is None:
            continue
        placeholder = _PLACEHOLDERS.get(widget.name, choices[0] if choices else None)
        if widget.value in choices and widget.value != placeholder:
            _join(saved, body, widget, (between if body.value != "" else "") + text(widget.value))


def join_wildcards(saved: Saved) -> None:
    """easy wildcards: append the saved LoRA and wildcard choices to the text."""
    body = next((item for item in saved.widgets if item.name == "text"), None)
    for widget in saved.widgets:
        placeholder = _PLACEHOLDERS.get(widget.name)
        if body is None or placeholder is None or widget.saved_at is None or widget.value == placeholder:
            continue
        if widget.name == _WILDCARD:
            _join(saved, body, widget, (", " if body.value != "" else "") + text(widget.value))
        elif isinstance(widget.value, str):
            _join(saved, body, widget, f"<lora:{widget.value.removesuffix('.safetensors')}>")


def _join(saved: Saved, body: Widget, widget: Widget, piece: str) -> None:
    body.value = text(body.value) + piece
    saved.report(codes.VALUE_REWRITTEN, f"the pack's script appends {shown(piece)} to 'text'", widget)


def fill_schedule(saved: Saved) -> None:
    """easy sv3dLoader: fill an empty schedule according to the easing mode and the batch size."""
    widgets = {widget.name: widget for widget in saved.widgets}
    schedule = widgets.get("scheduler")
    if schedule is None or truthy(schedule.value):
        return
    count = number(widgets["batch_size"].value) if "batch_size" in widgets else 0
    last = f"{text(count - 1)}" if count > 1 else ""
    mode = widgets["easing_mode"].value if "easing_mode" in widgets else None
    if mode == "azimuth":
        schedule.value = "0:(0.0,0.0)" + (f"\n{last}:(360.0,0.0)" if last else "")
    elif mode == "elevation":
        schedule.value = "0:(-90.0,0.0)" + (f"\n{last}:(90.0,0.0)" if last else "")
    elif mode == "custom":
        schedule.value = "0:(0.0,0.0)\n9:(180.0,0.0)\n20:(360.0,0.0)"


def write_text(node: Node, export: Export) -> None:
    """Export lists of choices joined by commas, panel settings as JSON, and tables as Markdown."""
    for widget in node.widgets:
        if widget.name == "select_styles":
            widget.value = ",".join(part.strip() for part in _parts(widget.value))
        elif widget.name == "mask_components":
            widget.value = ",".join(_integer(part) for part in _parts(widget.value))
        elif widget.name in PANELS:
            made = _panel(widget.value)
            widget.value = _known(node, widget, made, PANELS[widget.name], export)
        elif widget.name == "table_data":
            widget.value = _known(node, widget, table_text(widget.value), empty_table(), export)


def _known(node: Node, widget: Widget, made: str | None, otherwise: str, export: Export) -> str:
    if made is None and truthy(widget.value):
        export.report(
            codes.VALUE_UNREADABLE,
            f"the pack's script cannot read {shown(widget.value)},"
            f" so '{widget.name}' gets the value of a new node",
            node,
            widget,
            hint="open the workflow in the editor, set the widget and save",
        )
    return otherwise if made is None else made


def _parts(value: Any) -> list[str]:
    """The members of a list, or the parts of a text between commas."""
    joined = ",".join(map(_shown, value)) if isinstance(value, list) else value
    return joined.split(",") if isinstance(joined, str) else []


def _integer(part: str) -> str:
    """``parseInt`` of a member as text; an empty member stays empty."""
    digits = _INTEGER.match(part)
    if digits is None:
        return "NaN" if part else ""
    return number_text(number(digits.group(1)))


def _panel(value: Any) -> str | None:
    """The settings as ``JSON.stringify`` writes them; None if the value is not JSON."""
    if isinstance(value, str):
        try:
            value = parse_inner(value)
        except (ValueError, RecursionError):
            return None
    return compact_text(value) if isinstance(value, (dict, list)) else None


def _shown(item: Any) -> str:
    return "" if item is None else text(item)


def restore_shown(saved: Saved) -> bool:
    """The displayed texts of the last run become widgets."""
    values = saved.raw.get("widgets_values")
    for index, value in enumerate(values if isinstance(values, list) else ()):
        name = numbered_name("text", index) if index else "text"
        saved.widgets.append(Widget(name, "customtext", _shown(value), saved_at=index))
    return True


_TEXT = Behaviour(finish=write_text)
_SHOWN = Behaviour(restore=restore_shown)
_RENAMED = Behaviour(settle=rename_choices)
_LOADER = Behaviour(settle=settle_loader)

BEHAVIOURS = {
    **{f"easy {name}": _RENAMED for name in WITH_RENAMED},
    "easy fluxLoader": _LOADER,
    "easy fullLoader": _LOADER,
    "easy sv3dLoader": Behaviour(settle=fill_schedule),
    "easy prompt": Behaviour(settle=join_words),
    "easy wildcards": Behaviour(settle=join_wildcards),
    "easy wildcardsMatrix": Behaviour(settle=join_wildcards),
    "easy showAnything": _SHOWN,
    "easy showAnythingLazy": _SHOWN,
    "easy showLoaderSettingsNames": _SHOWN,
    "easy showSpentTime": _SHOWN,
    "easy showTensorShape": _SHOWN,
    "easy stylesSelector": _TEXT,
    "easy humanSegmentation": _TEXT,
    "easy promptAwait": _TEXT,
    "easy multiAngle": _TEXT,
    "easy tableEditor": _TEXT,
    "easy setNode": Behaviour(pass_through, "Set", (("*", "*"),), (), ("Constant",)),
    "easy getNode": Behaviour(pass_through, "Get", (), ("*",), ("Constant",), rewire=_connect),
    "easy bookmark": Behaviour(pass_through, "Bookmark", widgets=("shortcut_key", "zoom")),
}
