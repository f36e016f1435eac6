"""The forms that findings are written in: one row for each.

From these rows are made: the choices and the help of ``--format`` and ``--also``, the setting ``format``,
what is shown to people, and the tests of every form; a test holds the lists in the documentation to them.
A new form is a row here and a module beside it.

Data only, and nothing of this package is imported before it is used: the help of ``comfyc convert`` needs
the names.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Protocol

    from comfyc.report.findings import FileReport

    class Reporter(Protocol):
        """Makes one text of the reports of all files, in their order: with its line end, or empty. ``color``
        asks for terminal escapes; only the form for people has them."""

        def __call__(self, reports: Sequence[FileReport], *, color: bool = False) -> str: ...


class Format(NamedTuple):
    """A form of output."""

    name: str
    """The name that ``--format`` takes."""
    ending: str
    """The ending of a file that holds it."""
    reporter: str | None
    """MODULE.FUNCTION in ``comfyc.report``, a :class:`Reporter`; None for the server's verdict, which is no
    list of findings and which only ``comfyc validate`` has."""
    about: str = ""
    """What it is, for help, where the name does not say it."""
    for_people: bool = False
    """Whether notes are left out unless they are asked for."""
    may_be_empty: bool = False
    """Whether it is an empty text where nothing was found."""


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
"""The forms of findings: the choices of ``--format`` of all commands but one."""

VALIDATE_NAMES = tuple(BY_NAME)
"""The choices of ``comfyc validate --format``."""


def reporter_of(name: str) -> Reporter:
    """The function that writes a form of findings; ``KeyError`` for a name that is none."""
    row = BY_NAME[name]
    if row.reporter is None:
        raise KeyError(name)
    module, function = row.reporter.split(".")
    made: Reporter = getattr(import_module(f"comfyc.report.{module}"), function)
    return made


def described(row: Format) -> str:
    """The form for a line of help: "server is the server's verdict"."""
    return f"{row.name} is {row.about}" if row.about else row.name
