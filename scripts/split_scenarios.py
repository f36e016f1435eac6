"""Write recorded scenarios of custom-node packs as fixtures: one folder each.

    python scripts/split_scenarios.py scenarios.jsonl.gz [-o fixtures/packs]

A line holds ``key``, ``workflow`` (the file's text), ``output`` (the browser's prompt), ``queued`` (what its
Queue button posts) and ``error``. Where both prompts are equal only ``prompt.json`` is written, else
``queue.json`` beside it; where the browser throws, ``error.txt``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Write the folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "fixtures" / "packs")
    options = parser.parse_args()
    count = 0
    with gzip.open(options.scenarios, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            folder = options.output / row["key"]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "workflow.json").write_text(row["workflow"], encoding="utf-8")
            for name, prompt in (("prompt", row["output"]), ("queue", row["queued"])):
                if prompt is not None and (name == "prompt" or prompt != row["output"]):
                    text = json.dumps(prompt, ensure_ascii=False, indent=2)
                    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            if row["error"]:
                (folder / "error.txt").write_text(row["error"].split("\n")[0] + "\n", encoding="utf-8")
            count += 1
    print(f"{options.output}: {count} scenarios", file=sys.stderr)


if __name__ == "__main__":
    main()
