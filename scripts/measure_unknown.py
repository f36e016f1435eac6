"""Count how many values of nodes of unknown types get their right names.

    python scripts/measure_unknown.py WORKFLOWS [--forget packs|all] [--prompt none|same|mutated] [--show N]

WORKFLOWS is a file of JSON lines, gzipped or not, with ``workflow`` and the browser's prompt of it in ``output``,
``exported`` or ``text``; both may be text. ``--forget`` converts without the entries of all node types of packs, or
of all node types. ``--prompt`` passes a prompt beside the workflow, as a picture carries it: the browser's own
(``same``), or one of another state (``mutated``: values are changed, inputs and nodes left out, ids moved).

A value of the browser's prompt is *right* if comfyc gives it the same name, *wrong* if it gives another value this name,
*lost* if it gives nothing this name although the file has the value, and a *default* if the file does not have it.
*Surplus* are names that the node does not have.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.api import convert
from comfyc.catalog import Catalog, bundled_packs
from comfyc.editor.loading import known

OUTCOMES = ("right", "wrong", "lost", "default", "surplus")
CHANGED = 0.3
"""The share of what is changed in a prompt of another state."""


def rows(path: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The key, the workflow and the browser's prompt of each line that has both."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("workflows", type=Path)
    parser.add_argument("--forget", choices=("nothing", "packs", "all"), default="nothing")
    parser.add_argument("--prompt", choices=("none", "same", "mutated"), default="none")
    parser.add_argument("--show", type=int, default=0, help="show this many wrong values")
    args = parser.parse_args()
    catalog = Catalog.load()
    nothing = Catalog.from_object_info({})
    if args.forget != "nothing":
        known.bundled_packs = lambda catalog=None: nothing  # type: ignore[attr-defined]
        catalog = nothing if args.forget == "all" else without_packs(catalog)
    total: Counter[str] = Counter()
    wrong: list[str] = []
    chance = random.Random(14)
    for key, workflow, prompt in rows(args.workflows):
        beside = {"none": None, "same": prompt, "mutated": mutated(prompt, chance)}[args.prompt]
        document = workflow if beside is None else {"workflow": workflow, "prompt": beside}
        conversion = convert(document, catalog)
        total["files"] += 1
        for ident, node in conversion.prompt.items():
            kind = node["class_type"]
            theirs = prompt.get(ident)
            if theirs is None or "class_type" not in theirs or kind in catalog or kind in known.bundled_packs():  # type: ignore[attr-defined]
                continue
            pointer = conversion.ir.nodes[ident].pointer
            saved = value_at(workflow, pointer).get("widgets_values")
            if isinstance(saved, dict):
                total["named"] += 1
                continue
            shown: list[str] = []
            total["nodes"] += 1
            total += compare(node["inputs"], theirs["inputs"], saved if isinstance(saved, list) else [], shown)
            wrong += [f"{key} {ident} {kind} {one}" for one in shown]
    named = f"{total['named']} more have values that are saved by name"
    print(f"{total['files']} files, {total['nodes']} nodes of unknown types; {named}")
    print(", ".join(f"{total[one]} {one}" for one in OUTCOMES))
    for one in wrong[: args.show]:
        print(one)


def without_packs(catalog: Catalog) -> Catalog:
    """The catalogue with ComfyUI's own node types only."""
    packs = bundled_packs()
    return Catalog.from_object_info({name: catalog.info(name) for name in catalog if name not in packs})


if __name__ == "__main__":
    main()
