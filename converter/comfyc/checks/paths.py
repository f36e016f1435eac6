"""Names of files that lead out of the server's folders: the server neither saves nor reads there.

Source: folder_paths.get_save_image_path, annotated_filepath, exists_annotated_filepath and
is_within_directory of ComfyUI 0.33.0. Whether an absolute path is inside a folder of the server is only
known there; a path in the manner of Windows is one on a server that runs on Windows.
"""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.checks.after_acceptance import Node
from comfyc.checks.facts import upload_folder
from comfyc.checks.literals import literal
from comfyc.checks.reporting import Telling, quoted
from comfyc.checks.verdict import Verdict

_PREFIXES = {"SaveLoRA": "prefix", "SaveImageDataSetToFolder": "folder_name"}
_PREFIXES["SaveImageTextDataSetToFolder"] = "folder_name"
"""What names the place of what is saved, by class; ``filename_prefix`` in all others."""
_FOLDERS = ("input", "output", "temp")


def tell_paths(verdict: Verdict, nodes: Sequence[Node], telling: Telling) -> None:
    """Report what is to be saved, or read, outside the server's folders; not the latter if all files that are
    read are taken to be there."""
    for node in nodes:
        for name, what, folder in _named(node):
            value = literal(node, name, verdict.prompt)
            if value is not None and not (what == "reads" and telling.assume_files):
                _tell(telling, node, name, value, what, folder)


def _named(node: Node) -> Iterator[tuple[str, str, str]]:
    """The inputs that name a file or the beginning of one: name, what is done with it, the folder."""
    prefix = _PREFIXES.get(node.rules.class_type, "filename_prefix")
    if prefix in node.inputs and node.rules.is_output:
        yield prefix, "saves", "output"
    validator = node.rules.validator
    looks = validator.required[0] if validator is not None and validator.checks.startswith("file") else None
    for name in node.inputs:
        declared = node.table.inputs.get(name)
        if declared is not None and (name == looks or upload_folder(declared.options) == "input"):
            yield name, "reads", "input"


def _tell(telling: Telling, node: Node, name: str, value: str, what: str, folder: str) -> None:
    if what == "reads":
        value, folder = _without_folder(value, folder)
    way = way_out(value, folder, is_prefix=what == "saves")
    if way is None:
        return
    hint = f"name a place below the {folder} folder, such as 'sub/name'"
    if way == "up" and node.is_core:
        message = f"'{name}' is {quoted(value)}, which leads out of the {folder} folder: the server refuses"
        telling.tell(codes.PATH_OUTSIDE, node.id, name, message, hint)
        return
    why = {
        "up": f"leads out of the {folder} folder: the server refuses that, if it has a say",
        "absolute": f"is an absolute path: the server refuses one that is not in its own {folder} folder",
        "windows": f"is a path of Windows: a server there refuses what is not in its {folder} folder, "
        "another takes it for a mere name",
    }[way]
    telling.tell(codes.PATH_DOUBTFUL, node.id, name, f"'{name}' is {quoted(value)}, which {why}", hint)


def _without_folder(value: str, folder: str) -> tuple[str, str]:
    """A name without the folder that it is marked with: "a.png [output]"."""
    for known in _FOLDERS:
        if value.endswith(f"[{known}]"):
            return value.removesuffix(f"[{known}]")[:-1], known
    return value, folder


def way_out(value: str, folder: str, *, is_prefix: bool = False) -> str | None:
    """How a name leaves the folder: "up", "absolute" or "windows"; ``None`` if it does not.

    "../output/x" comes back into a folder of the usual name. What a prefix begins is in its own folder:
    ".." alone is a name there.
    """
    place = posixpath.normpath(value)
    if is_prefix:
        place = posixpath.dirname(place)
    if place == ".." or place.startswith("../"):
        return None if f"{place}/".startswith(f"../{folder}/") else "up"
    if place.startswith("/"):
        return "absolute"
    drive, rest = ntpath.splitdrive(value)
    normal = ntpath.normpath(rest)
    if drive or rest.startswith("\\") or normal.startswith("..\\"):
        return "windows"
    return None
