"""Export workflows in a browser that has the scripts and the bundled definitions of the packs that they use.

    python -m scripts.record_wild WORKFLOWS.jsonl.gz CHECKOUTS -o OUT/workflows.jsonl.gz
    python scripts/measure_packs.py OUT --only workflows

Each line of the first file has a ``key`` and the text of a ``workflow``; in the output it also has the
``output`` of Export (API), or null and the ``error``. CHECKOUTS has the source code of packs, as
``OWNER+NAME``. For each workflow, the packs are those whose bundled definitions comfyc would take; what is
measured is the conversion, and not whether the definitions are right (scripts/measure_scan.py measures that).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.workflow import read
from scripts.browser_export import FRONTEND, Export, chromium, exports, frontend_static
from scripts.record_exports import CACHE

_WEB = re.compile(
    r"""^\s*WEB_DIRECTORY\s*=\s*(?:os\.path\.join\([^"']*)?["']\.?/?([^"']+)["']""", re.MULTILINE
)


def needs(workflow: str, catalog: Catalog) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """The entries of all bundled types in a workflow, and the packs (repository, folder) that they are of."""
    nodes = list(read(json.loads(workflow), Collector()).typed_nodes())
    view = catalog.in_view_of(nodes)
    entries, packs = {}, set()
    for kind in dict.fromkeys(kind for kind, _ in nodes):
        edition = view.edition_of(kind)
        if edition is not None:
            entries[kind] = view.info(kind)
            packs.add((edition.volume.repository, edition.volume.folder))
    return entries, packs


def web_folder(checkout: Path) -> Path | None:
    """The folder of a pack's browser scripts; ``None`` if it has none."""
    init = checkout / "__init__.py"
    named = _WEB.search(init.read_text("utf-8", "replace")) if init.is_file() else None
    folder = checkout / named.group(1) if named is not None else None
    return folder if folder is not None and folder.is_dir() else None


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a gzipped file, one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


async def export(workflow: str, info: dict[str, Any], static: Path, packs: dict[str, Path]) -> Export:
    """What a new browser with these packs gives for a workflow."""
    given = exports(
        [("only", workflow)],
        json.dumps(info).encode(),
        static,
        executable=chromium(),
        per_page=1,
        settle=500,
        packs=packs,
    )
    answer = Export(None, "no answer")
    async for _, each in given:
        answer = each
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workflows", type=Path)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the frontend is kept")
    options = parser.parse_args()
    catalog = Catalog.load()
    core = {name: catalog.info(name) for name in catalog if catalog.edition_of(name) is None}
    checkouts = {path.name.casefold(): path for path in options.checkouts.iterdir()}
    static = frontend_static(FRONTEND, options.cache)
    with gzip.open(options.output, "wt", encoding="utf-8") as file:
        for row in lines(options.workflows):
            entries, needed = needs(row["workflow"], catalog)
            packs: dict[str, Path] = {}
            for repository, folder in sorted(needed):
                checkout = checkouts.get(repository.replace("/", "+").casefold())
                web = web_folder(checkout) if checkout is not None else None
                if web is not None:
                    packs[folder] = web
            answer = asyncio.run(export(row["workflow"], {**core, **entries}, static, packs))
            output = None if answer.text is None else json.loads(answer.text)
            record = {"key": row["key"], "workflow": row["workflow"], "output": output, "error": answer.error}
            file.write(json.dumps({**record, "packs": sorted(packs)}) + "\n")
            print(f"{row['key']}: {sorted(packs)} {answer.error or ''}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
