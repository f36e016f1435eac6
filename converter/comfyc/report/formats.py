"""The output formats of findings: one row for each.

The choices and the help of ``--format`` and ``--also``, the setting ``format``, the decision whether to show
notes, and the tests of every format are made from these rows; a test compares the lists in the documentation
with them. A new format is a row here and a module beside this one.

This module has data only, and reporters are imported on first use, because the help of ``comfyc convert``
needs the names.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Protocol

    from comfyc.report.findings import FileReport

    class Reporter(Protocol):
        """Writes the reports of all files, in their order, as one text, which ends with a line end or is
        empty. ``color`` asks for terminal escapes, which only the formats for people have."""

        def __call__(self, reports: Sequence[FileReport], *, color: bool = False) -> str: ...


class Format(NamedTuple):
    """An output format."""

    name: str
    """The name that ``--format`` takes."""
    ending: str
    """The file name ending, without the dot."""
    reporter: str | None
    """MODULE.FUNCTION in ``comfyc.report``, a :class:`Reporter`; None for the server's verdict, which is not
    a list of findings and which only ``comfyc validate`` has."""
    about: str = ""
    """A description for help, if the name is not enough."""
    for_people: bool = False
    """Whether notes are left out unless they are requested."""
    may_be_empty: bool = False
    """Whether the text is empty if there are no findings."""


VERDICT = Format("server", "jsonl", None, "the server's verdict, a line of JSON for each file")

FORMATS = (
    Format("text", "txt", "terminal.text", for_people=True, may_be_empty=True),
    Format(
        "concise",
        "txt",
        "terminal.concise",
        "a line for each finding, for editors",
        for_people=True,
        may_be_empty=True,
    ),
    Format("json", "json", "document.json_document", "what `comfyc schema diagnostics` describes"),
    Format("sarif", "sarif", "sarif.sarif"),
    Format("junit", "xml", "junit.junit"),
    Format("github", "txt", "github.github", for_people=True, may_be_empty=True),
    Format("markdown", "md", "github.job_summary", for_people=True),
    VERDICT,
)

BY_NAME = {each.name: each for each in FORMATS}

REPORT_NAMES = tuple(each.name for each in FORMATS if each.reporter is not None)
"""The formats of findings: the choices of ``--format`` of all commands except ``comfyc validate``."""

VALIDATE_NAMES = tuple(BY_NAME)
"""The choices of ``comfyc validate --format``."""


def reporter_of(name: str) -> Reporter:
    """The function that writes findings in a format; ``KeyError`` if there is no such format of findings."""
    row = BY_NAME[name]
    if row.reporter is None:
        raise KeyError(name)
    module, function = row.reporter.split(".")
    made: Reporter = getattr(import_module(f"comfyc.report.{module}"), function)
    return made


def described(row: Format) -> str:
    """The format for a line of help: "server is the server's verdict"."""
    return f"{row.name} is {row.about}" if row.about else row.name
