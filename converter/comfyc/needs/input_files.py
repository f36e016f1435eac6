"""The files that a server must hold in its folder ``input`` before a prompt can run.

They are the values of inputs with an upload button (``comfy_api/latest/_io.py``), and of those that a node's
own code looks up there (``checks/facts.json``). A name may say another folder: "a.png [output]"
(``folder_paths.annotated_filepath``). Pictures that the mask editor has drawn are in ``clipspace``.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyc.catalog import Catalog, bundled_packs
from comfyc.catalog.specs import InputSpec, input_named, node_spec
from comfyc.checks.facts import upload_folder, validator_of
from comfyc.checks.links import is_link
from comfyc.checks.values import unwrap
from comfyc.needs.declared import normal, unsafe
from comfyc.needs.model import InputFile, Status, user_of
from comfyc.needs.stock import Stock
from comfyc.prompt import Prompt

_FOLDERS = ("input", "output", "temp")
_NO_FILE = frozenset({"", "none"})
"""Values of Load3D without a model."""
_KINDS = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".exr", ".avif", ".svg"),
    "video": (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"),
    "audio": (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".aac"),
    "3d model": (".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".spz", ".splat", ".ksplat", ".usdz"),
    "latent": (".latent",),
}
_MASKS = ("LoadImageMask",)
_CLIPSPACE = "clipspace/"


def needed_files(
    prompt: Prompt, catalog: Catalog, stock: Stock, file: str, folders: Sequence[str]
) -> list[InputFile]:
    """The input files of a prompt, each once, in its order.

    ``folders`` are those on this machine in which a file of that name may lie.
    """
    packs = bundled_packs(catalog)
    found: dict[tuple[str, str], InputFile] = {}
    files: dict[str, dict[str, InputSpec]] = {}
    for ident, node in prompt.items():
        kind = node.get("class_type")
        info = (catalog.info(kind) or packs.info(kind)) if isinstance(kind, str) else None
        if not isinstance(kind, str) or info is None:
            continue
        if kind not in files:
            files[kind] = _file_inputs(kind, info)
        for name, value, spec in _named(files[kind], node["inputs"], info):
            plain, folder = split_folder(value, _folder_of(spec))
            key = (folder, normal(plain))
            one = found.get(key)
            if one is None:
                one = found[key] = InputFile(normal(plain), folder, _kind_of(kind, plain))
                one.local = local_file(plain, folders) if folder == "input" else ""
            one.users.append(user_of(file, ident, node, name))
            status = _status(kind, name, value, node["inputs"], stock)
            one.status = status if one.status == "unknown" or status == "missing" else one.status
    return list(found.values())


def _named(
    files: Mapping[str, InputSpec], inputs: Mapping[str, Any], info: Mapping[str, Any]
) -> Iterator[tuple[str, str, InputSpec]]:
    """The inputs of a node that name a file: input, value and definition."""
    for name, written in inputs.items():
        spec = files.get(name)
        if spec is None and "." in name and not is_link(written):
            spec = input_named(info, name, inputs)
            spec = spec if spec is not None and upload_folder(spec.options) else None
        if spec is None or is_link(written):
            continue
        value = unwrap(written)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and one.strip() not in _NO_FILE:
                yield name, one, spec


def _file_inputs(kind: str, info: Mapping[str, Any]) -> dict[str, InputSpec]:
    """The inputs of a node type that name files, without those that an option of a dynamic combo brings."""
    validator = validator_of(kind)
    looked_up = (
        validator.required[0] if validator is not None and validator.checks.startswith("file") else None
    )
    declared = node_spec(kind, info).declared
    return {spec.name: spec for spec in declared if spec.name == looked_up or upload_folder(spec.options)}


def _folder_of(spec: InputSpec) -> str:
    """The folder of the server whose files an input lists: that of LoadImageOutput lists the outputs."""
    folder = upload_folder(spec.options)
    return folder if folder in _FOLDERS else "input"


def split_folder(value: str, folder: str) -> tuple[str, str]:
    """The name in a value such as "a.png [output]", and the folder that the value names, else ``folder``."""
    for known in _FOLDERS:
        if value.endswith(f"[{known}]"):
            return value.removesuffix(f"[{known}]")[:-1], known
    return value, folder


def _kind_of(class_type: str, name: str) -> str:
    """What a file is, by its ending."""
    if class_type in _MASKS or normal(name).startswith(_CLIPSPACE):
        return "mask"
    ending = posixpath.splitext(name)[1].lower()
    return next((kind for kind, endings in _KINDS.items() if ending in endings), "file")


def _status(kind: str, name: str, value: str, inputs: Mapping[str, Any], stock: Stock) -> Status:
    """Whether the server has a file: by the list of its combo, else by asking for it."""
    listed = stock.choices(kind, name, inputs)
    plain = normal(value.removesuffix(" [input]"))
    if listed is not None and plain in stock.names(listed):
        return "present"
    answer = stock.ask(value) if stock.ask is not None else None
    if answer is not None:
        return "present" if answer else "missing"
    is_plain = split_folder(value, "input")[1] == "input" and "/" not in plain
    return "missing" if listed is not None and is_plain else "unknown"


def local_file(name: str, folders: Sequence[str]) -> str:
    """The path of a file of this name in one of the folders, "" if there is none or the name leads out."""
    if unsafe(name) is not None:
        return ""
    for folder in folders:
        path = os.path.join(folder, *normal(name).split("/"))
        if os.path.isfile(path):
            return path
    return ""


def folders_beside(file: str) -> list[str]:
    """Where the input files of a workflow may lie on this machine: beside it, in ``input`` beside it, and in
    ``input`` of the working folder. A workflow that is no file has only the last."""
    beside = os.path.dirname(file) if file and os.path.isfile(file) else None
    own = [] if beside is None else [beside, os.path.join(beside, "input")]
    return [*own, "input"]
