"""Make the widgets that the editor makes for an input, with their defaults and companions.

There is one maker for each type of ``scripts/widgets.ts`` (1.58.1; its composables are in
``renderer/extensions/vueNodes/widgets/composables``) and for each type that core extensions add
(``getCustomWidgets``). A maker appends its widgets to the node and returns the one that the input is bound
to, or None if the input has no socket. Types without a maker are plain sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.catalog.specs import InputSpec
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.editor.nodes.values import add_widget
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import truthy

Maker = Callable[[LiveNode, InputSpec], "Widget | None"]

_WITH_VIEWPORT = types_with(Trait.VIEWPORT_STATE)


def _default(spec: InputSpec, fallback: Any) -> Any:
    value = spec.options.get("default")
    return fallback if value is None else value


def _control(
    node: LiveNode,
    spec: InputSpec,
    default: str = "randomize",
    *,
    mode: str | None = None,
    filter_list: bool = False,
) -> None:
    """Add the "control after generate" companions, which have a value in the file but none in the prompt.

    A text that is no mode is the name of the companion. ``mode`` is the mode whatever the definition says.
    """
    given = spec.options.get("control_after_generate")
    given = given if isinstance(given, str) and given else default
    name, value = ("control_after_generate", given) if given in CONTROL_MODES else (given, "randomize")
    add_widget(node, Widget(name, "control", mode or value, sent=False))
    if filter_list:
        add_widget(node, Widget("control_filter_list", "string", "", sent=False))


def _int(node: LiveNode, spec: InputSpec) -> Widget:
    widget = add_widget(node, Widget(spec.name, "number", _default(spec, 0), options=spec.options))
    control = spec.options.get("control_after_generate")
    if truthy(control) if control is not None else spec.name in ("seed", "noise_seed"):
        _control(node, spec)
    return widget


def _float(node: LiveNode, spec: InputSpec) -> Widget:
    widget = add_widget(node, Widget(spec.name, "float", _default(spec, 0), options=spec.options))
    if truthy(spec.options.get("control_after_generate")):
        _control(node, spec, mode="fixed")
    return widget


def _string(node: LiveNode, spec: InputSpec) -> Widget:
    kind = "customtext" if truthy(spec.options.get("multiline")) else "text"
    return add_widget(node, Widget(spec.name, kind, _default(spec, ""), options=spec.options))


def _plain(
    kind: str, default: Callable[[InputSpec], Any], *, sent: bool = True, stored: bool = True
) -> Maker:
    def make(node: LiveNode, spec: InputSpec) -> Widget:
        return add_widget(node, Widget(spec.name, kind, default(spec), sent, stored, spec.options))

    return make


def _options(spec: InputSpec) -> dict[str, Any]:
    options = spec.options.get("options")
    return options if isinstance(options, dict) else {}


def _combo_default(spec: InputSpec) -> Any:
    value, options = spec.options.get("default"), spec.options.get("options")
    if truthy(value):
        return value
    if isinstance(options, list) and options:
        return options[0]
    return "Loading..." if truthy(spec.options.get("remote")) else ABSENT


def _combo(node: LiveNode, spec: InputSpec) -> Widget:
    controlled = truthy(spec.options.get("control_after_generate"))
    if truthy(spec.options.get("multi_select")):
        widget = add_widget(node, Widget(spec.name, "multiselect", [], options=spec.options))
        if controlled:
            _control(node, spec, "fixed")
        return widget
    widget = add_widget(node, Widget(spec.name, "combo", _combo_default(spec), options=spec.options))
    remote = spec.options.get("remote")
    if truthy(remote):
        add_widget(node, Widget("Auto-refresh after generation", "toggle", False, sent=False))
        if isinstance(remote, dict) and truthy(remote.get("refresh_button")):
            add_widget(node, Widget("refresh", "button", "refresh"))
    if controlled:
        _control(node, spec, filter_list=True)
    return widget


def _upload(value: str) -> Maker:
    def make(node: LiveNode, spec: InputSpec) -> Widget:
        return add_widget(node, Widget(spec.name, "button", value, sent=False))

    return make


def _bounding_box(node: LiveNode, spec: InputSpec) -> Widget:
    box = _default(spec, {"x": 0, "y": 0, "width": 512, "height": 512})
    widget = add_widget(node, Widget(spec.name, "boundingbox", box, options=spec.options))
    for field in ("x", "y", "width", "height"):
        value = box.get(field, ABSENT) if isinstance(box, dict) else ABSENT
        add_widget(node, Widget(field, "number", value, sent=False))
    return widget


def _curve(spec: InputSpec) -> Any:
    default = spec.options.get("default")
    return default if truthy(default) else {"points": [[0, 0], [1, 1]], "interpolation": "monotone_cubic"}


def _video_edit(spec: InputSpec) -> Any:
    default = spec.options.get("default")
    if default is not None:
        return default
    features = spec.options.get("features")
    features = features if isinstance(features, list) else ["trim", "crop"]
    value: dict[str, Any] = {}
    if "trim" in features:
        value["trim"] = {"start_time": 0, "duration": 0}
    if "crop" in features:
        value["crop"] = {"x": 0, "y": 0, "width": 0, "height": 0}
    return value


def _audio_record(node: LiveNode, spec: InputSpec) -> Widget:
    widget = add_widget(node, Widget(spec.name, "audiorecord", ""))
    add_widget(node, Widget(spec.name, "button", "", sent=False))
    return widget


def _load_3d(node: LiveNode, spec: InputSpec) -> Widget:
    if node.widgets.get("model_file") is not None:
        add_widget(node, Widget("upload 3d model", "button", "upload3dmodel"))
        add_widget(node, Widget("upload extra resources", "button", "uploadExtraResources"))
        add_widget(node, Widget("clear", "button", "clear"))
    name = "viewport_state" if node.type in _WITH_VIEWPORT else "image"
    return _add_scene(node, name, "load3D")


def _named(name: str, kind: str, value: Any, *, sent: bool = True, stored: bool = True) -> Maker:
    def make(node: LiveNode, spec: InputSpec) -> Widget:
        return add_widget(node, Widget(name, kind, value, sent, stored))

    return make


def _add_scene(node: LiveNode, name: str, kind: str) -> Widget:
    """Add a 3D view, which ignores assigned values (``ComponentWidgetImpl``)."""
    return add_widget(node, Widget(name, kind, "", finish="scene"))


def _scene(name: str, kind: str) -> Maker:
    return lambda node, spec: _add_scene(node, name, kind)


def _preview_3d(node: LiveNode, spec: InputSpec) -> Widget:
    """Add a 3D view of a result, whose exported value is always empty."""
    return add_widget(node, Widget("image", "preview3D", "", options={"always": ""}, finish="always"))


def _connected_labels(node: LiveNode, spec: InputSpec) -> None:
    add_widget(node, Widget(spec.name, "branchnames", []))


MAKERS: dict[str, Maker] = {
    "INT": _int,
    "FLOAT": _float,
    "BOOLEAN": _plain("toggle", lambda spec: _default(spec, False)),
    "STRING": _string,
    "MARKDOWN": _plain("markdown", lambda spec: _default(spec, "")),
    "COMBO": _combo,
    "IMAGEUPLOAD": _upload("image"),
    "AUDIOUPLOAD": _upload(""),
    "COLOR": _plain("color", lambda spec: _default(spec, _options(spec).get("default") or "#000000")),
    "IMAGECOMPARE": _plain("imagecompare", lambda spec: ["", ""], stored=False),
    "BOUNDING_BOX": _bounding_box,
    "CHART": _plain("chart", lambda spec: spec.options.get("data") or _options(spec).get("data") or {}),
    "GALLERIA": _plain(
        "galleria", lambda spec: spec.options.get("images") or _options(spec).get("images") or []
    ),
    "PAINTER": _plain("painter", lambda spec: _default(spec, ABSENT)),
    "COMPOSITOR": _plain(
        "compositor",
        lambda spec: spec.options["default"] if isinstance(spec.options.get("default"), dict) else {},
    ),
    "TEXTAREA": _plain("textarea", lambda spec: _default(spec, _options(spec).get("default") or "")),
    "CURVE": _plain("curve", _curve),
    "RANGE": _plain("range", lambda spec: _default(spec, {"min": 0, "max": 1})),
    "VIDEO_EDIT": _plain("videoedit", _video_edit),
    "RESOLUTION_PREVIEW": _plain("resolutionpreview", lambda spec: None, sent=False, stored=False),
    "BOUNDING_BOXES": _plain("boundingboxes", lambda spec: _default(spec, [])),
    "LIGHT_INFO_PREVIEW": _plain("lightinfo", lambda spec: _default(spec, [])),
    "COLORS": _plain("colors", lambda spec: _default(spec, [])),
    "AUDIO_UI": _plain("audioUI", lambda spec: "", sent=False, stored=False),
    "AUDIO_RECORD": _audio_record,
    "WEBCAM": _plain("webcam", lambda spec: ""),
    "LOAD_3D": _load_3d,
    "LOAD_3D_ADVANCED": _scene("viewport_state", "load3DAdvanced"),
    "PREVIEW_3D": _preview_3d,
    "CAMERA_INFO_STATE": _named("camera_info_state", "cameraInfo", "", sent=False, stored=False),
    "CAMERA_ANGLE_VIEW": _named("view", "cameraAngle", "camera", sent=False),
    "COMFY_BRANCH_INPUT_NAMES": _connected_labels,
    "COMFY_BRANCH_SELECTOR": _plain("combo", lambda spec: ""),
}
"""Makers of the types that are not dynamic. ``construct`` adds those of the dynamic types to a copy."""
