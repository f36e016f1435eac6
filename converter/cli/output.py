"""What the commands write: the product to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from converter.cli.eventstream import emit_findings, events
from converter.diagnostics import ConverterError, Diagnostic

if TYPE_CHECKING:
    from converter.assign import Setting
    from converter.report import FileReport, Finding
    from converter.sources import Carried

_WIDTH = 60
"""Characters of a value that a table shows."""


def report_of(
    name: str, diagnostics: Iterable[Diagnostic], carried: Carried | None, *, strict: bool
) -> FileReport | None:
    """The findings in one file with their places, None where there are none (nothing is imported then)."""
    found = list(diagnostics)
    if not found:
        return None
    from converter.report import located, of_carried, selection  # noqa: PLC0415

    return located(of_carried(name, found, carried), selection(strict=strict))


def show(
    reports: Sequence[FileReport | None],
    *,
    verbose: bool = False,
    quiet: bool = False,
    summary: bool = True,
    run: str | None = None,
) -> None:
    """Print findings to stderr: errors and warnings; notes too if ``verbose``, errors only if ``quiet``.

    ``summary``: with a line that counts them, for a single file. ``run`` is the label of the run that they
    belong to, for a stream of events.
    """
    found = [report for report in reports if report is not None]
    if not found:
        return
    from dataclasses import replace  # noqa: PLC0415

    from converter.diagnostics import Severity  # noqa: PLC0415
    from converter.report import REPORTERS, summary_line  # noqa: PLC0415

    def shown(finding: Finding) -> bool:
        if finding.severity is Severity.ERROR:
            return True
        return not quiet if finding.severity is Severity.WARNING else verbose

    kept = [replace(report, findings=tuple(filter(shown, report.findings))) for report in found]
    stream = events()
    if stream is not None:
        from converter.report.document import record  # noqa: PLC0415

        emit_findings(stream, [record(report, one) for report in kept for one in report.findings], run)
        return
    text = REPORTERS["text"](kept, color=use_color(sys.stderr))
    if text:
        sys.stderr.write(text + "\n")
    notes = sum(finding.severity is Severity.INFO for report in found for finding in report.findings)
    if summary and not quiet and len(reports) == 1:
        hidden = f"; {notes} note{'s' * (notes > 1)} hidden (-v shows)" if notes and not verbose else ""
        sys.stderr.write(summary_line(found) + hidden + "\n")


def use_color(stream: object) -> bool:
    """Whether to write colours: on a terminal, unless NO_COLOR is set or TERM is dumb."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def write_stdout(text: str) -> None:
    """Write the product as it is, in UTF-8; on a terminal with a final newline."""
    sys.stdout.flush()
    left = memoryview(encoded(text) + (b"\n" if sys.stdout.isatty() else b""))
    while left:  # with PYTHONUNBUFFERED, as in many containers, a write may end early
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def encoded(text: str) -> bytes:
    """UTF-8. What that cannot hold (half a surrogate pair, a byte of a file name) is spelt as in JSON."""
    return text.encode("utf-8", "backslashreplace")


def complain(error: ConverterError, run: str | None = None) -> None:
    """Say on stderr why the job could not be done, and what to try; ``run`` is the label of the run."""
    stream = events()
    if stream is not None:
        stream.emit("error", message=str(error), hint=error.hint, **({"run": run} if run is not None else {}))
        return
    from converter.report.escaping import plain  # noqa: PLC0415

    sys.stderr.write(f"error: {plain(f'{run}: {error}' if run is not None else str(error))}\n")
    if error.hint:
        sys.stderr.write(f"  help: {plain(error.hint)}\n")


def print_settings(rows: Sequence[Setting], *, as_json: bool = False) -> None:
    """Print what can be set, as a table or as JSON."""
    if as_json:
        keys = ("node", "title", "type", "input", "value")
        document = [{key: getattr(row, key) for key in keys} for row in rows]
        write_stdout(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    from converter.report.escaping import plain, shortened  # noqa: PLC0415

    table = [("NODE", "TITLE", "CLASS", "INPUT", "VALUE")]
    for row in rows:
        value = json.dumps(row.value, ensure_ascii=False)
        cells = (row.node, row.title, row.type, row.input, shortened(value, _WIDTH))
        table.append(tuple(plain(cell) for cell in cells))  # type: ignore[arg-type]
    widths = [max(len(line[column]) for line in table) for column in range(4)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]])
        for line in table
    )
    write_stdout("\n".join(lines) + "\n")
