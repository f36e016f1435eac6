"""Facts about the server's node classes that /object_info leaves out: facts.json, by class.

scripts/build_facts.py makes the table from a real server: which classes have validation code of their own,
which combos list the files of which folder, whose options are a Python tuple, which functions take inputs of
any name, and which core classes are written against the V3 schema. Nothing is assumed about classes that the
table does not have (custom nodes).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).parent / "facts.json"

_FILE_ENDINGS = (
    *(".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".gguf", ".onnx", ".engine", ".pkl"),
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".exr", ".svg", ".latent"),
    *(".mp4", ".mov", ".mkv", ".webm", ".avi", ".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a"),
    *(".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".spz", ".splat", ".ksplat", ".usdz"),
    *(".yaml", ".yml", ".json", ".txt", ".csv", ".ttf", ".otf"),
)


@dataclass(frozen=True, slots=True)
class Validator:
    """The validation code of a class: its Python name, its parameters, and what it validates.

    ``checks`` is ``nothing`` (always passes), ``file`` or ``file-or-none`` (the first parameter names a
    file of the input folder), ``aspect-ratio``, ``tripo-task``, or ``unknown``.
    """

    function: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    kwargs: bool
    checks: str

    def takes(self, name: str) -> bool:
        """Whether the code receives this input. The server then skips the limits and the list of options."""
        return self.kwargs or name in self.required or name in self.optional


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_TABLE.read_text("utf-8"))
    return table


@cache
def validator_of(class_type: str) -> Validator | None:
    """The validation code of the class, if it is known to have any."""
    found = _table()["validators"].get(class_type)
    if found is None:
        return None
    required, optional = tuple(found["required"]), tuple(found["optional"])
    return Validator(found["function"], required, optional, found["kwargs"], found["checks"])


def folder_of(class_type: str, name: str) -> str | None:
    """The model folder whose files this combo is known to list."""
    folder: str | None = _table()["folders"].get(class_type, {}).get(name)
    return folder


def inputs_listing(folder: str) -> list[tuple[str, str]]:
    """The inputs that are known to list the files of a model folder: class and name."""
    table: Mapping[str, Mapping[str, str]] = _table()["folders"]
    return [(kind, name) for kind, inputs in table.items() for name, own in inputs.items() if own == folder]


def prints_tuple(class_type: str, name: str) -> bool:
    """Whether the options are a tuple in Python, as the server's error message shows them."""
    return name in _table()["tuples"].get(class_type, ())


def takes_any_input(class_type: str) -> bool:
    """Whether the node's function is known to accept inputs of any name."""
    return class_type in _table()["any_input"]


@cache
def _v3() -> frozenset[str]:
    return frozenset(_table()["v3"])


def is_v3_of_core(class_type: str) -> bool:
    """Whether ComfyUI itself has a class of this name that is written against the V3 schema."""
    return class_type in _v3()


def looks_like_file(value: Any) -> bool:
    """Whether a value looks like a file name by its extension."""
    return isinstance(value, str) and value.lower().endswith(_FILE_ENDINGS)


def is_file(class_type: str, name: str, value: Any, options: Any) -> bool:
    """Whether the value of a combo names a file on the server's disk."""
    return isinstance(value, str) and (looks_like_file(value) or lists_files(class_type, name, options))


def lists_files(class_type: str, name: str, options: Any) -> bool:
    """Whether a combo lists files on the server's disk: recorded for core classes, else guessed by
    extension."""
    if folder_of(class_type, name) is not None:
        return True
    return isinstance(options, list) and sum(map(looks_like_file, options)) * 2 > len(options)


def upload_folder(options: Mapping[str, Any]) -> str | None:
    """The folder that the input's upload button uploads to; ``None`` without such a button."""
    folder = options.get("image_folder")
    if isinstance(folder, str):
        return folder
    flags = ("image_upload", "video_upload", "audio_upload", "animated_image_upload", "file_upload")
    return "input" if any(options.get(flag) for flag in flags) else None
