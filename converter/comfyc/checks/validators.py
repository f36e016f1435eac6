"""The validation code of node classes, as far as it can be predicted without the server.

Source of the behaviour: the last part of execution.validate_inputs, get_input_data, and the functions named
in facts.json. The server passes inputs by keyword, so a missing parameter raises Python's TypeError.
Whether a file exists is read from the catalogue's list, if it lists such files. Everything else that the code
decides is assumed to pass. In both cases the inputs are called *unknowable*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyc.checks.facts import Validator
from comfyc.checks.links import is_link
from comfyc.checks.rules import Declared, DeclaredInputs, NodeRules
from comfyc.checks.values import Raised, problem

TYPES_PARAMETER = "input_types"
_TRIPO_TASKS = ("MODEL_TASK_ID", "RIG_TASK_ID", "RETARGET_TASK_ID")
_RATIOS = (0.25, 4.0)

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_VIDEOS = (".mp4", ".mov", ".webm", ".avi", ".mpeg")
_MESHES = (".gltf", ".glb", ".obj", ".fbx", ".stl")
_FILES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "LoadImage.VALIDATE_INPUTS": ("image", "", _PICTURES),
    "LoadAudio.validate_inputs": ("audio", "", (".mp3", ".wav", *_VIDEOS)),
    "LoadVideo.validate_inputs": ("video", "", _VIDEOS),
    "LoadLatent.VALIDATE_INPUTS": ("latent", "", (".latent",)),
    "Load3D.validate_inputs": ("3D model", "3d/", _MESHES),
    "Load3DAdvanced.validate_inputs": ("3D model", "3d/", _MESHES),
}
"""By function: what its error message calls a file; the subfolder of the input folder whose files the input
lists ("" for the input folder without subfolders); and the extensions that are certainly listed: for images,
audio and video those that every Python's ``mimetypes`` knows."""


def run_validator(
    rules: NodeRules,
    table: DeclaredInputs,
    values: Mapping[str, Any],
    received: Mapping[str, Any],
    *,
    files_known: bool,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Call the validation code of a node, if it has any.

    ``values`` are the node's inputs after conversion, ``received`` the types of its linked inputs;
    ``files_known`` says whether the lists of files are those of the server. Returns the server's errors and
    the names of the inputs that only the server can validate. Raises ``Raised`` if the code would raise.
    """
    validator = rules.validator
    if validator is None or not (validator.kwargs or validator.required or validator.optional):
        return [], []
    passed = _passed(rules, table, values, validator)
    if TYPES_PARAMETER in validator.required:
        passed[TYPES_PARAMETER] = received
    absent = [name for name in validator.required if name not in passed]
    if absent:
        raise Raised("TypeError", _absent_text(validator.function, absent), "validator-argument", absent[0])
    if validator.checks == "unknown":
        return [], list(passed)
    errors, unknown = _decide(validator, passed)
    if unknown and files_known:
        value, declared = passed[unknown[0]], table.inputs.get(unknown[0])
        if declared is not None and _is_missing(validator, declared, value):
            text = f"Invalid {_FILES[validator.function][0]} file: {value}"
            errors = [_failed(name, text) for name in passed]
    return errors, unknown


def _is_missing(validator: Validator, declared: Declared, value: str) -> bool:
    """Whether the file is missing: it is of a kind that the input lists, and not listed."""
    if validator.function not in _FILES or "remote" in declared.options:
        return False
    _, folder, endings = _FILES[validator.function]
    name = value.removesuffix(" [input]")
    steps = name.removeprefix(folder).split("/")
    is_listed = name.startswith(folder) and (bool(folder) or len(steps) == 1)
    if not is_listed or "\\" in name or {"", ".", ".."}.intersection(steps):
        return False
    if not isinstance(declared.choices, list) or not name.lower().endswith(endings):
        return False
    # some file systems ignore case
    return name.casefold() not in {one.casefold() for one in declared.choices if isinstance(one, str)}


def _failed(name: str, text: str) -> dict[str, Any]:
    message = "Custom validation failed for node"
    return problem("custom_validation_failed", message, f"{name} - {text}", input_name=name)


def _passed(
    rules: NodeRules, table: DeclaredInputs, values: Mapping[str, Any], validator: Validator
) -> dict[str, Any]:
    """The keyword arguments that the prompt has values for; links are passed as None."""
    hidden = rules.entry["input"].get("hidden", {})
    passed: dict[str, Any] = {}
    for name, value in values.items():
        if not validator.takes(name):
            continue
        if is_link(value):
            passed[name] = None
        elif name in table.inputs or name in hidden:
            passed[name] = value
    return passed


def _absent_text(function: str, names: Sequence[str]) -> str:
    """Python's message for a call with missing arguments."""
    quoted = [repr(name) for name in names]
    if len(quoted) > 1:
        quoted[-1] = f"and {quoted[-1]}"
    listed = (", " if len(quoted) > 2 else " ").join(quoted)
    plural = "s" if len(names) > 1 else ""
    return f"{function}() missing {len(names)} required positional argument{plural}: {listed}"


def _decide(validator: Validator, passed: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    if validator.checks == "nothing":
        return [], []
    first = validator.required[0]
    value = passed[first]
    if validator.checks == "tripo-task":
        return _tripo_task(value), []
    if validator.checks == "aspect-ratio":
        _aspect_ratio(first, value)
        return [], []
    if validator.checks == "file-or-none" and (not value or value == "none"):
        return [], []
    if not isinstance(value, str):
        text = f"'{type(value).__name__}' object has no attribute 'endswith'"
        raise Raised("AttributeError", text, "validator-value", first)
    return [], [first]


def _tripo_task(received: Mapping[str, Any]) -> list[dict[str, Any]]:
    """TripoConversionNode: the task must be linked to an output of one of three types."""
    name = "original_model_task_id"
    if name not in received:
        raise Raised("KeyError", repr(name), "validator-argument", name)
    if received[name] in _TRIPO_TASKS:
        return []
    return [_failed(TYPES_PARAMETER, f"{name} must be MODEL_TASK_ID, RIG_TASK_ID or RETARGET_TASK_ID type")]


def _aspect_ratio(name: str, value: Any) -> None:
    """FluxProUltraImageNode: 'X:Y' with integers, from 1:4 to 4:1. Raises ``Raised`` for anything else."""
    if not isinstance(value, str):
        text = f"'{type(value).__name__}' object has no attribute 'split'"
        raise Raised("AttributeError", text, "validator-value", name)
    try:
        problem_text = _ratio_problem(value)
    except OverflowError as error:  # numbers of 400 digits: the server reports Python's message
        raise Raised("OverflowError", str(error), "validator-value", name) from None
    if problem_text is not None:
        raise Raised("ValueError", problem_text, "validator-value", name)


def _ratio_problem(value: str) -> str | None:
    parts = value.split(":")
    if len(parts) != 2:
        return f"Aspect ratio must be 'X:Y' (e.g., 16:9), got '{value}'."
    try:
        width, height = int(parts[0].strip()), int(parts[1].strip())
    except ValueError:
        return f"Aspect ratio must contain integers separated by ':', got '{value}'."
    if width <= 0 or height <= 0:
        return f"Aspect ratio parts must be positive integers, got {width}:{height}."
    low, high = _RATIOS
    if width * 4 < height:
        return f"Aspect ratio `{width / height:.2g}` must be ≤ {low:.2g}."
    if width > height * 4:
        return f"Aspect ratio `{width / height:.2g}` must be ≤ {high:.2g}."
    return None
