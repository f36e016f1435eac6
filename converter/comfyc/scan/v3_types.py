"""The names of ComfyUI's V3 API (``comfy_api.latest.io``) and the values that they stand for.

Source: comfy_api/latest/_io.py of ComfyUI 0.33.0, by names, parameters and JSON keys.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from comfyc.scan.limits import MAX_SOURCE
from comfyc.scan.machine import Machine
from comfyc.scan.v3_values import (
    CLASSES,
    EXTENSION_BASE,
    NODE_BASE,
    V3Type,
    enumeration,
)
from comfyc.scan.v3_widgets import WIDGETS
from comfyc.scan.values import UNKNOWN, Native, PyClass, Value

_SIMPLE = {
    "Image": "IMAGE",
    "WanCameraEmbedding": "WAN_CAMERA_EMBEDDING",
    "Mask": "MASK",
    "Latent": "LATENT",
    "Conditioning": "CONDITIONING",
    "Sampler": "SAMPLER",
    "Sigmas": "SIGMAS",
    "Noise": "NOISE",
    "Guider": "GUIDER",
    "Clip": "CLIP",
    "ControlNet": "CONTROL_NET",
    "Vae": "VAE",
    "Model": "MODEL",
    "BackgroundRemoval": "BACKGROUND_REMOVAL",
    "ClipVision": "CLIP_VISION",
    "ClipVisionOutput": "CLIP_VISION_OUTPUT",
    "StyleModel": "STYLE_MODEL",
    "Gligen": "GLIGEN",
    "UpscaleModel": "UPSCALE_MODEL",
    "LatentUpscaleModel": "LATENT_UPSCALE_MODEL",
    "Audio": "AUDIO",
    "Video": "VIDEO",
    "SVG": "SVG",
    "LoraModel": "LORA_MODEL",
    "LossMap": "LOSS_MAP",
    "Voxel": "VOXEL",
    "Mesh": "MESH",
    "Splat": "SPLAT",
    "File3DAny": "FILE_3D",
    "File3DGLB": "FILE_3D_GLB",
    "File3DGLTF": "FILE_3D_GLTF",
    "File3DFBX": "FILE_3D_FBX",
    "File3DOBJ": "FILE_3D_OBJ",
    "File3DSTL": "FILE_3D_STL",
    "File3DUSDZ": "FILE_3D_USDZ",
    "File3DPLY": "FILE_3D_PLY",
    "File3DSPLAT": "FILE_3D_SPLAT",
    "File3DSPZ": "FILE_3D_SPZ",
    "File3DKSPLAT": "FILE_3D_KSPLAT",
    "File3DSplatAny": "FILE_3D_SPLAT_ANY",
    "File3DPointCloudAny": "FILE_3D_POINT_CLOUD_ANY",
    "Hooks": "HOOKS",
    "HookKeyframes": "HOOK_KEYFRAMES",
    "TimestepsRange": "TIMESTEPS_RANGE",
    "LatentOperation": "LATENT_OPERATION",
    "FlowControl": "FLOW_CONTROL",
    "Accumulation": "ACCUMULATION",
    "Load3DCamera": "LOAD3D_CAMERA",
    "Load3DModelInfo": "LOAD3D_MODEL_INFO",
    "Load3D": "LOAD_3D",
    "Load3DAnimation": "LOAD_3D_ANIMATION",
    "Layers": "LAYERS",
    "Photomaker": "PHOTOMAKER",
    "Point": "POINT",
    "FaceAnalysis": "FACE_ANALYSIS",
    "BBOX": "BBOX",
    "SEGS": "SEGS",
    "AnyType": "*",
    "ModelPatch": "MODEL_PATCH",
    "AudioEncoder": "AUDIO_ENCODER",
    "AudioEncoderOutput": "AUDIO_ENCODER_OUTPUT",
    "Tracks": "TRACKS",
    "Dict": "DICT",
    "Array": "ARRAY",
    "Histogram": "HISTOGRAM",
}
"""Types without a widget."""

TYPES: dict[str, V3Type] = {
    **{name: V3Type(name, io_type) for name, io_type in _SIMPLE.items()},
    **{name: V3Type(name, io_type, widget) for name, (io_type, widget) in WIDGETS.items()},
}
"""The types of the API by name."""

_ENUMERATIONS: dict[str, PyClass] = {
    one.name: one
    for one in (
        enumeration("FolderType", input="input", output="output", temp="temp"),
        enumeration(
            "UploadType",
            image="image_upload",
            audio="audio_upload",
            video="video_upload",
            model="file_upload",
        ),
        enumeration("NumberDisplay", number="number", slider="slider", gradient_slider="gradientslider"),
        enumeration(
            "ControlAfterGenerate",
            fixed="fixed",
            increment="increment",
            decrement="decrement",
            randomize="randomize",
        ),
        enumeration(
            "Hidden",
            unique_id="UNIQUE_ID",
            prompt="PROMPT",
            extra_pnginfo="EXTRA_PNGINFO",
            dynprompt="DYNPROMPT",
            auth_token_comfy_org="AUTH_TOKEN_COMFY_ORG",
            api_key_comfy_org="API_KEY_COMFY_ORG",
            comfy_usage_source="COMFY_USAGE_SOURCE",
        ),
    )
}
_MODULES = re.compile(r"^comfy_api(\.[a-z]\w*)*(\.(IO|_io|io|_io_public))?\.(?=[A-Z]|comfytype)")


def _custom(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``io.Custom("X")``."""
    io_type = arguments[0] if arguments else keywords.get("io_type", UNKNOWN)
    io_type = machine.parts.call(machine, str, [io_type], {}) if not isinstance(io_type, str) else io_type
    return V3Type(str(io_type), io_type) if isinstance(io_type, str) else UNKNOWN


def _comfytype(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``@comfytype(io_type="X")``: the class becomes a type."""
    made = _custom(machine, arguments, keywords)
    return Native("comfytype", lambda _, __, ___: made)


def v3_value(machine: Machine, name: str) -> Value:
    """What a name of ``comfy_api`` stands for; None if that is not known."""
    found = _MODULES.match(name)
    if found is None:
        return None
    rest = name[found.end() :]
    return _named(machine, rest)


def _named(machine: Machine, name: str) -> Any:
    if name == "Custom":
        return Native(name, _custom)
    if name == "comfytype":
        return Native(name, _comfytype)
    if name in ("ComfyNode", "ComfyExtension"):
        return NODE_BASE if name == "ComfyNode" else EXTENSION_BASE
    return TYPES.get(name) or CLASSES.get(name) or _ENUMERATIONS.get(name) or _own_types(machine).get(name)


def _own_types(machine: Machine) -> dict[str, V3Type]:
    """The types that a checkout of ComfyUI defines beyond those known here."""
    known = machine.memo.get("v3 types")
    if known is None:
        known = machine.memo["v3 types"] = {}
        try:
            tree = ast.parse(machine.files.read("comfy_api/latest/_io.py", MAX_SOURCE))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return known
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.decorator_list:
                io_type = _io_type(node.decorator_list[0])
                if io_type is not None:
                    known[node.name] = V3Type(node.name, io_type)
    return known


def _io_type(decorator: ast.expr) -> str | None:
    if not isinstance(decorator, ast.Call):
        return None
    for keyword in decorator.keywords:
        if (
            keyword.arg == "io_type"
            and isinstance(keyword.value, ast.Constant)
            and isinstance(keyword.value.value, str)
        ):
            return keyword.value.value
    return None
