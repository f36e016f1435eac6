"""What the commands write: the product to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from comfyc.cli.output.colors import use_color
from comfyc.cli.output.event_stream import emit_findings, events
from comfyc.cli.output.writing import save, write_stdout
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.report.formats import BY_NAME

if TYPE_CHECKING:
    from comfyc.catalog import Catalog
    from comfyc.cli.output.reports import Report
    from comfyc.report.findings import FileReport
    from comfyc.sources import Carried


def report_of(
    name: str, diagnostics: Iterable[Diagnostic], carried: Carried | None, *, strict: bool
) -> FileReport | None:
    """The findings in one file with their lines, None if there are none (nothing is imported then)."""
    found = list(diagnostics)
    if not found:
        return None
    from comfyc.report.findings import located, of_carried  # noqa: PLC0415
    from comfyc.report.selection import selection  # noqa: PLC0415

    return located(of_carried(name, found, carried), selection(strict=strict))


def catalog_reports(catalog: Catalog | None) -> list[FileReport]:
    """The findings in the files of which a catalogue was made, a report for each file. They decide nothing:
    packs that a workflow does not use are no reason for it to fail, strict or not."""
    if catalog is None or not catalog.diagnostics:
        return []
    files: dict[str, list[Diagnostic]] = {}
    for one in catalog.diagnostics:
        files.setdefault(one.file or catalog.name, []).append(one)
    made = (report_of(file, found, None, strict=False) for file, found in files.items())
    return [report for report in made if report is not None]


def show(
    reports: Sequence[FileReport | str | None],
    *,
    verbose: bool = False,
    quiet: bool = False,
    summary: bool = True,
    form: str = "text",
    also: Sequence[Report] = (),
    run: str | None = None,
) -> None:
    """Print findings to stderr: errors and warnings; notes too if ``verbose``, errors only if ``quiet``.

    A file without findings may stand as its name. ``summary``: with a line that counts them, for a single
    file. ``form`` is that of a report; ``also`` are others that are written elsewhere. ``run`` is the label
    of the run that they belong to, for a stream of events.
    """
    found = [report for report in reports if report is not None and not isinstance(report, str)]
    if not found and BY_NAME[form].may_be_empty and not also:
        return
    from comfyc.cli.output.reports import Report, rendered  # noqa: PLC0415
    from comfyc.diagnostics import Severity  # noqa: PLC0415
    from comfyc.report.counts import summary_line  # noqa: PLC0415
    from comfyc.report.findings import FileReport  # noqa: PLC0415

    everything = [FileReport(one) if isinstance(one, str) else one for one in reports if one is not None]
    for other in also:
        text = rendered(other, everything, verbose=verbose, quiet=quiet)
        if other.output is None:
            write_stdout(text)
        else:
            save(other.output, text)
    stream = events()
    if stream is not None:
        emit_findings(stream, found, run, verbose=verbose, quiet=quiet)
        return
    shown = found if BY_NAME[form].may_be_empty else everything
    text = rendered(Report(form, on_stderr=True), shown, verbose=verbose, quiet=quiet)
    if text:
        sys.stderr.write(text + "\n" if form == "text" else text)
    infos = (one for report in found for one in report.findings if one.severity is Severity.INFO)
    notes = sum(one.count for one in infos)
    if summary and found and not quiet and len(reports) == 1 and BY_NAME[form].for_people:
        hidden = f"; {notes} note{'s' * (notes > 1)} hidden (-v shows them)" if notes and not verbose else ""
        sys.stderr.write(summary_line(found) + hidden + "\n")


def complain(error: ComfycError, run: str | None = None) -> None:
    """Say on stderr why the job could not be done, and what to try; ``run`` is the label of the run."""
    stream = events()
    if stream is not None:
        stream.emit("error", message=str(error), hint=error.hint, **({"run": run} if run is not None else {}))
        return
    from comfyc.safety.escaping import plain  # noqa: PLC0415

    word = "\x1b[1;31merror\x1b[0m" if use_color(sys.stderr) else "error"
    sys.stderr.write(f"{word}: {plain(f'{run}: {error}' if run is not None else str(error))}\n")
    if error.hint:
        sys.stderr.write(f"  help: {plain(error.hint)}\n")
