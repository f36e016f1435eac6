"""What ``comfyc git textconv`` does: a file as text that git can compare."""

from __future__ import annotations

import hashlib
from pathlib import Path

from comfyc.cli.output.writing import write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.safety.opening import open_regular

_MARKS = (b'"nodes"', b'"class_type"')
"""What every JSON text of a workflow or prompt has; others are printed without a look at what they hold."""
_MOST = 1 << 26
"""Bytes of a JSON text that are read as a workflow: 64 MiB."""


def print_text(path: str) -> int:
    """Print a workflow as its outline, and any other file as it is; the exit code.

    Nothing in a file is an error, as git would show nothing then. Of a picture that carries no workflow,
    there is a line about its bytes.
    """
    try:
        with open_regular(path) as file:
            data = file.read()
    except (OSError, ValueError) as error:
        raise ComfycError(f"'{path}' cannot be read: {error}") from error
    is_text = b"\0" not in data[:8000]  # what git takes for binary has a zero byte there
    try:
        outline = _outline(data, is_text=is_text)
    except Exception:  # the file is shown as it is, whatever is wrong with it or with us
        outline = None
    if is_text:
        write_stdout(data if outline is None else outline)
    else:
        digest = hashlib.sha256(data).hexdigest()[:16]
        kind = Path(path).suffix.lstrip(".").upper() or "binary"
        write_stdout(f"{outline or ''}# {kind} file of {len(data)} bytes, SHA-256 {digest}\n")
    return 0


def _outline(data: bytes, *, is_text: bool) -> str | None:
    """The outline of a workflow or prompt; None for what is neither, or not certainly so."""
    if is_text and (len(data) > _MOST or not any(mark in data for mark in _MARKS)):
        return None
    from comfyc.api import convert_parsed  # noqa: PLC0415 - most JSON files hold no workflow
    from comfyc.documents import is_api_prompt, kind_inside  # noqa: PLC0415
    from comfyc.outline import outline_of  # noqa: PLC0415
    from comfyc.sources import Source  # noqa: PLC0415
    from comfyc.sources.file import file_from  # noqa: PLC0415

    file = file_from(Source("", data))
    if file.document is None:
        return None
    kind = kind_inside(file.value)
    if is_text and not (kind.is_workflow or is_api_prompt(file.value)):
        return None
    return outline_of(convert_parsed(file.value, beside=file.document.beside))
