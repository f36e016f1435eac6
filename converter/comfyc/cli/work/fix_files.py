"""What ``comfyc validate --fix`` and ``--diff`` do with repaired files: write them, or show what changes."""

from __future__ import annotations

import difflib
import enum
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.catalog import Catalog
from comfyc.cli.output.writing import note, save, write_product, write_stdout
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.fixing import Examined, fix_source, plan_of
from comfyc.safety.escaping import plain
from comfyc.saving.encodings import decoded
from comfyc.sources import STDIN, Source

if TYPE_CHECKING:
    from comfyc.cli.work.validate_one import Judged


class FixMode(enum.Enum):
    """What is done about findings that can be fixed: they are marked, or the repaired files are written
    (``--fix``), or only the differences to them shown (``--diff``)."""

    MARK = enum.auto()
    WRITE = enum.auto()
    DIFF = enum.auto()


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was repaired in a file, or would be. ``before`` and ``after`` are its bytes, empty if nothing was.

    ``refused`` are findings with a repair that does not hold, ``carried`` is the number of those that could
    be fixed if the file were not one that carries a workflow.
    """

    before: bytes = field(default=b"", repr=False)
    after: bytes = field(default=b"", repr=False)
    findings: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    carried: int = 0


NOT_REPAIRED = Repaired()


def repair(
    examined: Examined, examine: Callable[[Source], Examined], catalog: Catalog
) -> tuple[Examined, Repaired]:
    """Repair a file in memory; the judged result, and what was done. The standard input keeps its bytes if
    there is nothing to repair, as they are what is written then."""
    before = examined.source.data[0 : len(examined.source.data)]
    own = before if examined.source.name == STDIN else b""
    if examined.is_carried:
        return examined, Repaired(own, own, carried=len(plan_of(examined, examine, catalog).repairs))
    fixed = fix_source(examined, examine, catalog)
    if not fixed.repaired:
        return examined, Repaired(own, own, refused=fixed.refused)
    after = fixed.examined.source.data
    return fixed.examined, Repaired(before, after[0 : len(after)], fixed.repaired, fixed.refused)


def write_repaired(judged: Sequence[Judged]) -> list[Judged]:
    """Write each repaired file, whole or not at all, and the standard input to stdout, repaired or not. What
    cannot be written is a problem of its file."""
    return [_written(one) for one in judged]


def _written(one: Judged) -> Judged:
    if one.path == "-":
        write_product(one.repaired.after)
    elif one.repaired.findings:
        try:
            if not os.path.isfile(one.path):
                raise ComfycError(f"'{one.path}' is no file that could be changed", "save it to a file")
            save(Path(one.path), one.repaired.after)
        except ComfycError as problem:
            return replace(one, report=None, problem=problem, repaired=NOT_REPAIRED)
    return one


def write_diffs(judged: Sequence[Judged]) -> None:
    """Print the differences between the files and the repaired ones to stdout."""
    for one in judged:
        if one.repaired.findings:
            text = _diff(one.path, one.repaired)
            lines = text.split("\n")
            write_stdout("\n".join(map(plain, lines)) if sys.stdout.isatty() else text)


def _diff(path: str, made: Repaired) -> str:
    before, after = (
        [f"{line}\n" for line in decoded(data, "")[0].split("\n")] for data in (made.before, made.after)
    )
    for lines in (before, after):
        last = lines.pop().removesuffix("\n")
        lines += [f"{last}\n\\ No newline at end of file\n"] if last else []
    return "".join(difflib.unified_diff(before, after, path, path))


def report_repaired(judged: Sequence[Judged], mode: FixMode, *, verbose: bool) -> None:
    """Say for each file what was repaired, or would be, and what was left."""
    word = "fixed" if mode is FixMode.WRITE else "would fix"
    for one in judged:
        made, name = one.repaired, STDIN if one.path == "-" else one.path
        if made.findings:
            counted = Counter(found.code for found in made.findings)
            codes = ", ".join(
                f"{number} x {code}" if number > 1 else code for code, number in sorted(counted.items())
            )
            note(f"{word} {name}: {codes}")
            for found in made.findings if verbose else ():
                note(f"  {found.code} {found.message}")
        if made.refused:
            codes = ", ".join(sorted({found.code for found in made.refused}))
            note(f"not fixed in {name}: {codes}, as that would change its prompt or bring other findings")
        if made.carried:
            note(
                f"not fixed in {name}: {made.carried} finding{'s' * (made.carried > 1)}, as only JSON "
                "files are changed (comfyc convert --to workflow takes the workflow out)"
            )
