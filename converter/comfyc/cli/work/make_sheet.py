"""What ``comfyc sheet`` does: the ledger of a study is read, and a contact sheet of it written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.writing import encoded, note, save, spare, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.sheets.axes import Axes, named_axes
from comfyc.sheets.model import Sheet, sheet_of
from comfyc.sheets.page import PageWishes, ShownOutputs, page_of
from comfyc.sheets.png import png_of
from comfyc.sheets.thumbnails import SMALL_ORIGINAL, has_pillow, thumbnails_of
from comfyc.studies.ledger import NAME, Ledger

_ENDINGS = (".html", ".htm", ".png")
_MANY = 1_000
"""Pictures: above that thumbnails are smaller, unless a size is asked for."""
_SIZE, _SIZE_OF_MANY = 256, 160
_HUGE = 100_000_000
"""Bytes of a page that browsers are slow to open."""


@dataclass(frozen=True, slots=True)
class SheetJob:
    """What the sheet shall be. ``output`` None is sheet.html in the folder of the study, ``-`` stdout; the
    axes are names of columns, "" for a choice of ours; ``thumbnail`` 0 is a size that goes with the number
    of pictures."""

    folder: Path
    output: Path | None
    rows: str = ""
    columns: str = ""
    sections: str = ""
    title: str = ""
    thumbnail: int = 0
    theme: str = "auto"
    as_json: bool = False
    quiet: bool = False

    @property
    def target(self) -> Path | None:
        """The file to be written; None for stdout."""
        if self.output is None:
            return self.folder / "sheet.html"
        return None if str(self.output) == "-" else self.output


def make_sheet(job: SheetJob) -> int:
    """Write the sheet of a study; the exit code. ``ComfycError`` if there is none, or if it cannot be
    written."""
    if job.folder.is_file():
        job = replace(job, folder=job.folder.parent)  # its ledger was named
    target = job.target
    if target is not None and target.suffix.lower() not in _ENDINGS:
        raise ComfycError(
            f"the ending of '{target}' does not say what to write", f"a sheet ends in {', '.join(_ENDINGS)}"
        )
    with Ledger.open(job.folder) as ledger:
        names = [one.name for one in ledger.head.columns]
        sheet = sheet_of(job.title or ledger.name, names, ledger.results(), job.folder)
    files = [shot.path for row in sheet.rows for shot in row.shots]
    spare([target], others=[job.folder / NAME, *files])
    if job.as_json and target is None:
        raise ComfycError("--json and the sheet both go to stdout", "name a file with -o")
    axes = named_axes(sheet, job.rows, job.columns, job.sections)
    size = job.thumbnail or (_SIZE if len(sheet.pictures) <= _MANY else _SIZE_OF_MANY)
    shown: ShownOutputs | None = None
    if target is not None and target.suffix.lower() == ".png":
        made = png_of(sheet, axes, size, "dark" if job.theme == "dark" else "light")
    else:
        made, shown = _page(job, sheet, axes, size)
    if target is None:
        write_stdout(made)
        return 0
    save(target, made)
    _report(job, target, sheet, axes, shown, len(made))
    return 0


def _page(job: SheetJob, sheet: Sheet, axes: Axes, size: int) -> tuple[bytes, ShownOutputs]:
    pictures = sheet.pictures
    bar = BatchBar(len(set(pictures)), "thumbnails", quiet=job.quiet)
    thumbnails = thumbnails_of(pictures, size, bar.step)
    bar.close()
    folder = (job.target.parent if job.target is not None else Path()).resolve()
    lacking = "" if has_pillow() else "Thumbnails are missing: pip install 'comfyc[pictures]' makes them."
    text, shown = page_of(sheet, axes, thumbnails, PageWishes(folder, size, job.theme, lacking))
    return encoded(text), shown


def _report(
    job: SheetJob, target: Path, sheet: Sheet, axes: Axes, shown: ShownOutputs | None, size: int
) -> None:
    names = {
        name: None if at is None else sheet.columns[at].name
        for name, at in (("sections", axes.sections), ("rows", axes.rows), ("columns", axes.columns))
    }
    if not job.quiet:
        note(f"wrote {target}: {_in_words(sheet, names)}, {size / 1e6:.1f} MB")
    if shown is not None:
        _complain(shown, size)
    if job.as_json:
        result: dict[str, Any] = {"output": str(target), "name": sheet.title, "bytes": size, "axes": names}
        counts = {state: sheet.count(state) for state in ("done", "failed", "sent", "waiting")}
        JsonAnswer("sheet", [{**result, "rows": len(sheet.rows), **counts}]).print(0)


def _in_words(sheet: Sheet, names: dict[str, str | None]) -> str:
    rows = f"{len(sheet.rows):,} row" + "s" * (len(sheet.rows) != 1)
    used = [f"{name} in {axis}" for axis, name in names.items() if name is not None]
    return f"{rows} by {', '.join(used)}" if used else rows


def _complain(shown: ShownOutputs, size: int) -> None:
    """Say what the page lacks: whoever sends it to others has to know."""
    if not has_pillow() and (shown.inside or shown.unreadable):
        note(
            "warning: without the library Pillow the page holds the pictures of up to "
            f"{SMALL_ORIGINAL >> 10} KiB ({shown.inside:,}), and only leads to the others "
            f"({shown.unreadable:,}); pip install 'comfyc[pictures]'"
        )
    elif shown.unreadable:
        note(f"warning: {shown.unreadable:,} pictures cannot be read, and have no thumbnail")
    if shown.gone:
        note(f"warning: {shown.gone:,} outputs are not in the folder of the study any more")
    if size > _HUGE:
        note(f"warning: browsers are slow with {size / 1e6:,.0f} MB; --thumbnail makes it smaller")
