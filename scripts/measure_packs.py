"""Hold conversions of workflows with custom nodes against what a browser with the packs' scripts gave.

    python scripts/measure_packs.py DATA [OBJECT_INFO] [--bundled] [--as queue] [--show N] [--only workflows]

DATA is a folder with ``workflows.jsonl.gz``, ``scenarios.jsonl.gz`` and ``synthetic.jsonl.gz`` (fields
``key``, ``workflow``, ``output``, ``queued``, ``error``). Two prompts are equal as *executed* if they have
the same nodes with the same classes and inputs, without the values that the server does not look at
because the node does not declare them (links it always takes). *All keys* compares those as well.
Nodes that the browser wrote without a class are compared by their links.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.options import Button, DynamicPrompts, Options

SETS = ("workflows", "scenarios", "synthetic")


@dataclass
class Tally:
    """Counts of one set of workflows."""

    files: int = 0
    files_executed: int = 0
    files_all: int = 0
    nodes: int = 0
    nodes_executed: int = 0
    nodes_all: int = 0
    no_reference: int = 0
    differing: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a gzipped file, one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def take_time(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Put the recorded text where ours differs from it in digits only."""
    for ident, node in mine.items():
        for name, value in node["inputs"].items():
            recorded = theirs.get(ident, {}).get("inputs", {}).get(name)
            if equal_but_for_time(value, recorded):
                node["inputs"][name] = recorded


def is_link(value: Any) -> bool:
    """What the server takes for a link."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], (int, float))
    )


def executed(node: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The inputs of a prompt's node that the server looks at."""
    info = catalog.info(node.get("class_type") or "")
    groups = info["input"] if info is not None else {}
    declared = {name for group in groups.values() if isinstance(group, dict) for name in group}
    return {name: value for name, value in node["inputs"].items() if is_link(value) or name in declared}


def equal_but_for_time(a: Any, b: Any) -> bool:
    """Whether two texts differ in digits only: the clock of the recording is not known."""
    digits = [re.sub(r"[0-9]", "0", value) for value in (a, b) if isinstance(value, str)]
    return len(digits) == 2 and digits[0] == digits[1]


def compare(
    mine: dict[str, Any], theirs: dict[str, Any], catalog: Catalog, tally: Tally, key: str
) -> tuple[bool, bool]:
    """Whether two prompts are equal as executed, and in all keys; counts nodes."""
    same = same_all = True
    for ident in dict.fromkeys([*theirs, *mine]):
        a, b = mine.get(ident), theirs.get(ident)
        tally.nodes += 1
        if a is None or b is None:
            kind = (a or b or {}).get("class_type")
            tally.differing[str(kind)].append(f"{key} {ident}: {'missing' if a is None else 'too much'}")
            same = same_all = False
            continue
        if "class_type" not in b:
            links = [{k: v for k, v in n["inputs"].items() if is_link(v)} for n in (a, b)]
            equal = equal_all = links[0] == links[1]
            parts = links
        else:
            equal_all = a.get("class_type") == b["class_type"] and a["inputs"] == b["inputs"]
            parts = [executed(a, catalog), executed(b, catalog)]
            equal = a.get("class_type") == b["class_type"] and parts[0] == parts[1]
        tally.nodes_executed += equal
        tally.nodes_all += equal_all
        same &= equal
        same_all &= equal_all
        if not equal_all:
            shown = parts if not equal else [a["inputs"], b["inputs"]]
            difference = {
                name: (shown[0].get(name, "-"), shown[1].get(name, "-"))
                for name in dict.fromkeys([*shown[1], *shown[0]])
                if shown[0].get(name, "-") != shown[1].get(name, "-")
            }
            text = "; ".join(f"{n}: {str(m)[:90]!r} for {str(t)[:90]!r}" for n, (m, t) in difference.items())
            kind = str(b.get("class_type") or a.get("class_type"))
            tally.differing[kind + ("" if equal else " *")].append(f"{key} {ident}: {text[:600]}")
    return same, same_all


def measure(path: Path, convert_catalog: Catalog, facts: Catalog, options: Options, field_: str) -> Tally:
    """Convert every workflow of a file and compare."""
    tally = Tally()
    for row in rows(path):
        conversion: Conversion = convert(json.loads(row["workflow"]), convert_catalog, options)
        expected = row[field_]
        if expected is None:
            tally.no_reference += 1
            continue
        mine = json.loads(conversion.text)
        if "%date:" in row["workflow"]:
            take_time(mine, expected)
        same, same_all = compare(mine, expected, facts, tally, row["key"])
        tally.files += 1
        tally.files_executed += same
        tally.files_all += same_all
    return tally


def main() -> None:
    """Print the table, and where conversions differ, by node type ("*": as executed)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("object_info", type=Path, nargs="?", help="default: the bundled catalogues")
    parser.add_argument("--bundled", action="store_true", help="convert with the bundled catalogues")
    parser.add_argument("--as", dest="mode", choices=("export", "queue"), default="export")
    parser.add_argument("--only", choices=SETS, action="append")
    parser.add_argument("--show", type=int, default=3, help="how many differences of each type to show")
    parser.add_argument("--executed", action="store_true", help="show only what differs as executed")
    arguments = parser.parse_args()
    facts = Catalog.load(arguments.object_info)
    catalog = Catalog.load() if arguments.bundled else facts
    options = Options(
        js_numbers=True,
        dynamic_prompts=DynamicPrompts.FIRST,
        now=datetime.datetime(2026, 1, 2, 3, 4, 5),
        button=Button(arguments.mode),
    )
    print(
        f"{'set':10} {'files':>6} {'executed':>9} {'all keys':>9}"
        f" {'nodes':>7} {'executed':>9} {'all keys':>9}"
    )
    details = []
    for name in arguments.only or SETS:
        tally = measure(
            arguments.data / f"{name}.jsonl.gz",
            catalog,
            facts,
            options,
            "output" if arguments.mode == "export" else "queued",
        )
        print(
            f"{name:10} {tally.files:6} {share(tally.files_executed, tally.files):>9}"
            f" {share(tally.files_all, tally.files):>9} {tally.nodes:7}"
            f" {share(tally.nodes_executed, tally.nodes):>9} {share(tally.nodes_all, tally.nodes):>9}"
            f"   without reference: {tally.no_reference}"
        )
        details.append((name, tally))
    for name, tally in details:
        counts = Counter({kind: len(found) for kind, found in tally.differing.items()})
        for kind, count in counts.most_common():
            if arguments.executed and not kind.endswith(" *"):
                continue
            print(f"\n{name}: {kind} ({count})")
            for line in tally.differing[kind][: arguments.show]:
                print("   ", line)


def share(count: int, total: int) -> str:
    return f"{100 * count / total:.2f}%" if total else "-"


if __name__ == "__main__":
    main()
