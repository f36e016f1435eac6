"""How long a picture takes: ``.venv/bin/python benchmarks/graph.py``

Prints CPU seconds of ``comfyc graph`` in a process of its own, from start to end, for workflows of 100, 1,000
and 10,000 nodes, each the best of several rounds: chains of samplers, which have more rows than most nodes.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROUNDS = 3


def main() -> None:
    """Measure and print a table in Markdown."""
    print("| nodes | SVG, without findings | SVG | HTML |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100, 1_000, 10_000):
            file = Path(folder, f"{count}.json")
            file.write_text(json.dumps(workflow(count)), "utf-8")
            forms = (("svg", "--no-findings"), ("svg",), ("html",))
            times = [measured(file, Path(folder, f"a.{form}"), *flags) for form, *flags in forms]
            print(f"| {count:,} | " + " | ".join(f"{one:.2f} s" for one in times) + " |")


def workflow(count: int) -> dict[str, Any]:
    """A workflow with so many nodes, in rows of a hundred."""
    nodes, links = [], []
    for index in range(count):
        values = [index, "fixed", 20, 8.0, "euler", "normal", 1.0]
        node = {
            "id": index + 1,
            "type": "KSampler",
            "widgets_values": values,
            "outputs": [{"name": "LATENT"}],
        }
        node |= {"pos": [index % 100 * 400, index // 100 * 400], "size": [315, 262], "mode": 0}
        inputs = [{"name": name, "type": name.upper()} for name in ("model", "positive", "negative")]
        inputs.append({"name": "latent_image", "type": "LATENT", "link": index or None})
        nodes.append(node | {"inputs": inputs})
        if index:
            links.append([index, index, 0, index + 1, 3, "LATENT"])
    return {"nodes": nodes, "links": links, "version": 0.4}


def measured(file: Path, output: Path, *flags: str) -> float:
    """The CPU seconds of one drawing, the best of some."""
    return min(
        _once([sys.executable, "-m", "comfyc", "graph", str(file), "-o", str(output), *flags])
        for _ in range(ROUNDS)
    )


def _once(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
