"""Write the index of the bundled packs (converter/comfyc/catalog/shelf.py) from their bundles.

    python -m scripts.pack_index

The order of the packs says which one counts if several have a node type: first those whose entries a server
has given, then by the number of stars (``scripts/packs.tsv``). The output depends on the bundles and that
table alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import gzip_bytes, read_bundle
from comfyc.catalog.bundled import PACKS
from comfyc.catalog.shelf import INDEX

TABLE = Path(__file__).parent / "packs.tsv"


def read_packs(path: Path = TABLE) -> list[dict[str, str]]:
    """The rows of the table of packs."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def build_index(folder: Path, table: list[dict[str, str]]) -> bytes:
    """The bytes of the index of the bundles in ``folder``; ``table`` has the rows of ``packs.tsv``."""
    stars = {row["bundle"]: int(row["stars"] or 0) for row in table}
    rows: list[dict[str, Any]] = []
    names: dict[str, list[str]] = {}
    for path in folder.glob("*.jsonl.gz"):
        bundle = read_bundle(path)
        about = {key: bundle.header.get(key) or "" for key in ABOUT}
        rows.append({"file": path.name, **about, "nodes": len(bundle)})
        names[path.name] = [
            name for name in dict.fromkeys((*bundle, *bundle.older)) if name.strip() and "\n" not in name
        ]
    rows.sort(key=lambda row: (row["origin"] != "server", -stars.get(row["file"], 0), row["file"]))
    having: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for name in names[row["file"]]:
            having[name].append(number)
    shared = {name: numbers for name, numbers in sorted(having.items()) if len(numbers) > 1}
    head = json.dumps({"packs": rows, "shared": shared}, separators=(",", ":"))
    blocks = ["\n".join(names[row["file"]]) for row in rows]
    return gzip_bytes("\n\n".join([head, *blocks]).encode("utf-8"))


ABOUT = ("title", "folder", "version", "repository", "cnr_id", "origin")


def main() -> None:
    (PACKS / INDEX).write_bytes(build_index(PACKS, read_packs()))


if __name__ == "__main__":
    main()
