"""The packs of a folder: what ComfyUI would load from it as custom nodes, or as its own."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from comfyc.safety.opening import read_regular
from comfyc.scan.limits import MAX_PACKS, MAX_SOURCE


@dataclass(frozen=True, slots=True)
class PackSource:
    """A pack: its folder, or the folder of its only file; ``name`` is what ComfyUI calls it."""

    name: str
    folder: Path
    only: str | None = None


def is_comfyui(folder: Path) -> bool:
    """Whether a folder is a checkout of ComfyUI."""
    return (folder / "nodes.py").is_file() and (folder / "comfy_extras").is_dir()


def find_packs(folder: Path) -> list[PackSource]:
    """The packs in a folder, by name: its subfolders and files, or the folder itself if it is one pack."""
    if (folder / "__init__.py").is_file():
        return [PackSource(folder.resolve().name, folder)]
    found: list[PackSource] = []
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError:
        return []
    for entry in entries[: 4 * MAX_PACKS]:
        name = entry.name
        if name.startswith((".", "__")) or name.endswith(".disabled"):
            continue
        if (entry / "__init__.py").is_file():
            found.append(PackSource(name, entry))
        elif name.endswith(".py") and entry.is_file() and not entry.is_symlink():
            found.append(PackSource(name.removesuffix(".py"), folder, name))
    return found[:MAX_PACKS]


def core_files(folder: Path) -> list[tuple[str, str]]:
    """The files of a checkout of ComfyUI that define nodes, each with the ``python_module`` of its nodes.

    The files of comfy_extras are those that nodes.py lists, in its order.
    """
    found = [("nodes.py", "nodes")]
    extras = _listed(folder) or _names(folder / "comfy_extras")
    found += [(f"comfy_extras/{name}", f"comfy_extras.{name.removesuffix('.py')}") for name in extras]
    api = _names(folder / "comfy_api_nodes")
    found += [(f"comfy_api_nodes/{name}", f"comfy_api_nodes.{name.removesuffix('.py')}") for name in api]
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.glob("nodes_*.py"))
    except OSError:
        return []


def _listed(folder: Path) -> list[str]:
    """The list ``extras_files`` in nodes.py."""
    try:
        tree = ast.parse(read_regular(folder / "nodes.py", MAX_SOURCE))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["extras_files"]:
                texts = [one.value for one in node.value.elts if isinstance(one, ast.Constant)]
                return [
                    text
                    for text in texts
                    if isinstance(text, str) and text.endswith(".py") and "/" not in text
                ]
    return []
