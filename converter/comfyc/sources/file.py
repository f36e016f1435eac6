"""A file that has been read: what it holds, and where findings about that stand in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Diagnostics
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import Document, Source, load, read_source

TEXT, BYTES = "<text>", "<bytes>"
"""The names of what was passed as it is and not as a path."""


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A file of any kind that comfyc reads, and the JSON that it is or carries.

    ``name`` is the path as it was passed; ``diagnostics`` are the findings of reading it. ``document`` is
    None for a file that holds nothing to convert, which an error among the findings says.
    """

    name: str
    document: Document | None = field(repr=False)
    diagnostics: Diagnostics = field(repr=False)

    @property
    def value(self) -> Any:
        """The JSON value, as ``json.loads`` gives it; None if there is none."""
        return self.document.value if self.document is not None else None

    @property
    def text(self) -> str | None:
        """The JSON text that lines and columns count in: the file itself, or the text that it carries."""
        return self.document.carried.text if self.document is not None else None

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not self.diagnostics.has_errors

    def located(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Findings about the value with the name of the file, and with line and column."""
        return _located(self.name, self.text, tuple(found))


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULTS) -> WorkflowFile:
    """Read a file of any kind: JSON, or a picture, video, sound or model that carries a workflow or prompt.

    The content tells the kind. A bad file is no exception: ``diagnostics`` says what is wrong with it.
    ``ComfycError``, raised from the ``OSError``, if there is no such file or it cannot be read. The path
    ``"-"`` is the standard input.
    """
    return _read(read_source(os.fspath(path), limits), limits)


def file_of(given: object, limits: Limits = DEFAULTS) -> WorkflowFile | None:
    """What a caller passes, read: a path, the text of a JSON document, the bytes of a file, or a file that
    has been read. None for anything else, which is a parsed document.

    A text is JSON if its first character behind white space is ``{``, and a path if not.
    """
    if isinstance(given, WorkflowFile):
        return given
    if isinstance(given, bytes):
        return _read(Source(BYTES, given), limits)
    if isinstance(given, str) and given.lstrip("\ufeff \t\r\n").startswith("{"):
        return _read(Source(TEXT, given.encode("utf-8", "surrogatepass")), limits)
    return read_file(given, limits) if isinstance(given, str | os.PathLike) else None


def _read(source: Source, limits: Limits) -> WorkflowFile:
    found = Collector(limits)
    document = load(source, found, limits)
    text = document.carried.text if document is not None else None
    return WorkflowFile(source.name, document, Diagnostics(_located(source.name, text, tuple(found))))


def _located(name: str, text: str | None, found: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    wanted = {one.location.pointer for one in found if one.location.line is None and one.location.pointer}
    lines = {}
    if text is not None and wanted:
        from comfyc.sources.positions import locate  # noqa: PLC0415 - most files have no findings

        lines = locate(text, wanted)
    for one in found:
        location = replace(one.location, file=name)
        if location.line is None and location.pointer in lines:
            line, column = lines[location.pointer]
            location = replace(location, line=line, column=column)
        yield replace(one, location=location)
