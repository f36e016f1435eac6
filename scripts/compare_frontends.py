"""Show which exports change from one version of the ComfyUI frontend to another, and how.

    python -m scripts.compare_frontends 1.57.5 1.58.1                # all cases and templates
    python -m scripts.compare_frontends 1.57.5 1.58.1 'primitives/*' # those whose names fit a pattern

Both versions export the same workflows with the same catalogues, and no code of comfyc takes part: what
differs is the frontend's doing. No fixture is written. For each workflow that changes, its name and a diff go
to stdout, and their number to stderr. This needs what ``scripts/record_exports.py`` needs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from difflib import unified_diff
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path

from scripts.browser_export import Export, chromium, exports, frontend_static
from scripts.record_exports import CACHE, read_object_info, template_workflows
from tests.discovery import cases

Named = tuple[str, str]
"""A name and the text of a workflow."""


def chosen(pattern: str) -> Iterator[tuple[bytes, list[Named]]]:
    """The workflows whose names fit, each list with the object_info that they are exported with."""
    found = sorted(
        (case for case in cases() if fnmatch(case.name, pattern)), key=lambda case: str(case.catalog or "")
    )
    for catalog, group in groupby(found, key=lambda case: case.catalog):
        object_info = catalog.read_bytes() if catalog else read_object_info(None)
        yield object_info, [(case.name, case.workflow) for case in group]
    templates = [(f"templates/{name}", text) for name, text in template_workflows()]
    yield read_object_info(None), [each for each in templates if fnmatch(each[0], pattern)]


async def exported(workflows: list[Named], object_info: bytes, static: Path) -> dict[str, Export]:
    """What one frontend gives for each workflow."""
    return {
        name: export async for name, export in exports(workflows, object_info, static, executable=chromium())
    }


def difference(old: Export, new: Export) -> str:
    """A diff of two answers, empty where they are equal. An answer without a prompt is its complaint."""
    before, after = (export.text if export.text is not None else f"{export.error}" for export in (old, new))
    lines = unified_diff(before.splitlines(), after.splitlines(), "old", "new", lineterm="", n=6)
    return "\n".join(lines)


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", help="a version of comfyui-frontend-package")
    parser.add_argument("new", help="another one")
    parser.add_argument(
        "pattern", nargs="?", default="*", help="which cases, such as 'subgraphs/*' or 'templates/*'"
    )
    args = parser.parse_args()
    old_static, new_static = (frontend_static(version, CACHE) for version in (args.old, args.new))
    count = changed = 0
    for object_info, workflows in chosen(args.pattern):
        old = asyncio.run(exported(workflows, object_info, old_static)) if workflows else {}
        new = asyncio.run(exported(workflows, object_info, new_static)) if workflows else {}
        for name, _ in workflows:
            count += 1
            text = difference(old[name], new[name])
            if text:
                changed += 1
                print(f"{name}\n{text}\n")
    print(f"{changed} of {count} workflows are exported differently", file=sys.stderr)


if __name__ == "__main__":
    main()
