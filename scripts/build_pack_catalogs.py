"""Make the bundled catalogues of custom-node packs, one file a pack, from what a server with the packs says.

    python scripts/build_pack_catalogs.py object_info.json.gz [--packs scripts/packs.tsv]

The facts about each pack (its folder, repository, the commit of the snapshot, its id in the registry where
it is known) are in ``packs.tsv``. The nodes' facts are taken as ``build_catalog.py`` takes them. Lists of a
server's files are left as they are: that server had none. The catalogue of a pack that the server does not
have stays as it is. The output depends on the input alone.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.catalog.bundled import CATALOGS
from comfyc.packs import pack_folder
from scripts.build_catalog import build_bundle, read_json

PACKS = Path(__file__).parent / "packs.tsv"


def read_packs(path: Path) -> list[dict[str, str]]:
    """The rows of the table of packs."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def by_folder(object_info: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of custom nodes by the folder of their pack."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, entry in object_info.items():
        module = entry.get("python_module")
        if isinstance(module, str) and module.startswith("custom_nodes."):
            found[pack_folder(module)][name] = entry
    return found


def main() -> None:
    """Write the bundles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--packs", type=Path, default=PACKS)
    parser.add_argument("-o", "--output", type=Path, default=CATALOGS)
    options = parser.parse_args()
    entries = by_folder(read_json(options.object_info))
    total = 0
    for pack in read_packs(options.packs):
        nodes = entries[pack["folder"].casefold()]
        if not nodes:
            continue
        version = f"{pack['date']} {pack['commit'][:7]}"
        about = {"repository": pack["repository"], "cnr_id": pack["cnr_id"], "folder": pack["folder"]}
        packed = build_bundle(nodes, title=pack["folder"], version=version, replacements=None, about=about)
        (options.output / f"pack-{pack['folder'].casefold()}.jsonl.gz").write_bytes(packed)
        total += len(packed)
    print(f"{options.output}: {total} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
