#!/usr/bin/env python3
"""Hold ``diff`` against all official templates: what has not changed is the same, and two versions differ.

Use, from the root of the repository::

    pip download --no-deps -d old comfyui-workflow-templates-json==0.1.50
    pip download --no-deps -d new comfyui-workflow-templates-json==0.1.123
    python -m scripts.measure_differences old/*.whl new/*.whl

Prints how many templates of the first version are the same as themselves with their nodes moved, put into
another order or given other ids, and, for the templates that both versions have, how many differ, the kinds
of the differences, and the CPU time of a pair, with both conversions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from comfyc import Catalog, Options
from comfyc.api import convert_parsed
from comfyc.differences import differences_of, options_for
from tests.changes import moved, renumbered, shuffled

FORMS: dict[str, Callable[[Any], Any]] = {"moved": moved, "shuffled": shuffled, "renumbered": renumbered}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args()
    old, new = (workflows(file) for file in (arguments.old, arguments.new))
    catalog, options = Catalog.load(), options_for(Options())
    for name, change in FORMS.items():
        differ = []
        for key, document in old.items():
            if change is renumbered and "proxyWidgets" in json.dumps(document):
                continue  # its entries name nodes by their ids
            sides = (convert_parsed(one, catalog, options) for one in (document, change(document)))
            differ += [] if differences_of(*sides).is_same else [key]
        print(f"{name}: {len(old) - len(differ)} of {len(old)} the same {differ[:5] or ''}")
    times, kinds, changed = [], Counter[str](), 0
    both = sorted(old.keys() & new.keys())
    for key in both:
        start = time.process_time()
        found = differences_of(*(convert_parsed(side[key], catalog, options) for side in (old, new)))
        times.append(1000 * (time.process_time() - start))
        changed += not found.is_same
        kinds.update(one.kind.value for one in (*found.changes, *found.layout))
    print(f"{changed} of {len(both)} changed in meaning; {dict(kinds.most_common())}")
    print(f"ms a pair: {statistics.median(times):.1f} in the median, {max(times):.0f} at most")


def workflows(wheel: Path) -> dict[str, Any]:
    """The workflows in a wheel of the templates, by name."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if "/templates/" in name and name.endswith(".json"):
                document = json.loads(archive.read(name))
                if isinstance(document, dict) and "nodes" in document:
                    found[Path(name).stem] = document
    return found


if __name__ == "__main__":
    main()
