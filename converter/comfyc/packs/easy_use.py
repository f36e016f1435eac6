"""ComfyUI-Easy-Use: its own Set and Get nodes, which see their own graph only, choices that its scripts
bring up to date or join to a text, and values written as text (``web_version/v2``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import Node, Widget
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import number, number_text, shown, text, truthy
from comfyc.packs import Behaviour, Export, Saved
from comfyc.packs.easy_tables import empty_table, table_text
from comfyc.packs.setget import connect, pass_through
from comfyc.safety.json_size import parse_inner

FOLDER = "ComfyUI-Easy-Use"

RENAMED: Mapping[str, Mapping[str, str]] = {
    "resolution": {"自定义 x 自定义": "width x height (custom)"},
    "preset": {"FLUX.1-dev": "REGULAR - FLUX and SD3.5 only (high strength)"},
    "add_noise": {"enable": "enable (CPU)"},
}
"""By widget, choices of older versions and what they are called today."""

WITH_RENAMED = (
    *("a1111Loader", "cascadeLoader", "comfyLoader", "fluxLoader", "fullLoader", "hunyuanDiTLoader"),
    *("kolorsLoader", "mochiLoader", "pixels", "svdLoader"),
    *("ipadapterApply", "ipadapterApplyADV", "ipadapterApplyEncoder", "ipadapterApplyFaceIDKolors"),
    *("ipadapterApplyFromParams", "ipadapterStyleComposition"),
    *("preSamplingAdvanced", "preSamplingCustom"),
)
"""The node types, without "easy ", that have one of these widgets."""

SEPARATORS = {
    "prefix": " ",
    "subject": " ",
    "action": ",",
    "clothes": ",",
    "environment": ",",
    "background": " ",
    "nsfw": ",",
}
"""The choices of "easy prompt", with what stands between the text and each of them."""

PANELS = {
    "toolbar": '{"select":"now","unlock":true,"last_seed":0,"seed":0}',
    "multi_angle": '[{"rotate":0,"vertical":0,"zoom":5,"add_angle_prompt":true}]',
}
"""Settings that are JSON, as a new node has them."""

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
    """Choices that were called something else in older versions."""
    for widget in saved.widgets:
        known = RENAMED.get(widget.name, {})
        if isinstance(widget.value, str) and widget.value in known:
            renamed = known[widget.value]
            message = (
                f"'{widget.name}' is {shown(widget.value)} in older versions of the pack, {renamed!r} today"
            )
            saved.report(codes.VALUE_REWRITTEN, message, widget)
            widget.value = renamed


def settle_loader(saved: Saved) -> None:
    """The full and the Flux loader: a linked model or VAE takes the place of the chosen file."""
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
        message = (
            f"'{widget.name}' becomes {shown(value)}, as a link takes the place of {shown(widget.value)}"
        )
        saved.report(codes.VALUE_REWRITTEN, message, widget)
        widget.value = value


def join_words(saved: Saved) -> None:
    """easy prompt: each choice of the file is joined to the text, and the choices start anew."""
    body = next((item for item in saved.widgets if item.name == "text"), None)
    for widget in saved.widgets:
        between = SEPARATORS.get(widget.name)
        choices = widget.options.get("options")
        if body is None or between is None or not isinstance(choices, list) or widget.place is None:
            continue
        placeholder = _PLACEHOLDERS.get(widget.name, choices[0] if choices else None)
        if widget.value in choices and widget.value != placeholder:
            _join(saved, body, widget, (between if body.value != "" else "") + text(widget.value))


def join_wildcards(saved: Saved) -> None:
    """easy wildcards: a LoRA and a wildcard that the file has chosen are joined to the text."""
    body = next((item for item in saved.widgets if item.name == "text"), None)
    for widget in saved.widgets:
        placeholder = _PLACEHOLDERS.get(widget.name)
        if body is None or placeholder is None or widget.place is None or widget.value == placeholder:
            continue
        if widget.name == _WILDCARD:
            _join(saved, body, widget, (", " if body.value != "" else "") + text(widget.value))
        elif isinstance(widget.value, str):
            _join(saved, body, widget, f"<lora:{widget.value.removesuffix('.safetensors')}>")


def _join(saved: Saved, body: Widget, widget: Widget, piece: str) -> None:
    body.value = text(body.value) + piece
    saved.report(codes.VALUE_REWRITTEN, f"the pack's script joins {shown(piece)} to 'text'", widget)


def fill_schedule(saved: Saved) -> None:
    """easy sv3dLoader: an empty schedule is made from the easing mode and the number of pictures."""
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
    """Lists of choices are joined by commas, settings of panels are JSON, tables are Markdown."""
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
        export.diagnostics.report(
            codes.VALUE_UNREADABLE,
            f"the pack's script cannot read {shown(widget.value)}: '{widget.name}' is that of a new node",
            pointer=node.pointer_of(widget),
            node=node.id,
            title=node.label,
            hint="open the workflow in the editor, set the widget anew and save",
        )
    return otherwise if made is None else made


def _parts(value: Any) -> list[str]:
    """The members of a list, or of a text with commas."""
    joined = ",".join(map(_shown, value)) if isinstance(value, list) else value
    return joined.split(",") if isinstance(joined, str) else []


def _integer(part: str) -> str:
    """``parseInt`` of a member; an empty one stays."""
    digits = _INTEGER.match(part)
    if digits is None:
        return "NaN" if part else ""
    return number_text(number(digits.group(1)))


def _panel(value: Any) -> str | None:
    """The settings as ``JSON.stringify`` writes them; None if they are none."""
    if isinstance(value, str):
        try:
            value = parse_inner(value)
        except (ValueError, RecursionError):
            return None
    return compact_text(value) if isinstance(value, (dict, list)) else None


def _shown(item: Any) -> str:
    return "" if item is None else text(item)


def restore_shown(saved: Saved) -> bool:
    """The texts of the last run become widgets."""
    values = saved.raw.get("widgets_values")
    for place, value in enumerate(values if isinstance(values, list) else ()):
        name = f"text#{place}" if place else "text"
        saved.widgets.append(Widget(name, "customtext", _shown(value), place=place))
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
