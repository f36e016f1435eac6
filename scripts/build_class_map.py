"""Make the map of node classes to the packs that provide them, from the node map of ComfyUI-Manager.

    pip download --no-deps comfyui-manager && unzip comfyui_manager-*.whl
    python -m scripts.build_class_map comfyui_manager

The folder has ``extension-node-map.json`` (the classes of each repository) and ``github-stats.json`` (their
stars). The form of the map is described in converter/comfyc/catalog/class_map.py. The ids in the Manager's
own list of packs are not those of the Comfy registry, so that the map has none. The output depends on these
files alone.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import gzip_bytes
from comfyc.catalog.class_map import CLASS_MAP

_GITHUB = re.compile(r"https?://github\.com/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?")
_LONGEST = 200
"""Upper bound on the characters of a class; what is longer is no class."""


def repository_of(url: str) -> str | None:
    """The owner/name in the address of a repository on GitHub; ``None`` for other addresses."""
    found = _GITHUB.fullmatch(url.strip())
    return found.group(1) if found else None


def stars_of(folder: Path) -> dict[str, int]:
    """The stars of each repository, by its owner/name in small letters."""
    stats = json.loads((folder / "github-stats.json").read_text("utf-8"))
    found = {repository_of(url): row["stars"] for url, row in stats.items()}
    return {name.casefold(): max(0, stars) for name, stars in found.items() if name is not None}


def classes_of(folder: Path) -> dict[str, list[str]]:
    """The classes of each repository on GitHub."""
    found: dict[str, list[str]] = {}
    rows: dict[str, Any] = json.loads((folder / "extension-node-map.json").read_text("utf-8"))
    for url, (classes, _) in rows.items():
        name = repository_of(url)
        usable = [each for each in classes if each.strip() and "\n" not in each and len(each) <= _LONGEST]
        if name is not None and usable and name.casefold() != "comfyanonymous/comfyui":
            found[name] = sorted(set(usable))
    return found


def build_map(folder: Path) -> bytes:
    """The bytes of the map."""
    stars = stars_of(folder)
    classes = classes_of(folder)
    order = sorted(classes, key=lambda name: (-stars.get(name.casefold(), 0), name.casefold()))
    table = {
        "repositories": order,
        "classes": ["\n".join(classes[name]) for name in order],
    }
    return gzip_bytes(json.dumps(table, separators=(",", ":")).encode("ascii"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("node_map", type=Path, help="the folder of the package comfyui_manager")
    options = parser.parse_args()
    packed = build_map(options.node_map)
    CLASS_MAP.write_bytes(packed)
    print(f"{CLASS_MAP}: {len(packed)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
