"""What comfyc found: the record of a finding, and the findings of a result.

Nothing here knows about workflows. A :class:`Rule` is a row of the table in ``codes.py``; a
:class:`Diagnostic` is one finding under a rule, at a :class:`Location` in the user's file. Every stage
reports to a ``Collector``; a result holds what it has collected as :class:`Diagnostics`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

Pointer = tuple[str | int, ...]
"""A JSON pointer: the keys and indexes that lead to a value in a document (RFC 6901, unescaped)."""


def pointer_text(pointer: Pointer) -> str:
    """A pointer as RFC 6901 writes it; the whole document is an empty text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


class Severity(enum.Enum):
    """The severity of a finding: only ``ERROR`` makes a conversion or a validation fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding. ``code`` is never reused; ``help`` is the page `comfyc explain` prints; ``fix``
    says what ``comfyc validate --fix`` does about it, "" if nothing."""

    code: str
    name: str
    severity: Severity
    summary: str
    help: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the user's file a finding is.

    ``line`` and ``column`` count from 1 and are filled in only when a finding is shown (positions
    cost a walk over the text); ``node`` is the node's id as a user sees it ("12:3" in a subgraph).
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: Pointer = ()
    node: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A piece of a text, and what it is replaced with. Lines and columns count from 1; the end is that of the
    first character behind the piece."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What ``comfyc validate --fix`` would do about a finding, in words, and as edits of the text.

    The edits are in the order of the text. There are none if the file has too many findings with a fix.
    """

    description: str
    edits: tuple[TextEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: the rule, what is wrong here, where, and what to do about it.

    The properties have the names of the finding's JSON (schemas/diagnostics.schema.json). ``count`` is the
    number of findings that it stands for: above 1, or with ``is_rest``, those beyond the limit that were only
    counted. ``fix`` is None unless ``comfyc validate`` has found that it can be fixed.
    """

    rule: Rule
    message: str
    location: Location = Location()
    hint: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    is_rest: bool = False
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def file(self) -> str | None:
        return self.location.file

    @property
    def line(self) -> int | None:
        return self.location.line

    @property
    def column(self) -> int | None:
        return self.location.column

    @property
    def pointer(self) -> str:
        """The pointer to the value as RFC 6901 writes it; the whole document is an empty text."""
        return pointer_text(self.location.pointer)

    @property
    def node(self) -> str | None:
        return self.location.node

    @property
    def title(self) -> str | None:
        return self.location.title

    @property
    def position(self) -> str:
        """Where it is, as far as it is known: ``flow.json:214:7 /nodes/3 (node 17 "Upscale")``."""
        lines = [str(each) for each in (self.file, self.line, self.column) if each is not None]
        title = f' "{self.title}"' if self.title else ""
        node = f"(node {self.node}{title})" if self.node is not None else ""
        return " ".join(part for part in (":".join(lines), self.pointer, node) if part)

    def __str__(self) -> str:
        """One line, as ``--format concise`` prints it: ``flow.json:214:7: warning[N203] message (node 17)``.

        Where no line is known, the JSON pointer stands instead of it. What a terminal would obey is escaped.
        """
        from comfyc.safety.escaping import plain  # noqa: PLC0415 - only for what is printed

        lines = [str(each) for each in (self.file, self.line, self.column) if each is not None]
        where = ":".join(lines) if self.line is not None else " ".join([*lines, self.pointer]).strip()
        title = f' "{self.title}"' if self.title else ""
        node = f" (node {self.node}{title})" if self.node is not None else ""
        statement = f"{self.severity.value}[{self.code}] {self.message}{node}"
        return plain(f"{where}: {statement}" if where else statement)


class Diagnostics(Sequence[Diagnostic]):
    """The findings of a result, in order: a sequence that does not change.

    An index gives a :class:`Diagnostic`, a slice, :attr:`errors`, :attr:`warnings`, :attr:`infos` and
    :meth:`with_code` give ``Diagnostics`` again; ``str()`` is a text with a line for each.
    """

    __slots__ = ("_found",)

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self._found = tuple(found)

    @overload
    def __getitem__(self, index: int) -> Diagnostic: ...

    @overload
    def __getitem__(self, index: slice) -> Diagnostics: ...

    def __getitem__(self, index: int | slice) -> Diagnostic | Diagnostics:
        return Diagnostics(self._found[index]) if isinstance(index, slice) else self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __eq__(self, other: object) -> bool:
        return self._found == other._found if isinstance(other, Diagnostics) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple((one.code, one.location) for one in self._found))

    def __repr__(self) -> str:
        return f"Diagnostics({list(self._found)!r})"

    def __str__(self) -> str:
        return "\n".join(map(str, self._found)) or "no findings"

    @property
    def errors(self) -> Diagnostics:
        """The findings that make a conversion or a validation fail."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> Diagnostics:
        """The findings of the severity "warning"."""
        return self._of(Severity.WARNING)

    @property
    def infos(self) -> Diagnostics:
        """The findings of the severity "info"."""
        return self._of(Severity.INFO)

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(one.severity is Severity.ERROR for one in self._found)

    def with_code(self, *codes: str) -> Diagnostics:
        """The findings under these rules: ``with_code("N201", "N202")``."""
        return Diagnostics(one for one in self._found if one.code in codes)

    def _of(self, severity: Severity) -> Diagnostics:
        return Diagnostics(one for one in self._found if one.severity is severity)


class ComfycError(Exception):
    """The job could not be done at all: a file that cannot be read, a server that is gone.

    A bad *document* is never an exception; it is a list of diagnostics. ``hint`` says what to try.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
