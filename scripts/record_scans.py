"""Record what a server says of the packs in fixtures/scan/packs: ``python -m scripts.record_scans SERVER``

SERVER is the address of a ComfyUI that has these packs, and no other, in its folder ``custom_nodes``. Their
entries are written to fixtures/scan/object_info.json; a path of that machine becomes null.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

PACKS = Path(__file__).resolve().parent.parent / "fixtures" / "scan" / "packs"
OUTPUT = PACKS.parent / "object_info.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("server")
    with urlopen(f"{parser.parse_args().server.rstrip('/')}/object_info") as answer:
        entries = json.load(answer)
    modules = {f"custom_nodes.{folder.name}" for folder in PACKS.iterdir()}
    own = {name: one for name, one in sorted(entries.items()) if one["python_module"] in modules}
    OUTPUT.write_text(json.dumps(_without_paths(own), indent=1) + "\n", encoding="utf-8", newline="\n")
    print(f"{OUTPUT}: {len(own)} entries")


def _without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_paths(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_paths(one) for one in value]
    return None if isinstance(value, str) and value.startswith("/") else value


if __name__ == "__main__":
    main()
