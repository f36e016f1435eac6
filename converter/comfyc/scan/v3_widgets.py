"""The types of ComfyUI's V3 API whose inputs have parameters of their own.

Source: comfy_api/latest/_io.py of ComfyUI 0.33.0, by names, parameters, their order, and JSON keys.
"""

from __future__ import annotations

from comfyc.scan.v3_values import COMMON, V3Widget
from comfyc.scan.values import PyDict, PyList

_END = "socketless force_input extra_dict raw_link advanced"
_START = "id display_name optional tooltip"


def _same(names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names.split())


_CHOICE = (
    ("multiselect", "multiselect"),
    ("options", "options"),
    ("control_after_generate", "control_after_generate"),
    ("upload", "upload"),
    ("image_folder", "image_folder"),
    ("remote", "remote"),
)
_PLAIN = f"{_START} socketless default advanced"
_QUIET = (("socketless", True),)
WIDGETS: dict[str, tuple[str, V3Widget]] = {
    "Boolean": (
        "BOOLEAN",
        V3Widget(f"{_START} lazy default label_on label_off {_END}", _same("label_on label_off")),
    ),
    "Int": (
        "INT",
        V3Widget(
            f"{_START} lazy default min max step control_after_generate display_mode {_END}",
            (*_same("min max step control_after_generate"), ("display", "display_mode")),
        ),
    ),
    "Float": (
        "FLOAT",
        V3Widget(
            f"{_START} lazy default min max step round display_mode gradient_stops {_END}",
            (*_same("min max step round"), ("display", "display_mode"), ("gradient_stops", "gradient_stops")),
        ),
    ),
    "String": (
        "STRING",
        V3Widget(
            f"{_START} lazy multiline placeholder default dynamic_prompts {_END}",
            (*_same("multiline placeholder"), ("dynamicPrompts", "dynamic_prompts")),
            (("multiline", False),),
        ),
    ),
    "Combo": (
        "COMBO",
        V3Widget(
            "id options display_name optional tooltip lazy default control_after_generate upload "
            "image_folder remote socketless extra_dict raw_link advanced",
            _CHOICE,
            (("multiselect", False),),
        ),
    ),
    "MultiCombo": (
        "COMBO",
        V3Widget(
            "id options display_name optional tooltip lazy default placeholder chip control_after_generate "
            "socketless extra_dict raw_link advanced",
            (*_CHOICE, ("multi_select", "multi_select")),
            (("multiselect", True),),
        ),
    ),
    "Webcam": ("WEBCAM", V3Widget(f"{_START} lazy default socketless extra_dict raw_link advanced")),
    "MultiType": ("COMFY_MULTITYPED_V3", V3Widget(f"id types {COMMON.removeprefix('id ')}")),
    "MatchType": (
        "COMFY_MATCHTYPE_V3",
        V3Widget(f"id template {COMMON.removeprefix('id ')}", _same("template")),
    ),
    "Autogrow": (
        "COMFY_AUTOGROW_V3",
        V3Widget(f"id template {COMMON.removeprefix('id ')}", _same("template")),
    ),
    "DynamicCombo": (
        "COMFY_DYNAMICCOMBO_V3",
        V3Widget(f"id options {COMMON.removeprefix('id ')}", _same("options")),
    ),
    "DynamicSlot": (
        "COMFY_DYNAMICSLOT_V3",
        V3Widget(
            "slot inputs display_name tooltip lazy extra_dict",
            (("slotType", "slot_type"), ("inputs", "inputs"), ("forceInput", "force_input")),
        ),
    ),
    "ImageCompare": ("IMAGECOMPARE", V3Widget(f"{_START} socketless advanced", (), _QUIET)),
    "Compositor": ("COMPOSITOR", V3Widget(_PLAIN, (), (*_QUIET, ("default", PyDict())))),
    "Color": (
        "COLOR",
        V3Widget(f"{_START} socketless advanced default", (), (*_QUIET, ("default", "#ffffff"))),
    ),
    "Colors": ("COLORS", V3Widget(_PLAIN, (), (*_QUIET, ("default", PyList())))),
    "BoundingBox": (
        "BOUNDING_BOX",
        V3Widget(
            f"{_START} socketless default component force_input",
            _same("component"),
            (*_QUIET, ("default", PyDict({"x": 0, "y": 0, "width": 512, "height": 512}))),
        ),
    ),
    "BoundingBoxes": ("BOUNDING_BOXES", V3Widget(_PLAIN, (), (*_QUIET, ("default", PyList())))),
    "Curve": (
        "CURVE",
        V3Widget(_PLAIN, (), (*_QUIET, ("default", PyList([(0.0, 0.0), (1.0, 1.0)])))),
    ),
    "Range": (
        "RANGE",
        V3Widget(
            f"{_START} socketless default display gradient_stops show_midpoint midpoint_scale value_min "
            "value_max advanced",
            _same("display gradient_stops show_midpoint midpoint_scale value_min value_max"),
            (*_QUIET, ("default", PyDict({"min": 0.0, "max": 1.0}))),
        ),
    ),
}
"""Types with parameters of their own."""
