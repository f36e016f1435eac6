"""Whether what a run makes can be written where it is to go: asked before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.running.records.out_folder import check_folder


def check_targets(out_dir: Path, preview: Path | None) -> None:
    """``ComfycError`` if the folder for outputs, or the file for previews, cannot be written."""
    check_folder(out_dir)
    if preview is None:
        return
    hint = "choose another file with --preview"
    if preview.is_dir():
        raise ComfycError(f"cannot write '{preview}': it is a folder", hint)
    if not os.path.lexists(preview.parent):
        raise ComfycError(f"cannot write '{preview}': there is no folder '{preview.parent}'", hint)
    try:
        check_folder(preview.parent)
    except ComfycError as error:
        raise ComfycError(str(error), hint) from None
