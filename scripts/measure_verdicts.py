"""Hold the offline verdict against recorded answers of real servers, and print how far they agree.

    python scripts/measure_verdicts.py cases.jsonl.gz object_info.json.gz [--show 5]

A case is a line ``{id, kind, prompt, request?, verdict, stable, loose_stable, offline,
verdict_other_hashseed?}``; ``offline`` is "knowable" or why a program with object_info alone cannot know.
The columns, each of all cases of a kind: *findings* (valid, error type, (node, error type, input) and good
outputs), *texts* (also every message and detail), *equal* (the whole verdict). The server's order of
inputs and outputs depends on its hash seed, so a case that differs is judged again in other orders;
"in an order" counts those that then agree.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from comfyc.catalog import Catalog
from comfyc.checks import verdict

ORDERS = 200
"""In how many orders a case that differs is judged before it counts as different."""


def findings(found: Mapping[str, Any]) -> Any:
    """What has to be the same in every knowable case."""
    errors = Counter(
        (node, error["type"], error["extra_info"].get("input_name"))
        for node, entry in (found["node_errors"] or {}).items()
        for error in entry["errors"]
    )
    kind = (found["error"] or {}).get("type")
    return (
        found["http_status"],
        found["valid"],
        kind,
        sorted(map(repr, errors.items())),
        found["good_outputs"],
    )


def texts(found: Mapping[str, Any]) -> Any:
    """The findings with every message and detail. Lines whose order is left to chance are sorted."""
    errors = sorted(
        (node, entry["class_type"], error["type"], error["message"], error["details"])
        for node, entry in (found["node_errors"] or {}).items()
        for error in entry["errors"]
    )
    error = found["error"] or {}
    return findings(found), errors, error.get("message"), sorted((error.get("details") or "").split("\n"))


def whole(found: Mapping[str, Any]) -> Any:
    """All of it, but for tracebacks."""
    answer = {key: found[key] for key in ("http_status", "valid", "error", "node_errors", "good_outputs")}
    return json.loads(json.dumps(answer), object_hook=_without_traceback)


def _without_traceback(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != "traceback"}


LEVELS = {"findings": findings, "texts": texts, "equal": whole}


def shuffled(seed: int) -> Any:
    chance = random.Random(seed)

    def order(items: Iterable[str]) -> list[str]:
        listed = list(items)
        chance.shuffle(listed)
        return listed

    return order


def agree(case: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    """For each level "yes", "in an order" or "no"."""
    recorded = [case["verdict"], case.get("verdict_other_hashseed") or case["verdict"]]
    result: dict[str, str] = {}
    for seed in range(-1, ORDERS):
        order = iter if seed < 0 else shuffled(seed)
        found = verdict(case["prompt"], catalog, request=case.get("request"), order=order)
        for level, view in LEVELS.items():
            if level not in result and view(found) in [view(one) for one in recorded]:
                result[level] = "yes" if seed < 0 else "in an order"
        if len(result) == len(LEVELS):
            break
    return {level: result.get(level, "no") for level in LEVELS}


def is_plain(case: Mapping[str, Any]) -> bool:
    """Whether the case is about a prompt at all: not about headers, or a body that is no JSON object."""
    return "raw_body" not in case and "headers" not in case and case.get("has_prompt", True)


def read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print this many cases that differ")
    options = parser.parse_args()
    catalog = Catalog.load(options.object_info)
    tally: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    shown = 0
    for case in read(options.cases):
        kind = case["offline"]
        if not is_plain(case):
            tally[f"{kind} (no prompt in a body)"]["skipped", ""] += 1
            continue
        result = agree(case, catalog)
        for level, answer in result.items():
            tally[kind][level, answer] += 1
        if "no" in result.values() and shown < options.show and kind == "knowable":
            shown += 1
            print(json.dumps({"id": case["id"], **result, "recorded": case["verdict"]}))
            print(json.dumps(dict(verdict(case["prompt"], catalog, request=case.get("request")))))
    print(f"{'':38}{'cases':>6}", *(f"{level:>9} {'in order':>9} {'no':>4}" for level in LEVELS))
    for kind, counts in sorted(tally.items()):
        total = sum(counts["findings", answer] for answer in ("yes", "in an order", "no"))
        row = [
            f"{counts[level, 'yes']:>9} {counts[level, 'in an order']:>9} {counts[level, 'no']:>4}"
            for level in LEVELS
        ]
        print(f"{kind:38}{total or counts['skipped', '']:>6}", *(row if total else []))


if __name__ == "__main__":
    main()
