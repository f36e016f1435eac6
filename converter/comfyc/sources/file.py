"""A file that has been read: its JSON value, and the positions of findings about the value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Diagnostics
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import Document, Source, load, read_source
from comfyc.workflow.shown import Pictured

TEXT, BYTES = "<text>", "<bytes>"
"""The names, in findings, of a document that was passed as text or bytes instead of a path."""


@dataclass(frozen=True, slots=True)
class WorkflowFile(Pictured):
    """A file of any kind that comfyc reads, and the JSON document that it is or carries.

    ``name`` is the path as it was passed; ``diagnostics`` are the findings of reading the file. ``document``
    is None for a file without a JSON document; an error among the findings then says why.
    """

    name: str
    document: Document | None = field(repr=False)
    diagnostics: Diagnostics = field(repr=False)

    @property
    def value(self) -> Any:
        """The JSON value, as ``json.loads`` returns it; None if there is no document."""
        return self.document.value if self.document is not None else None

    @property
    def text(self) -> str | None:
        """The JSON text that lines and columns refer to: the file itself, or the text that it carries. None
        if there is no document."""
        return self.document.carried.text if self.document is not None else None

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not self.diagnostics.has_errors

    def located(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """The findings, which are about the value, with the name of the file, line and column added."""
        return _located(self.name, self.text, tuple(found))


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULTS) -> WorkflowFile:
    """Read a file of any kind: JSON, or a picture, video, sound or model that carries a workflow or prompt.

    The kind of file is recognised by its content. The path ``"-"`` is the standard input. A malformed file
    does not raise an exception; the problems are in ``diagnostics``. Raises ``ComfycError``, from the
    ``OSError``, if there is no such file or if it cannot be read.
    """
    return file_from(read_source(os.fspath(path), limits), limits)


def file_of(given: object, limits: Limits = DEFAULTS) -> WorkflowFile | None:
    """Read the argument of a caller: a path, the text of a JSON document, or the bytes of a file. A file that
    has already been read is returned as it is. None for anything else, which is a parsed document."""
    if isinstance(given, WorkflowFile):
        return given
    source = source_of(given, limits)
    return None if source is None else file_from(source, limits)


def source_of(given: object, limits: Limits = DEFAULTS) -> Source | None:
    """The file that the argument of a caller is or names: a path, a text or bytes. None for anything else.

    A text whose first character after white space is ``{`` is JSON, any other text is a path.
    """
    if isinstance(given, bytes):
        return Source(BYTES, given)
    if isinstance(given, str) and given.lstrip("\ufeff \t\r\n").startswith("{"):
        return Source(TEXT, given.encode("utf-8", "surrogatepass"))
    return read_source(os.fspath(given), limits) if isinstance(given, str | os.PathLike) else None


def file_from(source: Source, limits: Limits = DEFAULTS) -> WorkflowFile:
    """Find the document that a file is or carries (see :func:`read_file`)."""
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
