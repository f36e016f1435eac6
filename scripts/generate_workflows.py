#!/usr/bin/env python3
"""Make up plausible and odd workflows over any catalogue, to be exported by scripts/record_exports.py.

Use, from the root of the repository::

    python -m scripts.generate_workflows --object-info INFO.json --count 400 --seed 1 --out OUT
    python -m scripts.record_exports files --object-info INFO.json --out OUT OUT/*.workflow.json

With --every-type there are two: all node types with nothing saved, and all with values. A seed and a
catalogue give the same workflows again.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from random import Random

from scripts.generator.documents import every_type, make_document
from scripts.generator.graphs import Catalogue


def main() -> None:
    """Read the command line and write OUT/<number>.workflow.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--object-info", required=True, help="a saved /object_info (.json or .json.gz)")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-type", action="store_true")
    parser.add_argument("--prefix", default="", help="put before each number")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    data = Path(args.object_info).read_bytes()
    catalogue = Catalogue(json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for number in range(2 if args.every_type else args.count):
        rng = Random(f"{args.seed}/{number}")
        document = (
            every_type(rng, catalogue, number > 0) if args.every_type else make_document(rng, catalogue)
        )
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (out / f"{args.prefix}{number:03}.workflow.json").write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
