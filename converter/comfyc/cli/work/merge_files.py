"""What ``comfyc git merge`` and ``comfyc git resolve`` do: versions of a file become one."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.cli.output.writing import encoded, note, save, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.editing import rewritten
from comfyc.merging import merge
from comfyc.merging.resolving import conflicts_in, resolved
from comfyc.revisions.command import call
from comfyc.safety.escaping import plain
from comfyc.safety.limits import DEFAULTS
from comfyc.safety.opening import read_regular
from comfyc.sources import Source
from comfyc.sources.file import file_from

_MARK = "\ufeff"
_NO_EXIT_CODE = 128
"""From here on an exit code of git is a failure; below it is the number of conflicts."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of a file: its text without a byte order mark, and what it parses to."""

    text: str
    value: Any
    mark: str = ""


def merge_files(base: str, ours: str, theirs: str, marker_size: int, name: str) -> int:
    """Merge three versions into the file of ours; the exit code, 1 if there are conflicts.

    ``name`` is what the file is called in the repository. What is no workflow is merged by git itself.
    """
    versions = [_version(path) for path in (base, ours, theirs)]
    own = versions[1]
    is_new = versions[0] is None and os.path.getsize(base) == 0
    if own is None or versions[2] is None or (versions[0] is None and not is_new):
        return _as_text(base, ours, theirs, marker_size)
    merged = merge(None if versions[0] is None else versions[0].value, own.value, versions[2].value)
    if merged is None:
        return _as_text(base, ours, theirs, marker_size)
    _write(Path(ours), own, merged.document)
    for conflict in merged.conflicts:
        note(f"CONFLICT (workflow): {name}: {conflict.words()}")
    if merged.conflicts:
        quoted = shlex.quote(name)
        note(f"ours stays, and the file opens; comfyc git resolve {quoted} --ours, or --theirs, settles it")
    return 1 if merged.conflicts else 0


def resolve_file(path: str, *, ours: bool, theirs: bool) -> int:
    """Take the conflicts out of a file, or print them; the exit code, 1 if there are any left."""
    if ours and theirs:
        raise ComfycError("--ours and --theirs cannot be used together", "pass one of them")
    version = _version(path)
    if version is None or not isinstance(version.value, dict):
        raise ComfycError(f"'{path}' is no workflow or prompt in JSON", "pass the file that git has merged")
    found = conflicts_in(version.value)
    if not ours and not theirs:
        lines = [one.words() if one is not None else "an entry that is no conflict" for one in found]
        write_stdout("".join(f"{plain(line)}\n" for line in lines))
        return 1 if found else 0
    if not found:
        note(f"there is no conflict in '{path}'")
        return 0
    document, left = resolved(version.value, theirs=theirs)
    _write(Path(path), version, document)
    for conflict in left:
        note(f"what the conflict is about is gone, so that nothing was done about it: {conflict.words()}")
    note(f"{len(found) - len(left)} settled; git add {shlex.quote(path)} marks the file as resolved")
    return 1 if left else 0


def _version(path: str) -> _Version | None:
    """A version that is JSON in UTF-8; None for anything else. ComfycError for a file that cannot be read."""
    try:
        data = read_regular(path, DEFAULTS.text)
        mark = _MARK if data.startswith(_MARK.encode()) else ""
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise ComfycError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    file = file_from(Source(path, data))
    if file.document is None or file.document.carried.kind != "json" or not isinstance(file.text, str):
        return None
    return _Version(file.text, file.value, mark)


def _write(path: Path, own: _Version, document: Any) -> None:
    text = rewritten(own.text, own.value, document)
    if text != own.text:
        save(path, encoded(own.mark + text))


def _as_text(base: str, ours: str, theirs: str, marker_size: int) -> int:
    """Merge line by line, as git does without comfyc, with the labels that git merge gives."""
    heads = [value for name, value in os.environ.items() if name.startswith("GITHEAD_")]
    labels = [part for label in ("HEAD", "base", *(heads or ["theirs"])[:1]) for part in ("-L", label)]
    answer = call(
        os.getcwd(), ["merge-file", *labels, f"--marker-size={marker_size}", "--", ours, base, theirs]
    )
    if answer.code >= _NO_EXIT_CODE:
        note(f"git merge-file: {answer.complaint}")
    return 1 if answer.code else 0
