"""From a file to JSON: plain text, or the text that a picture, video, sound or model carries.

The story::

    source = read_source("shared.png")         the bytes; those of a large file are read on demand carried =
    extract(source, diagnostics)     the text that the container carries: workflow, else prompt, else
                                               the parameters of another program
    value = parse_json(carried.text, ...)      the JSON value
    document = load(source, diagnostics)       the two last steps in one, with the editor's fallback

This package opens every file that the editor opens by drag and drop (frontend ``scripts/metadata/parser.ts``,
``scripts/app.ts`` ``handleFile``), and also JPEG, EXR, compressed PNG text, Matroska and large files. The
kinds of containers are the rows of ``comfyc.carriers``; each has a parser here. The next stage decides
whether the JSON is a workflow or a prompt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.carriers import BY_NAME, JSON, Carrier
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.documents import Parameters, is_api_prompt
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.safety.opening import open_named
from comfyc.sources.blob import Blob, Budget, FileBlob, Metered
from comfyc.sources.carried import Carried, choose, opened
from comfyc.sources.fields import Fields
from comfyc.sources.sniff import container, other_format
from comfyc.sources.text import UNPARSED, Unparsed, decode, parse_json

__all__ = (
    "STDIN",
    "UNPARSED",
    "Carried",
    "Document",
    "Source",
    "Unparsed",
    "extract",
    "load",
    "parse_json",
    "read_source",
)

STDIN = "<stdin>"

_LARGEST_SPARE = 1 << 23
"""Characters of a prompt that is kept beside a workflow; the largest that people share have 2 MiB."""
_SHARE = 4
"""A prompt beside a workflow may have a fourth of the values that a document may have."""
_IN_MEMORY = 1 << 23
"""Bytes of a file that are read at once; larger files are read on demand."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes, and its name in messages: its path as passed, or ``<stdin>``."""

    name: str
    data: Blob


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value, or ``Parameters``, with the text that it was read from (for ``positions.locate``) and its
    origin.

    ``spare`` is the text of the prompt that the file carries beside a workflow, None if there is none.
    """

    value: Any
    carried: Carried
    spare: str | bytes | None = None
    limits: Limits = DEFAULTS

    @property
    def beside(self) -> Callable[[], Any] | None:
        """Gives the prompt that the file carries beside a workflow: it is parsed when it is asked for."""
        return None if self.spare is None else self._prompt

    def _prompt(self) -> Any:
        """The prompt as a JSON value, ``UNPARSED`` if it is damaged."""
        assert self.spare is not None
        limits = self.limits._replace(values=self.limits.values // _SHARE)
        found = Collector(limits)
        text = decode(self.spare, found, "the prompt", limits)
        return UNPARSED if text is None else parse_json(text, found, "the prompt", limits)


def read_source(path: str | Path, limits: Limits = DEFAULTS) -> Source:
    """The bytes of a file, or of the standard input for ``-``.

    Files may have any size: a large one is read on demand. A pipe is read at once, up to ``limits.stream``
    bytes. Raises ComfycError if there is no such file, if it cannot be read, or if a pipe gives more bytes.
    """
    if str(path) == "-":
        return Source(STDIN, _standard_input(limits))
    file_path = Path(path)
    try:
        with open_named(file_path) as file:
            head = file.read(_IN_MEMORY)
            if len(head) < _IN_MEMORY:
                return Source(str(path), head)
            size = file_path.stat().st_size
            if file_path.is_file() and size >= len(head):
                return Source(str(path), FileBlob(file_path, size))
            return Source(str(path), _stream(file.read, str(path), limits, head))
    except FileNotFoundError as error:
        raise ComfycError(
            f"there is no file '{path}'", "check the path, or pass - for the standard input"
        ) from error
    except IsADirectoryError as error:
        raise ComfycError(f"'{path}' is a folder", "pass the files in it") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ComfycError(f"'{path}' cannot be read: {reason.lower()}") from error


def extract(source: Source, diagnostics: Collector, limits: Limits = DEFAULTS) -> Carried | None:
    """The JSON text that a file is or carries: its workflow, else its prompt. None, with an error reported,
    if there is neither.

    The kind of container is recognised by the content. Memory and time are bounded for any input, because all
    bytes that are read or decompressed count against one budget. Raises ComfycError only if a large file can
    no longer be read.
    """
    data = source.data
    found = container(data)
    if found is None:
        name, hint = other_format(data)
        message = f"this is {name}, which is not a format that can hold a workflow"
        diagnostics.report(
            codes.UNKNOWN_FORMAT, message, hint=hint or "pass a workflow, or a file that ComfyUI saved"
        )
        return None
    if found == JSON:
        if len(data) > limits.text:
            diagnostics.report(codes.TOO_LARGE, f"the text has {limits.exceeded('text')}")
            return None
        text = decode(data[0 : len(data)], diagnostics, limits=limits)
        return None if text is None else Carried(text, "json", found)
    budget = Budget(limits)
    return choose(_fields(BY_NAME[found], Metered(data, budget)), found, diagnostics, budget)


def load(source: Source, diagnostics: Collector, limits: Limits = DEFAULTS) -> Document | None:
    """The document that a file is or carries: a JSON value, or ``Parameters``. None, with the reason
    reported, if there is none.

    As in the editor, if a carried workflow is not a JSON object, the prompt beside it is used, and if that is
    none, the parameters of another program.
    """
    carried = extract(source, diagnostics, limits)
    while carried is not None:
        spares, carried = carried.spares, replace(carried, spares=())
        if carried.kind == "parameters":
            return Document(Parameters(carried.text, BY_NAME[carried.container].subject), carried)
        attempt = Collector(limits)
        value = parse_json(carried.text, attempt, carried.subject, limits)
        if not spares or _is_usable(carried.kind, value, spares[0].kind):
            diagnostics.extend(attempt)
            prompts = (one.value for one in spares if one.kind == "prompt")
            spare = next((text for text in prompts if len(text) <= _LARGEST_SPARE), None)
            return None if value is UNPARSED else Document(value, carried, spare, limits)
        what = "a JSON object" if carried.kind == "workflow" else "a prompt that the editor opens"
        used = "its prompt is" if spares[0].kind == "prompt" else "its parameters are"
        diagnostics.report(codes.WORKFLOW_UNUSABLE, f"{carried.subject} is not {what}, so {used} used")
        carried = opened(spares[0], replace(carried, spares=spares[1:]), diagnostics, limits)
    return None


def _is_usable(kind: str, value: Any, spare: str) -> bool:
    """Whether the editor opens a value and does not fall back to what is beside it."""
    if kind == "prompt" and spare == "parameters":
        return is_api_prompt(value)
    return isinstance(value, dict)


def _fields(carrier: Carrier, data: Metered) -> Fields:
    """The fields that a carrier's parser finds. The parser's module is imported on first use."""
    module, function = carrier.parser.split(".")
    fields: Fields = getattr(import_module(f"{__name__}.{module}"), function)(data)
    return fields


def _standard_input(limits: Limits) -> bytes:
    try:
        return _stream(sys.stdin.buffer.read, STDIN, limits)
    except OSError as error:  # it is closed
        reason = (error.strerror or str(error)).lower()
        raise ComfycError(f"the standard input cannot be read: {reason}") from error


def _stream(read: Callable[[int], bytes], name: str, limits: Limits, head: bytes = b"") -> bytes:
    """``head`` followed by the rest of a pipe; ComfycError if there are more than ``limits.stream`` bytes."""
    pieces, size = [head], len(head)
    while piece := read(1 << 20):
        pieces.append(piece)
        size += len(piece)
        if size > limits.stream:
            message = f"{name} gives {limits.exceeded('stream')}"
            raise ComfycError(message, "save it to a file and pass that")
    return b"".join(pieces)
