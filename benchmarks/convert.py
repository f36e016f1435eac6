"""How fast comfyc is, beside comfy-cli and json: ``.venv/bin/python benchmarks/convert.py``

Prints a table in Markdown. Times in one process are CPU seconds, the best of several rounds; of commands they
are seconds on the clock. How time grows is told by the CPU seconds of one conversion in a process of its own,
the median of several. comfy-cli goes into a virtual environment of its own in the user's cache folder
(``--peer PYTHON`` names another one, ``--no-peer`` does without).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from comfyc import Catalog, convert
from comfyc.catalog.cached import cache_folder
from comfyc.validation import validate

PEER = "comfy-cli==1.23.0"
ROUNDS = 10
ONCE = 11
NAMES = {"chain": "a chain", "fan": "a fan", "nested": "nested subgraphs"}
FIXTURE = Path(__file__).parent.parent / "fixtures" / "text_to_image" / "workflow.json"
WORKER = """
import json, sys, time
from comfy_cli.workflow_to_api import convert_ui_to_api
object_info = json.load(open(sys.argv[1], encoding="utf-8"))
documents = [json.load(open(name, encoding="utf-8")) for name in json.load(sys.stdin)]
best, failed = float("inf"), 0
for _ in range(int(sys.argv[2])):
    began, failed = time.process_time(), 0
    for document in documents:
        try:
            convert_ui_to_api(document, object_info)
        except Exception:
            failed += 1
    best = min(best, time.process_time() - began)
print(json.dumps([best, failed]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a Python that has comfy-cli")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        convert_once(given.once[0], int(given.once[1]))
        return
    peer = None if given.no_peer else Path(given.peer) if given.peer else install_peer()
    print("| what | comfyc | beside it |\n|---|---|---|")
    measure_templates(peer)
    measure_commands(peer)
    measure_growth()


def row(what: str, ours: str, other: str = "") -> None:
    print(f"| {what} | {ours} | {other} |", flush=True)


def measure_templates(peer: Path | None) -> None:
    """All official templates in one process, and in one command."""
    names = template_files()
    texts = [name.read_text("utf-8") for name in names]
    documents = [json.loads(text) for text in texts]
    catalog = Catalog.load()

    def with_json() -> None:
        for text in texts:
            json.dumps(json.loads(text))

    def ours() -> None:
        for document in documents:
            convert(document, catalog)

    def with_graphs() -> None:
        for document in documents:
            _ = convert(document, catalog).graph

    count = len(documents)
    ours()  # what is known of node types once and for all
    plain, own, whole = in_turns(with_json, ours, with_graphs)
    other = f"json.loads + json.dumps: {plain:.3f} s"
    if peer is not None:
        seconds, failed = run_peer(peer, names, catalog)
        other += f"; {PEER}: {seconds:.2f} s" + (f", {failed} of them failed" if failed else "")
    row(f"convert {count} templates in one process", f"{own:.3f} s", other)
    row("the same with their networkx graphs", f"{whole:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["convert", *map(str, names), "--out-dir", folder, "-q", "--now", "2026-01-01T00:00:00"]
        row(f"`comfyc convert` of {count} files, {os.cpu_count()} cores", f"{command(arguments, 3):.2f} s")
    arguments = ["validate", *map(str, names), "-q"]
    row(f"`comfyc validate` of {count} files, {os.cpu_count()} cores", f"{command(arguments, 3):.2f} s")


def measure_commands(peer: Path | None) -> None:
    """The start of a command, cold."""
    own = command(["convert", str(FIXTURE)], 15)
    other = ""
    if peer is not None:
        seconds = wall([str(peer.with_name("comfy")), "--version"], 15)
        other = f"`comfy --version`: {seconds:.2f} s"
    row("`comfyc convert` of the example", f"{own:.2f} s", other)


def measure_growth() -> None:
    """What ten times the nodes cost a process that converts one workflow, as most do.

    Again and again in one process, a workflow of 1,000 nodes would stay in the processor's cache.
    """
    for make in (chain, fan, nested):
        taken = [(once(make, 1000), once(make, 10_000)) for _ in range(ONCE)]
        little, much = map(statistics.median, zip(*taken, strict=True))
        what = f"convert {NAMES[make.__name__]} of 10,000 nodes, prompt and graph"
        row(what, f"{much:.3f} s", f"{much / little:.1f} times one of 1,000")
    catalog = Catalog.load()
    much = best_of(lambda: validate(chain(10_000), catalog), 2)
    row("validate a chain of 10,000 nodes", f"{much:.2f} s")


def once(make: Callable[[int], Any], size: int) -> float:
    """CPU seconds of one conversion in a process of its own."""
    arguments = [sys.executable, __file__, "--once", make.__name__, str(size)]
    return float(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)


def convert_once(name: str, size: int) -> None:
    """What :func:`once` measures, everything being imported and the node types known."""
    make = {"chain": chain, "fan": fan, "nested": nested}[name]
    catalog = Catalog.load()
    _ = convert(make(DEPTH * WIDTH), catalog).graph
    document = json.loads(json.dumps(make(size)))
    began = time.process_time()
    conversion = convert(document, catalog)
    graph = conversion.graph
    del conversion, graph
    print(time.process_time() - began)


# --- measuring -----------------------------------------------------------------------------------


def best_of(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def in_turns(*works: Callable[[], object]) -> list[float]:
    """The same of several works, which take turns, so that what disturbs disturbs them all."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        best = [min(least, best_of(work, 1)) for least, work in zip(best, works, strict=True)]
    return best


def wall(arguments: list[str], rounds: int) -> float:
    """Seconds on the clock, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        best = min(best, time.perf_counter() - began)
    return best


def command(arguments: list[str], rounds: int) -> float:
    return wall([str(Path(sys.executable).with_name("comfyc")), *arguments], rounds)


def template_files() -> list[Path]:
    """The workflows of the package that holds the official templates."""
    folder = Path(str(files("comfyui_workflow_templates_json"))) / "templates"
    return [name for name in sorted(folder.glob("*.json")) if b'"nodes"' in name.read_bytes()]


def install_peer() -> Path:
    folder = (cache_folder() or Path(tempfile.gettempdir())) / PEER.replace("==", "-")
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER], check=True)
    return python


def run_peer(python: Path, names: list[Path], catalog: Catalog) -> tuple[float, int]:
    """comfy-cli on the same documents with the same catalogue: CPU seconds, and how many it cannot do."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({name: catalog.info(name) for name in catalog}, file)
        file.flush()
        arguments = [str(python), "-c", WORKER, file.name, str(ROUNDS)]
        listed = json.dumps([str(name) for name in names])
        done = subprocess.run(arguments, input=listed, capture_output=True, text=True, check=True)
    seconds, failed = json.loads(done.stdout)
    return float(seconds), int(failed)


# --- workflows of any size -----------------------------------------------------------------------

DEPTH, WIDTH = 5, 4


def node(ident: int, kind: str, link: int | None, links: list[int]) -> dict[str, Any]:
    return {
        "id": ident,
        "type": kind,
        "mode": 0,
        "inputs": [{"name": "image", "type": "IMAGE", "link": link}],
        "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": links}],
        "properties": {},
    }


def chain(size: int, kind: str = "ImageInvert") -> dict[str, Any]:
    """Every node is linked to the next one."""
    nodes = [node(i, kind, i - 1 if i > 1 else None, [i] if i < size else []) for i in range(1, size + 1)]
    links = [[i, i, 0, i + 1, 0, "IMAGE"] for i in range(1, size)]
    return {"nodes": nodes, "links": links, "version": 0.4}


def fan(size: int) -> dict[str, Any]:
    """The first node is linked to all others."""
    nodes = [node(1, "ImageInvert", None, list(range(1, size)))]
    nodes += [node(i, "ImageInvert", i - 1, []) for i in range(2, size + 1)]
    links = [[i, 1, 0, i + 1, 0, "IMAGE"] for i in range(1, size)]
    return {"nodes": nodes, "links": links, "version": 0.4}


def nested(size: int) -> dict[str, Any]:
    """A chain of subgraphs; each holds some nodes and the next subgraph, five levels deep."""
    definitions = [definition(level) for level in range(DEPTH)]
    workflow = chain(size // (DEPTH * WIDTH), definitions[0]["id"])
    return {**workflow, "definitions": {"subgraphs": definitions}}


def definition(level: int) -> dict[str, Any]:
    inner = level < DEPTH - 1
    kinds = ["ImageInvert"] * WIDTH + [subgraph_id(level + 1)] * inner
    last = len(kinds)
    links = [
        {
            "id": i + 1,
            "origin_id": i or -10,
            "origin_slot": 0,
            "target_id": i + 1,
            "target_slot": 0,
            "type": "IMAGE",
        }
        for i in range(last)
    ]
    out = {"origin_id": last, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"}
    return {
        "id": subgraph_id(level),
        "name": f"level {level}",
        "version": 1,
        "nodes": [node(i + 1, kind, i + 1, [i + 2]) for i, kind in enumerate(kinds)],
        "links": [*links, {"id": last + 1, **out}],
        "inputs": [{"id": "in", "name": "image", "type": "IMAGE", "linkIds": [1]}],
        "outputs": [{"id": "out", "name": "IMAGE", "type": "IMAGE", "linkIds": [last + 1]}],
        "inputNode": {"id": -10},
        "outputNode": {"id": -20},
    }


def subgraph_id(level: int) -> str:
    return f"00000000-0000-4000-8000-{level:012d}"


if __name__ == "__main__":
    main()
