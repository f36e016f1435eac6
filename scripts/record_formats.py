#!/usr/bin/env python3
"""Record that the real frontend exports the same of files that `comfyc format` has written.

Set-up as for scripts/record_exports.py. Use, from the root of the repository::

    python -m scripts.record_formats

comfyc formats all official templates and all workflows of fixtures/cases, and the browser opens the formatted
texts and exports them. The exports are held against those that scripts/record_exports.py recorded of the
files as they were. It writes fixtures/formats/opened.jsonl.gz, a row for each file of which the browser gave
the same, the same error included::

    {"key": "templates/flux_schnell", "file": the first half of the SHA-256 of the formatted text}

and prints how many these are, and the names of the others. It takes an hour; a file whose formatted text is
recorded is not asked about again, so that it may be stopped and called again.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from scripts.browser_export import FRONTEND, Export, chromium, exports, frontend_static
from scripts.record_exports import CACHE, read_object_info
from tests.discovery import TEMPLATE_EXPORTS, cases, read_packed, write_packed
from tests.formats import OPENED, digest, formatted_or_not, recorded, template_texts

BATCH = 40
"""Files that are asked about before what has been found is written."""


class FormattedFile(NamedTuple):
    """A formatted workflow, what the browser exported of it before, or why it did not, and the catalogue."""

    key: str
    text: str
    prompt: str | None
    error: str | None
    catalog: Path | None


def formatted_files() -> Iterator[FormattedFile]:
    """All templates and cases."""
    exported = {row["key"]: row["text"] for row in read_packed(TEMPLATE_EXPORTS)}
    for key, text in template_texts():
        yield FormattedFile(f"templates/{key}", formatted_or_not(text), exported.get(key), None, None)
    for case in cases():
        error = case.error and case.error.removesuffix("\n")
        yield FormattedFile(case.name, formatted_or_not(case.workflow), case.prompt, error, case.catalog)


def is_same(file: FormattedFile, export: Export) -> bool:
    """Whether the browser answers as it did before."""
    if file.prompt is None:
        return export.text is None and (file.error is None or export.error == file.error)
    return export.text == file.prompt


async def opened(
    files: list[FormattedFile], static: Path, catalog: Path | None
) -> Iterator[tuple[FormattedFile, Export]]:
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
    files = list(formatted_files())
    before = recorded()
    same = {file.key: digest(file.text) for file in files if before.get(file.key) == digest(file.text)}
    left = sorted((file for file in files if file.key not in same), key=lambda file: str(file.catalog or ""))
    for catalog, group in groupby(left, lambda file: file.catalog):
        of_catalog = list(group)
        for start in range(0, len(of_catalog), BATCH):
            for file, export in asyncio.run(opened(of_catalog[start : start + BATCH], static, catalog)):
                if is_same(file, export):
                    same[file.key] = digest(file.text)
                else:
                    print(f"{file.key}: {export.error or 'another prompt'}")
            rows = [{"key": key, "file": same[key]} for key in sorted(same)]
            write_packed(OPENED, [{"frontend": FRONTEND}, *rows])
    print(f"{len(same)} of {len(files)} give the same export")


if __name__ == "__main__":
    main()
