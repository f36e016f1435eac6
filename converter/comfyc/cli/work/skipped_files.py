"""Files that were only found, and hold no workflow: package.json beside one, a picture of something else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from comfyc.cli.output.writing import note
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.sources import STDIN, Document, Source
from comfyc.validation import holds_workflow

if TYPE_CHECKING:
    from comfyc.cli.settings.configuration import Configurations
    from comfyc.cli.work.find_files import Search

_NO_CARRIER = frozenset({"W003", "W004", "W007", "W008", "W009", "W014", "W015"})
"""Why a picture, video or sound that was only found is passed over: nothing says that it should hold more."""
_NO_JSON = frozenset({"W001", "W010", "W011"})
_MARKS = (b'"nodes"', b'"class_type"', b"'nodes'", b"'class_type'")
"""One of these is in every broken text that was meant to be a workflow or a prompt."""
_NAMED = 5


def is_another(source: Source, document: Document | None, found: Iterable[Diagnostic]) -> bool:
    """Whether a file that was only found is nothing that should hold a workflow."""
    if document is not None:
        return not holds_workflow(document.value)
    codes = {one.rule.code for one in found if one.severity is Severity.ERROR}
    if not source.name.lower().endswith(".json"):
        return codes <= _NO_CARRIER
    return codes <= _NO_JSON and not any(mark in source.data[0 : len(source.data)] for mark in _MARKS)


def report_others(paths: Sequence[str], *, verbose: bool) -> None:
    """Say which files were passed over. Pictures and the like are counted, and named only if asked."""
    if not paths:
        return
    texts = [path for path in paths if path.lower().endswith(".json")]
    shown = paths if verbose else texts[:_NAMED]
    names = ", ".join(os.path.normpath(path) for path in shown)
    if shown and len(shown) < len(paths):
        names += f" and {len(paths) - len(shown)} more (-v names them)"
    count = "1 file has" if len(paths) == 1 else f"{len(paths)} files have"
    note(f"skipped: {count} no workflow{': ' if names else ''}{names}")


def report_unseen(search: Search, configurations: Configurations, findings: int = 0) -> None:
    """Say what was not looked at or is not shown although nobody who called asked for that: configurations
    that are not used, links that lead away, and what a configuration hides. Said even if only errors are."""
    for unused in configurations.unused.values():
        note(f"warning: {unused}")
        note(f"  help: {unused.hint or ''}")
    if search.links:
        lead = "1 link leads" if len(search.links) == 1 else f"{len(search.links)} links lead"
        names = ", ".join(sorted(search.links)[:_NAMED])
        more = ", ..." if len(search.links) > _NAMED else ""
        note(f"skipped: {lead} out of the folder: {names}{more}")
    folders = sum(name.endswith(os.sep) for name in search.left_out)
    counts = (findings, "finding"), (len(search.left_out) - folders, "file"), (folders, "folder")
    hidden = [f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count]
    if hidden:
        note(f"hidden by the configuration: {', '.join(hidden)}")


def nothing_found(paths: Sequence[str]) -> ComfycError:
    """The error of a command that was given files and folders, and has found no workflow in them."""
    names = ", ".join(f"'{STDIN if path == '-' else path}'" for path in paths[:_NAMED])
    if len(paths) > _NAMED:
        names += f" and {len(paths) - _NAMED} more"
    hint = "check the paths, and what the settings exclude; pass --allow-empty if it is fine to find none"
    return ComfycError(f"no workflow was found in {names or 'the files that were passed'}", hint)
