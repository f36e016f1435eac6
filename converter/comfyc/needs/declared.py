"""The models that a file declares: in ``properties.models`` of its nodes, and in its own ``models``.

The editor writes and reads both (``platform/workflow/validation/schemas/workflowSchema.ts`` of the frontend,
``zModelFile``: name, url, directory, and hash with hash_type), and so do the official templates.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.javascript.values import shown
from comfyc.needs.model import Declaration, User, is_sha256, is_web
from comfyc.needs.occurrences import group_nodes, occurrences
from comfyc.needs.reporting import quoted, report
from comfyc.safety.escaping import visible
from comfyc.workflow.model import FileNode, Workflow

LEGACY_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders"}
"""Former names of model folders, which the server still takes (``folder_paths.map_legacy``)."""

_HASH_DIGITS = {
    "SHA256": 64,
    "BLAKE3": 64,
    "MD5": 32,
    "SHA1": 40,
    "CRC32": 8,
    "AUTOV1": 8,
    "AUTOV2": 10,
    "AUTOV3": 12,
}
"""Hexadecimal digits by the type of a hash; the names are those of Civitai, SHA256 is also ComfyUI's."""
_MOST_DECLARATIONS = 100_000
"""Upper bound on the entries of a file, each counted for every id of its node; beyond it, one id counts."""
_CIVITAI_PAGE = re.compile(r"/models/\d+(?:/[^/]*)?/?")


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """An entry of a list of models, under all ids of its node. ``values`` are the saved values of the node's
    widgets, by which the editor decides whether the node uses the model."""

    declarations: tuple[Declaration, ...]
    pointer: Pointer
    values: frozenset[str] = field(default=frozenset())

    @property
    def first(self) -> Declaration:
        return self.declarations[0]


def read_declared(
    workflow: Workflow, document: Mapping[str, Any], found: Collector, file: str
) -> list[DeclaredModel]:
    """The entries of all lists of models, in the order of the file. Malformed ones are reported, and left out
    if they name no file."""
    entries: dict[Pointer, list[tuple[User, bool]]] = {}
    lists: dict[Pointer, tuple[Any, frozenset[str]]] = {}
    for one in occurrences(workflow, _has_models):
        pointer = (*one.node.pointer, "properties", "models")
        lists.setdefault(pointer, (one.node.raw["properties"]["models"], _values(one.node.raw)))
        user = User(file, one.id, _title(one.node.raw), one.node.type)
        entries.setdefault(pointer, []).append((user, one.is_active))
    for pointer, raw, user in _elsewhere(workflow, document, file):
        models = raw["models"] if user.type == "" else raw["properties"]["models"]
        lists[pointer] = (models, _values(raw))
        entries[pointer] = [(user, True)]
    made: list[DeclaredModel] = []
    left = _MOST_DECLARATIONS
    for pointer, (models, values) in lists.items():
        for index, raw in enumerate(models):
            users = entries[pointer][: max(left, 1)]
            entry = _declared(raw, (*pointer, index), users, values, found)
            if entry is not None:
                left -= len(users)
                made.append(entry)
    return made


def _has_models(node: FileNode) -> bool:
    properties = node.raw.get("properties")
    return isinstance(properties, dict) and isinstance(properties.get("models"), list)


def _elsewhere(
    workflow: Workflow, document: Mapping[str, Any], file: str
) -> Iterator[tuple[Pointer, Mapping[str, Any], User]]:
    """The lists of the nodes in legacy group nodes, and of the workflow."""
    for name, index, raw in group_nodes(workflow):
        properties = raw.get("properties")
        if isinstance(properties, dict) and isinstance(properties.get("models"), list):
            kind = raw.get("type")
            user = User(
                file, _group_host(workflow, name), _title(raw), kind if isinstance(kind, str) else "?"
            )
            yield ("extra", "groupNodes", name, "nodes", index, "properties", "models"), raw, user
    if isinstance(document.get("models"), list):
        yield ("models",), document, User(file, "")


def _group_host(workflow: Workflow, name: str) -> str:
    """The id of the first group node of a name."""
    types = (f"workflow>{name}", f"workflow/{name}")
    return next((node.id for node in workflow.root.nodes if node.type in types), "")


def _title(raw: Mapping[str, Any]) -> str:
    title = raw.get("title")
    return title if isinstance(title, str) else ""


def _values(raw: Mapping[str, Any]) -> frozenset[str]:
    """The texts among the saved values of a node."""
    saved = raw.get("widgets_values")
    values = saved.values() if isinstance(saved, dict) else saved if isinstance(saved, list) else ()
    return frozenset(value for value in values if isinstance(value, str))


def _declared(
    raw: Any, pointer: Pointer, users: list[tuple[User, bool]], values: frozenset[str], found: Collector
) -> DeclaredModel | None:
    name = raw.get("name") if isinstance(raw, dict) else None
    user = users[0][0]
    if not isinstance(name, str) or not name.strip():
        message = f"an entry of 'models' has no name: it is {shown(raw)}"
        hint = "remove it, or give it 'name', 'url' and 'directory'"
        report(found, codes.MODEL_MALFORMED, message, pointer, user, hint)
        return None
    texts = {key: raw.get(key) for key in ("directory", "url", "hash", "hash_type")}
    for key, value in texts.items():
        if value is not None and not isinstance(value, str):
            message = f"'{key}' of the model {quoted(name)} is {shown(value)}, and not text"
            report(found, codes.MODEL_MALFORMED, message, (*pointer, key), user, "write a text")
    known = {key: value if isinstance(value, str) else "" for key, value in texts.items()}
    made = [
        Declaration(
            user, name, known["directory"], known["url"], known["hash"], known["hash_type"], is_active
        )
        for user, is_active in users
    ]
    _check(made[0], pointer, found)
    return DeclaredModel(tuple(made), pointer, values)


def _check(one: Declaration, pointer: Pointer, found: Collector) -> None:
    """Report what is wrong with a declaration on its own."""
    model = f"the model {quoted(one.name)}"
    for key, value in (("name", one.name), ("directory", one.directory)):
        why = unsafe(value) if value else None
        if why is not None:
            message = f"'{key}' of a model is {quoted(value)}, which {why}"
            hint = "write a path below the model folder, such as 'sub/model.safetensors'"
            report(found, codes.MODEL_PATH, message, (*pointer, key), one.user, hint)
    if one.url and not is_web(one.url):
        message = f"the address of {model} is {quoted(one.url)}, which is not one of http or https"
        hint = "write the address from which a browser would download the file"
        report(found, codes.MODEL_ADDRESS, message, (*pointer, "url"), one.user, hint)
    elif one.url and leads_to_page(one.url):
        message = f"the address of {model} is that of a page and not of the file: {quoted(one.url)}"
        hint = "write the address of the download, such as https://civitai.com/api/download/models/12345"
        report(found, codes.MODEL_PAGE, message, (*pointer, "url"), one.user, hint)
    if one.hash and not _is_hash(one):
        kind = one.hash_type or "no type"
        message = f"the hash of {model} is {quoted(one.hash)} ({kind}), which is not well-formed"
        hint = "write 64 hexadecimal digits, and 'SHA256' as 'hash_type'"
        report(found, codes.MODEL_HASH, message, (*pointer, "hash"), one.user, hint)


def _is_hash(one: Declaration) -> bool:
    """Whether the hash has the digits that its type has; of types that nobody knows, any hexadecimal ones."""
    kind = one.hash_type.replace("-", "").upper()
    if kind == "SHA256":
        return is_sha256(one)
    is_hexadecimal = bool(one.hash_type) and set(one.hash.lower()) <= set("0123456789abcdef")
    return is_hexadecimal and len(one.hash) == _HASH_DIGITS.get(kind, len(one.hash))


def unsafe(path: str) -> str | None:
    """Why a path must not be written to, or None: it leads out of the folder that it is meant to be in, or
    has characters that a terminal obeys."""
    if visible(path) != path or "##" in path or any(part != part.strip() for part in path.split("/")):
        return "has characters that no name of a file should have"
    normal = posixpath.normpath(path.replace("\\", "/"))
    if normal.startswith("/") or ntpath.splitdrive(path)[0] or path.startswith("~"):
        return "is a path from the root, and not one below the model folder"
    if normal == ".." or normal.startswith("../") or ".." in path.replace("\\", "/").split("/"):
        return "leads out of the model folder"
    return None if normal != "." else "names no file"


def leads_to_page(url: str) -> bool:
    """Whether an address is known to be that of a page that shows a model, from which no address of the file
    follows: ``https://civitai.com/models/12345``."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return (
        host in ("civitai.com", "civitai.green", "civitai.red")
        and _CIVITAI_PAGE.fullmatch(parts.path) is not None
    )


def folder_name(directory: str) -> str:
    """A declared directory as the server calls the folder: with ``/``, and by its present name."""
    first, _, rest = (
        posixpath.normpath(directory.replace("\\", "/")).partition("/") if directory else ("", "", "")
    )
    first = LEGACY_FOLDERS.get(first, first)
    return f"{first}/{rest}" if rest else first


def normal(name: str) -> str:
    """The name of a file for comparisons: with ``/``, as a server on Windows lists names with a backslash."""
    return name.replace("\\", "/")
