"""How long a comparison takes: ``.venv/bin/python benchmarks/diff.py``

Prints CPU seconds of ``comfyc diff`` in a process of its own, from start to end, for workflows of 100, 1,000
and 10,000 nodes, each the best of several rounds: for two files in which every tenth node has another value,
and for the same with the ids dealt anew, so that no node can be found by its id.
"""

from __future__ import annotations

import copy
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from graph import workflow

ROUNDS = 3


def main() -> None:
    """Measure and print a table in Markdown."""
    print("| nodes | values changed | and ids dealt anew |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 1_000, 10_000):
            old = workflow(count)
            files = [Path(folder, name) for name in ("old.json", "new.json", "other.json")]
            for file, document in zip(files, (old, changed(old), renumbered(changed(old))), strict=True):
                file.write_text(json.dumps(document), "utf-8")
            times = [measured(files[0], other) for other in files[1:]]
            print(f"| {count:,} | " + " | ".join(f"{one:.2f} s" for one in times) + " |")


def changed(document: dict[str, Any]) -> dict[str, Any]:
    """The same with another number of steps in every tenth node."""
    made = copy.deepcopy(document)
    for node in made["nodes"][::10]:
        node["widgets_values"][2] += 1
    return made


def renumbered(document: dict[str, Any]) -> dict[str, Any]:
    """The same with other ids."""
    made = copy.deepcopy(document)
    ids = [node["id"] for node in made["nodes"]]
    others = dict(zip(ids, random.Random(1).sample(ids, len(ids)), strict=True))
    for node in made["nodes"]:
        node["id"] = others[node["id"]]
    for link in made["links"]:
        link[1], link[3] = others[link[1]], others[link[3]]
    return made


def measured(old: Path, new: Path) -> float:
    """The CPU seconds of one comparison, the best of some."""
    return min(_once([sys.executable, "-m", "comfyc", "diff", str(old), str(new)]) for _ in range(ROUNDS))


def _once(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1, done.stderr
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
