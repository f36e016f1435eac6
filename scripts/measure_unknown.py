"""Count how many values of nodes of unknown types get their right names.

    python -m scripts.measure_unknown WORKFLOWS [--forget packs|all] [--prompt none|same|mutated] [--show N]

WORKFLOWS is ``templates`` for the official templates (fixtures/templates has their prompts), or a file of
JSON lines, gzipped or not, with ``workflow`` and the browser's prompt of it in ``output``, ``exported`` or
``text``; both may be text. ``--forget`` converts without the entries of all node types of packs, or of all
node types. ``--prompt`` passes a prompt beside the workflow, as a picture carries it: the browser's own
(``same``), or one of another state (``mutated``: values are changed, inputs and nodes left out, ids moved).

A value of the browser's prompt is *right* if comfyc gives it the same name, *wrong* if it gives another value
this name, *lost* if it gives nothing this name although the file has the value, and a *default* if the file
does not have it. *Surplus* are names that the node does not have. Nodes whose values are saved by name do not
count, nor do those that the browser does not know.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from comfyc.api import convert
from comfyc.catalog import Catalog, bundled_packs
from comfyc.editor.loading import known
from tests.discovery import TEMPLATE_EXPORTS, read_packed

OUTCOMES = ("right", "wrong", "lost", "default", "surplus")
CHANGED = 0.3
"""The share of what is changed in a prompt of another state."""


def rows(path: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The key, the workflow and the browser's prompt of each line that has both."""
    if str(path) == "templates":
        folder = files("comfyui_workflow_templates_json") / "templates"
        for row in read_packed(TEMPLATE_EXPORTS):
            workflow = (folder / f"{row['key']}.json").read_text("utf-8")
            yield row["key"], json.loads(workflow), json.loads(row["text"])
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            workflow = parsed(row["workflow"])
            prompt = parsed(next((row[key] for key in ("output", "exported", "text") if row.get(key)), None))
            if isinstance(workflow, dict) and isinstance(prompt, dict):
                yield row["key"], workflow, prompt


def parsed(value: Any) -> Any:
    """A value that may be JSON text."""
    return json.loads(value) if isinstance(value, str) else value


def is_link(value: Any) -> bool:
    """Whether a value of a prompt is a link."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal for a server."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def mutated(prompt: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A prompt of the same node types in another state."""
    changed: dict[str, Any] = {}
    for ident, node in prompt.items():
        if chance.random() < CHANGED / 3:
            continue
        if chance.random() < CHANGED / 3:
            ident = f"{ident}0"
        inputs = {
            name: other(value, chance) if not is_link(value) and chance.random() < CHANGED else value
            for name, value in node["inputs"].items()
            if not is_link(value) or chance.random() > CHANGED / 3
        }
        changed[ident] = {**node, "inputs": inputs}
    return changed


def other(value: Any, chance: random.Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + chance.randint(1, 9)
    return f"{value}, {chance.randint(1, 9)}" if isinstance(value, str) else value


def value_at(document: Any, pointer: tuple[str | int, ...]) -> Any:
    """The value that a JSON pointer leads to; None if there is none."""
    try:
        for step in pointer:
            document = document[step]
    except (LookupError, TypeError):
        return None
    return document


def compare(mine: dict[str, Any], theirs: dict[str, Any], saved: list[Any], shown: list[str]) -> Counter[str]:
    """The outcomes of the values of one node."""
    counts: Counter[str] = Counter()
    for name, value in theirs.items():
        if is_link(value):
            continue
        if name in mine:
            outcome = "right" if is_same(mine[name], value) else "wrong"
        else:
            outcome = "lost" if any(is_same(one, value) for one in saved) else "default"
        counts[outcome] += 1
        if outcome == "wrong":
            shown.append(f"{name}: {mine[name]!r:.60} instead of {value!r:.60}")
    counts["surplus"] += sum(name not in theirs for name in mine)
    return counts


def measure(
    path: Path, catalog: Catalog, packs: Catalog, beside: str, wrong: list[str]
) -> tuple[Counter[str], Counter[str]]:
    """Count files and nodes, and the outcomes of values; ``wrong`` gets a line for each wrong value."""
    counts: Counter[str] = Counter()
    total: Counter[str] = Counter()
    chance = random.Random(14)
    for key, workflow, prompt in rows(path):
        document = workflow
        if beside != "none":
            document = {
                "workflow": workflow,
                "prompt": prompt if beside == "same" else mutated(prompt, chance),
            }
        conversion = convert(document, catalog)
        counts["files"] += 1
        for ident, node in conversion.prompt.items():
            kind, theirs = node["class_type"], prompt.get(ident, {})
            if "class_type" not in theirs or kind in catalog or kind in packs:
                continue
            raw = value_at(workflow, conversion.ir.nodes[ident].pointer)
            saved = raw.get("widgets_values") or []
            if not isinstance(saved, list):
                continue
            shown: list[str] = []
            counts["nodes"] += 1
            total += compare(node["inputs"], theirs["inputs"], saved, shown)
            wrong += [f"{key} {ident} {kind} {one}" for one in shown]
    return counts, total


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("workflows", type=Path)
    parser.add_argument("--forget", choices=("nothing", "packs", "all"), default="nothing")
    parser.add_argument("--prompt", choices=("none", "same", "mutated"), default="none")
    parser.add_argument("--show", type=int, default=0, help="show this many wrong values")
    args = parser.parse_args()
    catalog, packs = Catalog.load(), bundled_packs()
    if args.forget != "nothing":
        packs = nothing = Catalog.from_object_info({})
        catalog = nothing if args.forget == "all" else without_packs(catalog)
        known.bundled_packs = lambda _=None: nothing  # type: ignore[assignment,attr-defined]
    wrong: list[str] = []
    counts, total = measure(args.workflows, catalog, packs, args.prompt, wrong)
    print(f"{counts['files']} files, {counts['nodes']} nodes of unknown types")
    print(", ".join(f"{total[one]} {one}" for one in OUTCOMES))
    for one in wrong[: args.show]:
        print(one)


def without_packs(catalog: Catalog) -> Catalog:
    """The catalogue with ComfyUI's own node types only."""
    packs = bundled_packs()
    return Catalog.from_object_info({name: catalog.info(name) for name in catalog if name not in packs})


if __name__ == "__main__":
    main()
