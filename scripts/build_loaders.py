"""Make converter/comfyc/needs/loaders.json: which inputs of packs list the files of which model folder.

    python -m scripts.build_loaders MIRROR -o converter/comfyc/needs/loaders.json

MIRROR has ComfyUI as ``OWNER+ComfyUI`` and clones of packs as ``OWNER+NAME``. Their source code is scanned,
and nothing of it is run: ``folder_paths.get_filename_list`` gives one name for each ending that a model
may have, which says the folder, and the inputs whose choices have such a name are the loaders. What a real
server said of ComfyUI's own nodes (``checks/facts.json``) is given to the packs that extend them, and the
scan of ComfyUI is held against it. If packs have a class of the same name, the one with more stars counts.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from comfyc.catalog import Catalog
from comfyc.catalog.bundled import core_entries
from comfyc.checks.facts import folder_of
from comfyc.diagnostics import ComfycError
from comfyc.scan import scan_folder
from comfyc.scan.folders import FOLDERS
from comfyc.scan.machine import Machine
from comfyc.scan.values import PyList, Value
from scripts.pack_sources import Clone, find_clones

ENDINGS = (
    ".safetensors",
    ".sft",
    ".ckpt",
    ".pt",
    ".pt2",
    ".pth",
    ".bin",
    ".pkl",
    ".gguf",
    ".onnx",
    ".engine",
)
"""One name for each of these, because packs filter lists of files by them."""
_MARK = re.compile(r"<models/([^<>]*)>")
_REGISTERED = re.compile(r"""^folder_names_and_paths\["(\w+)"\]""", re.MULTILINE)
_NO_MODELS = frozenset({"custom_nodes", "datasets"})
LEGACY = {"unet": "diffusion_models", "clip": "text_encoders"}
"""``map_legacy`` of folder_paths.py."""
SAME_FILES = {
    "unet_gguf": "diffusion_models",
    "clip_gguf": "text_encoders",
    "model_gguf": "diffusion_models",
    "ultralytics_bbox": "ultralytics",
    "ultralytics_segm": "ultralytics",
    "mmdets_bbox": "mmdets",
    "mmdets_segm": "mmdets",
}
"""Names that packs register for a part of a folder, by its name: files of one ending (nodes.py of
ComfyUI-GGUF, pig.py of calcuis/gguf), or a subfolder that is part of the names (subcore.py of
Impact-Subpack)."""

Table = dict[str, dict[str, str]]


def mark(folder: str) -> str:
    """The text that stands for the files of a folder."""
    return f"<models/{folder}>"


def marked_list(machine: Machine, arguments: list[Value], keywords: Mapping[str, Value]) -> Value:
    """``get_filename_list``: a name for each ending that says the folder."""
    folder = arguments[0] if arguments else keywords.get("folder_name")
    if not isinstance(folder, str):
        return PyList(is_open=True)
    return PyList([mark(folder) + ending for ending in ENDINGS], is_open=True)


def marked_core() -> Catalog:
    """ComfyUI's own nodes, for the packs that extend them: the inputs that list models do so here."""
    entries = {}
    bundle = core_entries()
    for kind in bundle:
        entry = copy.deepcopy(bundle[kind])
        for name, spec in _specs(entry):
            folder = folder_of(kind, name)
            if folder is not None:
                names = [mark(folder) + ending for ending in ENDINGS]
                if isinstance(spec[0], list):
                    spec[0] = names
                else:
                    spec[1]["options"] = names
        entries[kind] = entry
    return Catalog.from_object_info(entries)


def _specs(entry: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The inputs of an entry, those that an option of a dynamic combo brings included."""
    for section in ("required", "optional"):
        yield from _inner(entry.get("input", {}).get(section), "")


def _inner(section: Any, prefix: str) -> Iterator[tuple[str, list[Any]]]:
    for name, spec in section.items() if isinstance(section, dict) else ():
        if not isinstance(spec, list) or not spec:
            continue
        yield prefix + name, spec
        options = spec[1].get("options") if len(spec) > 1 and isinstance(spec[1], dict) else None
        for choice in options if isinstance(options, list) else ():
            inputs = choice.get("inputs") if isinstance(choice, dict) else None
            for inner in inputs.values() if isinstance(inputs, dict) else ():
                yield from _inner(inner, f"{prefix}{name}.")


def folders_of(spec: list[Any]) -> list[str]:
    """The folders whose files an input lists."""
    choices = spec[0] if isinstance(spec[0], list) else spec[1].get("options") if len(spec) > 1 else None
    texts = (one for one in choices if isinstance(one, str)) if isinstance(choices, list) else ()
    return list(dict.fromkeys(name for text in texts for name in _MARK.findall(text)))


def chosen(folders: list[str], own: frozenset[str]) -> str | None:
    """The folder that is named for an input: of several one of ComfyUI's own."""
    names = [SAME_FILES.get(name, LEGACY.get(name, name)) for name in folders]
    names = [name for name in names if name not in _NO_MODELS and name]
    return next((name for name in names if name in own), names[0] if names else None)


def loaders(entries: Mapping[str, Any], own: frozenset[str]) -> Table:
    """The folders by class and input."""
    found: Table = {}
    for kind, entry in sorted(entries.items()):
        rows = {name: chosen(folders_of(spec), own) for name, spec in _specs(entry)}
        known = {name: folder for name, folder in rows.items() if folder is not None}
        if known:
            found[kind] = known
    return found


def scanned(clone: Clone, core: Catalog) -> dict[str, Any]:
    """The entries of a pack, or of ComfyUI, as it is now."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / clone.name
        target.mkdir()
        clone.write(clone.files("HEAD"), target)
        try:
            return dict(scan_folder(target, core=core).entries)
        except ComfycError as error:
            print(f"{clone.repository}: {error}", file=sys.stderr)
            return {}


def stars() -> dict[str, int]:
    """How well known each bundled pack is, by its repository."""
    with (Path(__file__).parent / "packs.tsv").open(encoding="utf-8") as file:
        return {
            row["repository"].casefold(): int(row["stars"] or 0)
            for row in csv.DictReader(file, delimiter="\t")
        }


def build(mirror: Path) -> dict[str, Any]:
    """The table of all clones in a folder."""
    core, known = marked_core(), stars()
    clones = find_clones(mirror)
    (comfyui,) = (clone for clone in clones if clone.name == "ComfyUI")
    own = frozenset(_REGISTERED.findall(comfyui.git("show", "HEAD:folder_paths.py")))
    packs = sorted(
        (clone for clone in clones if clone is not comfyui),
        key=lambda clone: (-known.get(clone.repository.casefold(), 0), clone.repository),
    )
    table: Table = {}
    sources = {}
    with patch.dict(FOLDERS, {"folder_paths.get_filename_list": marked_list}):
        _compare(loaders(scanned(comfyui, core), own))
        for clone in packs:
            found = loaders(scanned(clone, core), own)
            print(f"{clone.repository}: {len(found)} classes", file=sys.stderr)
            if found:
                sources[clone.repository] = clone.git("rev-parse", "--short=7", "HEAD").strip()
            for kind, rows in found.items():
                if kind not in core:
                    table.setdefault(kind, rows)
    return {
        "sources": dict(sorted(sources.items())),
        "folders": sorted(own - _NO_MODELS),
        "loaders": dict(sorted(table.items())),
    }


def _compare(found: Table) -> None:
    """Say where the scan of ComfyUI and the facts of a real server differ."""
    for kind, rows in found.items():
        for name, folder in rows.items():
            if folder_of(kind, name) != folder:
                known = folder_of(kind, name)
                print(f"{kind}.{name}: {folder} in the source, {known} in facts.json", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mirror", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    table = build(options.mirror)
    options.output.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    count = sum(map(len, table["loaders"].values()))
    print(f"{count} inputs of {len(table['loaders'])} classes", file=sys.stderr)


if __name__ == "__main__":
    main()
