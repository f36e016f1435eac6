"""``folder_paths``: the folders of files that a pack registers, as far as they are its own.

Which files other folders hold, only the machine knows.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from comfyc.scan.kinds import iterate
from comfyc.scan.machine import Machine
from comfyc.scan.paths import path_text
from comfyc.scan.texts import names_in
from comfyc.scan.values import UNKNOWN, PyDict, PyList, PySet, Value

Arguments = list[Value]
Keywords = dict[str, Value]
_CORE = names_in(
    "checkpoints configs loras vae text_encoders clip diffusion_models unet clip_vision style_models "
    "embeddings diffusers vae_approx controlnet t2i_adapter gligen upscale_models latent_upscale_models "
    "custom_nodes hypernetworks photomaker classifiers model_patches audio_encoders"
)
"""Folders of ComfyUI's own, which users fill."""
MODEL_FILES = (".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft")
"""``folder_paths.supported_pt_extensions``."""


def folder_table(_: Machine) -> Value:
    """``folder_paths.folder_names_and_paths``: what the pack adds to it."""
    return PyDict(is_open=True)


def _table(machine: Machine) -> PyDict:
    found = machine.parts.outside(machine, "folder_paths.folder_names_and_paths")
    return found if isinstance(found, PyDict) else PyDict()


def _registered(machine: Machine, name: Value) -> tuple[list[Value], set[str] | None, bool] | None:
    """The paths of a name that the pack has registered; the extensions, None if they are not known; and
    whether there may be other paths."""
    row = _table(machine).get(name) if isinstance(name, str) else None
    if not isinstance(row, (tuple, PyList)) or not row:
        return None
    paths, opened = iterate(machine, row[0])
    extensions = row[1] if len(row) > 1 else PySet()
    endings, more = iterate(machine, extensions)
    known = None if more else {one for one in endings if isinstance(one, str)}
    return paths, known, opened or name in _CORE


def _add(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    """``add_model_folder_path(name, path)``."""
    name = arguments[0] if arguments else keywords.get("folder_name", UNKNOWN)
    path = arguments[1] if len(arguments) > 1 else keywords.get("full_folder_path", UNKNOWN)
    if isinstance(name, str):
        row = _table(machine).setdefault(name, (PyList(), PySet()))
        if isinstance(row, (tuple, PyList)) and row and isinstance(row[0], PyList):
            row[0].append(path)
    return None


def _paths(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``get_folder_paths(name)``."""
    found = _registered(machine, arguments[0] if arguments else UNKNOWN)
    return PyList(is_open=True) if found is None else PyList(found[0], is_open=found[2])


def _files(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``get_filename_list(name)``: the files in the pack's own folders."""
    found = _registered(machine, arguments[0] if arguments else UNKNOWN)
    if found is None or found[1] is None:
        return PyList(is_open=True)
    paths, extensions, opened = found
    names: list[Value] = []
    for path in paths:
        text = path_text(path)
        relative = None if text is None else machine.files.relative(text)
        if relative is None:
            opened = True
            continue
        for file in sorted(machine.files.files):
            machine.spend()
            below = posixpath.relpath(file, relative) if relative else file
            suffix = posixpath.splitext(file)[1].lower()
            if not below.startswith("..") and (not extensions or suffix in extensions):
                names.append(below)
    return PyList(names, is_open=opened)


def _full_path(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    """``get_full_path(name, file)``."""
    found = _registered(machine, arguments[0] if arguments else UNKNOWN)
    file = path_text(arguments[1]) if len(arguments) > 1 else None
    for path in found[0] if found is not None and file is not None else ():
        text = path_text(path)
        at = None if text is None else machine.files.relative(posixpath.join(text, str(file)))
        if text is not None and at in machine.files.files:
            return posixpath.join(text, str(file))
    return UNKNOWN


FOLDERS: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    "folder_paths.add_model_folder_path": _add,
    "folder_paths.get_folder_paths": _paths,
    "folder_paths.get_filename_list": _files,
    "folder_paths.get_full_path": _full_path,
    "folder_paths.get_full_path_or_raise": _full_path,
}
"""Functions of ComfyUI's module ``folder_paths`` by their dotted names."""
