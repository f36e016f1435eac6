#!/usr/bin/env python3
"""Record that the real frontend exports the same of files that `comfyc format` has written.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_formats

comfyc formats all official templates and all workflows of fixtures/cases, and the browser opens the formatted
texts and exports them. The exports are held against those that scripts/record_exports.py recorded of the
files as they were. It writes fixtures/formats/opened.jsonl.gz, a row for each file of which the browser gave
the same, the same error included::

    {"key": "templates/flux_schnell", "file": the first half of the SHA-256 of the formatted text}

and prints how many these are, and the names of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from comfyc import format_workflow
from scripts.browser_export import FRONTEND, Export, chromium, exports, frontend_static
from scripts.record_exports import CACHE, read_object_info, template_workflows
from tests.discovery import FIXTURES, TEMPLATE_EXPORTS, cases, read_packed, write_packed

OPENED = FIXTURES / "formats" / "opened.jsonl.gz"


class Tidied(NamedTuple):
    """A formatted workflow, what the browser exported of it before, or why it did not, and the catalogue."""

    key: str
    text: str
    prompt: str | None
    error: str | None
    catalog: Path | None


def formatted(text: str) -> str:
    """A workflow as `comfyc format` writes it. One that cannot be read stays as it is."""
    return format_workflow(text.encode("utf-8", "surrogatepass")).text or text


def formatted_files() -> Iterator[Tidied]:
    """All templates and cases."""
    recorded = {row["key"]: row["text"] for row in read_packed(TEMPLATE_EXPORTS)}
    for key, text in template_workflows():
        yield Tidied(f"templates/{key}", formatted(text), recorded.get(key), None, None)
    for case in cases():
        error = case.error and case.error.removesuffix("\n")
        yield Tidied(case.name, formatted(case.workflow), case.prompt, error, case.catalog)


def is_same(file: Tidied, export: Export) -> bool:
    """Whether the browser answers as it did before."""
    if file.prompt is None:
        return export.text is None and (file.error is None or export.error == file.error)
    return export.text == file.prompt


def digest(text: str) -> str:
    """What names a formatted text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


async def opened(files: list[Tidied], static: Path, catalog: Path | None) -> Iterator[tuple[Tidied, Export]]:
    """What the browser says of files over one catalogue."""
    workflows = [(str(number), file.text) for number, file in enumerate(files)]
    object_info = read_object_info(str(catalog) if catalog else None)
    answers = exports(workflows, object_info, static, executable=chromium())
    return iter([(files[int(number)], export) async for number, export in answers])


def main() -> None:
    """Record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frontend", help=f"static/ of comfyui-frontend-package (else {FRONTEND} from PyPI)")
    args = parser.parse_args()
    static = Path(args.frontend) if args.frontend else frontend_static(FRONTEND, CACHE)
    rows: list[dict[str, str]] = []
    files = sorted(formatted_files(), key=lambda file: str(file.catalog or ""))
    for catalog, group in groupby(files, lambda file: file.catalog):
        for file, export in asyncio.run(opened(list(group), static, catalog)):
            if is_same(file, export):
                rows.append({"key": file.key, "file": digest(file.text)})
            else:
                print(f"{file.key}: {export.error or 'another prompt'}")
    print(f"{len(rows)} of {len(files)} give the same export")
    rows.sort(key=lambda row: row["key"])
    write_packed(OPENED, [{"frontend": FRONTEND}, *rows])


if __name__ == "__main__":
    main()
