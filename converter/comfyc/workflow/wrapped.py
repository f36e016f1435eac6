"""Find a workflow or prompt inside another document, such as a request to a server or a server's answer.

It is recognised by its form, whatever the members around it are called: an object of nodes with a
``class_type``, or an object with a list of ``nodes``, at most a few levels down, possibly as JSON text in a
string. Known wrappers are the body of ``POST /prompt``, entries of ``/history`` and ``/queue``, the result of
``app.graphToPrompt``, and the requests of RunPod, Replicate, ComfyDeploy and others.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.documents import Kind, is_prompt, is_workflow, kind_inside, request_of
from comfyc.safety.json_size import MAX_INNER, count_values

_DEEPEST = 8
"""Upper bound on the levels above a workflow; in an answer of /history there are five."""
_MOST_LOOKED_AT = 20_000
"""Upper bound on the members of a document that are examined; a wrapper has few."""
_LISTED = 5
_MARKS = ("class_type", "nodes")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workflow or prompt that was found. ``path`` leads to it: it begins with a pointer in the document,
    and for each JSON text in a string on the way, a pointer in that text follows."""

    kind: Literal["workflow", "prompt"]
    value: dict[str, Any]
    path: tuple[Pointer, ...]

    @property
    def pointer(self) -> Pointer:
        """The pointer in the document; for a candidate in a JSON text, that of the string."""
        return self.path[0]

    @property
    def address(self) -> str:
        """The path for people: JSON pointers (RFC 6901), with a colon before each pointer in a JSON text."""
        return ":".join(_pointer_text(pointer) for pointer in self.path if pointer) or "/"

    @property
    def filter(self) -> str:
        """The jq filter that extracts the candidate."""
        return " | fromjson | ".join(_jq_path(pointer) for pointer in self.path)


@dataclass(frozen=True, slots=True)
class Opened:
    """A document, or the workflow or prompt that was wrapped in one.

    ``pointer`` leads to ``value`` in the file. ``in_text`` says that the value is JSON text there, into which
    no pointer leads. ``request`` has the other members of a ``POST /prompt`` body. ``beside`` gives the
    prompt that a file or a wrapper has beside the workflow; None if there is none. ``lines`` is for a
    workflow that was built of a text that is not JSON: by the pointers of its values, line and column in that
    text.
    """

    value: Any
    pointer: Pointer = ()
    in_text: bool = False
    request: Mapping[str, Any] | None = None
    beside: Callable[[], Any] | None = field(default=None, compare=False)
    lines: Mapping[Pointer, tuple[int, int]] | None = None

    def in_file(self, pointer: Pointer) -> Pointer:
        """Translate a pointer in the value to one in the file."""
        return self.pointer if self.in_text or self.lines is not None else (*self.pointer, *pointer)

    def relocated(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Findings about the value, with pointers in the file. Those with an empty pointer keep it."""
        if not self.pointer and not self.in_text and self.lines is None:
            yield from found
            return
        for one in found:
            pointer = one.location.pointer
            if pointer:
                location = replace(one.location, pointer=self.in_file(pointer))
                if self.lines is not None and pointer in self.lines:
                    line, column = self.lines[pointer]
                    location = replace(location, line=line, column=column)
                one = replace(one, location=location)
            yield one


def open_document(document: Any, diagnostics: Collector) -> Opened | None:
    """Open a document that is, or wraps, a workflow or prompt; a wrapper is reported (W045).

    If a document wraps a workflow and a prompt, the workflow is taken. Returns None, with W046, if it wraps
    several of one kind. A document that neither is nor wraps a workflow or prompt is returned as it is.
    """
    if is_workflow(document) or is_prompt(document):
        return Opened(document)
    found = candidates(document, diagnostics)
    taken = _chosen(found)
    if taken is None and found:
        _report_several(found, diagnostics)
        return None
    body, request = request_of(document) or (None, None)
    if taken is None and body is not None:
        return Opened(body, ("prompt",), request=request)
    if taken is None:
        return Opened(document)
    others = [one for one in found if one is not taken]
    beside = f", not the prompt at {others[0].address}" if others else ""
    message = f"the {taken.kind} at {taken.address} is read{beside}"
    diagnostics.report(codes.WRAPPED, message, pointer=taken.pointer, data={"kind": taken.kind})
    prompt = others[0].value if others else None
    return Opened(
        taken.value, taken.pointer, len(taken.path) > 1, request, None if prompt is None else lambda: prompt
    )


def candidates(document: Any, diagnostics: Collector | None = None) -> list[Candidate]:
    """The workflows and prompts in a document, outermost first and each once. For a document that is itself a
    workflow or prompt, this is the only one.

    JSON texts in the document are parsed as long as they and the document together have no more values than
    ``diagnostics.limits`` allows; beyond that, they are reported (W060) and not parsed.
    """
    diagnostics = Collector() if diagnostics is None else diagnostics
    room = _Room(document, diagnostics)
    found: list[Candidate] = []
    waiting: deque[tuple[Any, tuple[Pointer, ...], int]] = deque([(document, ((),), 0)])
    looked_at = 0
    while waiting and looked_at < _MOST_LOOKED_AT:
        value, path, depth = waiting.popleft()
        looked_at += 1
        while isinstance(value, str):
            value, path = _parsed(value) if room.takes(value, path[0]) else None, (*path, ())
        kind = kind_inside(value)
        if kind is not Kind.NOTHING:
            word: Literal["workflow", "prompt"] = "workflow" if kind.is_workflow else "prompt"
            if not any(one.kind == word and _are_equal(one.value, value) for one in found):
                found.append(Candidate(word, value, path))
        elif depth < _DEEPEST:
            for key, member in _members(value):
                if isinstance(member, (dict, list)) or (isinstance(member, str) and _may_be_json(member)):
                    waiting.append((member, (*path[:-1], (*path[-1], key)), depth + 1))
    return found


class _Room:
    """Counts the values of the JSON texts in a document and, once there is a long text, those of the
    document."""

    def __init__(self, document: Any, diagnostics: Collector) -> None:
        self._document, self._diagnostics = document, diagnostics
        self._left: int | None = None

    def takes(self, text: str, pointer: Pointer) -> bool:
        """Whether a text may still be parsed. The first text that may not is reported."""
        if len(text) < MAX_INNER:
            return True
        most = self._diagnostics.limits.values
        if self._left is None:
            self._left = most - _size(self._document)
        count = count_values(text, most)
        if count <= self._left:
            self._left -= count
            return True
        if self._left > 0:
            count_text = self._diagnostics.limits.exceeded("values")
            message = f"the document with the JSON in its texts has {count_text}"
            self._diagnostics.report(codes.TOO_MANY_VALUES, message, pointer=pointer)
        self._left = 0
        return False


def _size(document: Any) -> int:
    """The number of values in a document, including the names of members."""
    count, pending = 0, [document]
    while pending:
        one = pending.pop()
        count += 1
        if isinstance(one, dict):
            count += len(one)
            pending += one.values()
        elif isinstance(one, list):
            pending += one
    return count


def _are_equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except RecursionError:  # the values nest too deeply to be compared
        return one is other


def _members(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value[:_MOST_LOOKED_AT]) if isinstance(value, list) else ()


def _may_be_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[", '"') and any(mark in text for mark in _MARKS)


def _parsed(text: str) -> Any:
    if not _may_be_json(text):
        return None
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _chosen(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate to take: the only one, or the workflow if the other one is a prompt."""
    if len(found) == 1:
        return found[0]
    if len(found) == 2 and {one.kind for one in found} == {"workflow", "prompt"}:
        return next(one for one in found if one.kind == "workflow")
    return None


def _report_several(found: Sequence[Candidate], diagnostics: Collector) -> None:
    shown = ", ".join(f"a {one.kind} at {one.address}" for one in found[:_LISTED])
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    first = found[0]
    quoted = first.filter.replace("'", "'\\''")
    diagnostics.report(
        codes.SEVERAL_DOCUMENTS,
        f"the file holds {len(found)} workflows or prompts: {shown}{more}",
        pointer=first.pointer,
        hint=f"extract one, for example: jq '{quoted}' FILE > {first.kind}.json",
        data={"places": [one.address for one in found]},
    )


def _pointer_text(pointer: Pointer) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def _jq_path(pointer: Pointer) -> str:
    steps = "".join(
        f".{step}" if isinstance(step, str) and _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step)}]"
        for step in pointer
    )
    return steps if steps.startswith(".") else f".{steps}"
