"""File names that lead outside the server's folders, where the server neither saves nor reads (P350, P351).

Source: folder_paths.get_save_image_path, annotated_filepath, exists_annotated_filepath and
is_within_directory of ComfyUI 0.33.0. Only the server knows whether an absolute path is inside one of its
folders; a path with a drive or backslashes is a path only on a server that runs on Windows.
"""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.checks.facts import upload_folder
from comfyc.checks.literals import literal
from comfyc.checks.reporting import PromptReporter, quoted
from comfyc.checks.running_nodes import RunningNode
from comfyc.checks.verdict import Verdict

_PREFIXES = {"SaveLoRA": "prefix", "SaveImageDataSetToFolder": "folder_name"}
_PREFIXES["SaveImageTextDataSetToFolder"] = "folder_name"
"""The input that names what is saved, by class; ``filename_prefix`` for all other classes."""
_FOLDERS = ("input", "output", "temp")


def report_paths(verdict: Verdict, nodes: Sequence[RunningNode], reporter: PromptReporter) -> None:
    """Report names outside the server's folders; with ``assume_files`` only names of files to be saved."""
    for node in nodes:
        for name, what, folder in _named(node):
            value = literal(node, name, verdict.prompt)
            if value is not None and not (what == "reads" and reporter.assume_files):
                _report(reporter, node, name, value, what, folder)


def _named(node: RunningNode) -> Iterator[tuple[str, str, str]]:
    """The inputs that name a file or a prefix: the input's name, "saves" or "reads", and the folder."""
    prefix = _PREFIXES.get(node.rules.class_type, "filename_prefix")
    if prefix in node.inputs and node.rules.is_output:
        yield prefix, "saves", "output"
    validator = node.rules.validator
    looks = validator.required[0] if validator is not None and validator.checks.startswith("file") else None
    for name in node.inputs:
        declared = node.declared.inputs.get(name)
        if declared is not None and (name == looks or upload_folder(declared.options) == "input"):
            yield name, "reads", "input"


def _report(
    reporter: PromptReporter, node: RunningNode, name: str, value: str, what: str, folder: str
) -> None:
    if what == "reads":
        value, folder = _without_folder(value, folder)
    way = way_out(value, folder, is_prefix=what == "saves")
    if way is None:
        return
    hint = f"use a path below the {folder} folder, such as 'sub/name'"
    if way == "up" and node.is_core:
        message = (
            f"'{name}' is {quoted(value)}, which leads outside the {folder} folder: the server refuses it"
        )
        reporter.report(codes.PATH_OUTSIDE, node.id, name, message, hint)
        return
    why = {
        "up": f"leads outside the {folder} folder: the server refuses it wherever it checks the path",
        "absolute": f"is an absolute path: the server refuses it unless it is inside its {folder} folder",
        "windows": "is a Windows path: a server on Windows refuses it unless it is inside its "
        f"{folder} folder, any other server takes it for a plain name",
    }[way]
    reporter.report(codes.PATH_DOUBTFUL, node.id, name, f"'{name}' is {quoted(value)}, which {why}", hint)


def _without_folder(value: str, folder: str) -> tuple[str, str]:
    """Split a name like "a.png [output]" into the name and the folder of its suffix, if it has one."""
    for known in _FOLDERS:
        if value.endswith(f"[{known}]"):
            return value.removesuffix(f"[{known}]")[:-1], known
    return value, folder


def way_out(value: str, folder: str, *, is_prefix: bool = False) -> str | None:
    """How a name leaves the folder: "up", "absolute" or "windows"; ``None`` if it does not.

    "../output/x" is let pass: it leads back into a folder of the usual name. A prefix counts by its folder,
    so a plain ".." is a name in that folder.
    """
    path = posixpath.normpath(value)
    if is_prefix:
        path = posixpath.dirname(path)
    if path == ".." or path.startswith("../"):
        return None if f"{path}/".startswith(f"../{folder}/") else "up"
    if path.startswith("/"):
        return "absolute"
    drive, rest = ntpath.splitdrive(value)
    normal = ntpath.normpath(rest)
    if drive or rest.startswith("\\") or normal.startswith("..\\"):
        return "windows"
    return None
