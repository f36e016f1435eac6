"""From a file to its text in the one layout: :func:`format_workflow` takes what ``convert`` takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.documents import Kind, Parameters, kind_of
from comfyc.formatting.layout import text_of
from comfyc.gc_pause import paused_collector
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import Carried
from comfyc.sources.file import WorkflowFile, file_of
from comfyc.workflow.wrapped import candidates

if TYPE_CHECKING:
    from comfyc.api import Convertible
    from comfyc.catalog import Catalog
    from comfyc.formatting.stripping import Stripped


@dataclass(frozen=True, slots=True)
class Formatted:
    """What came of formatting a file.

    ``text`` is the workflow or prompt in the one layout, to be written in UTF-8; of a picture or another file
    that carries a workflow, the workflow alone. It is None for a file that is better left as it is, which
    ``diagnostics`` explain: it cannot be read, holds no workflow or prompt, or has bytes that are not UTF-8.
    """

    text: str | None
    diagnostics: Diagnostics
    carried: Carried | None = field(default=None, repr=False)
    """The text of the old file that lines and columns refer to; None for a parsed document."""
    stripped: tuple[Stripped, ...] = ()
    """What was taken out because it was asked for."""

    @property
    def ok(self) -> bool:
        """Whether there is a text."""
        return self.text is not None


@dataclass(frozen=True, slots=True)
class Stripping:
    """What is to be taken out: ``seeds``, and ``names`` (texts, files and paths). ``catalog`` says which
    values are seeds and texts; None is the bundled one."""

    seeds: bool = False
    names: bool = False
    catalog: Catalog | None = None


_NOTHING = Stripping()


def format_workflow(
    source: Convertible,
    catalog: Catalog | None = None,
    *,
    strip_seeds: bool = False,
    strip_names: bool = False,
    limits: Limits = DEFAULTS,
) -> Formatted:
    """Write a workflow or a prompt in the one layout (docs/format.md), without its view state.

    ``source`` is what :func:`comfyc.convert` takes, and the text converts to the prompt that this gives. A
    document that wraps workflows or prompts will do. ``strip_seeds`` and ``strip_names`` change values: seeds
    become 0, texts the defaults of their inputs, and files and paths of a person lose their names;
    ``catalog`` (the bundled one by default) knows which values these are.

    What is wrong with the file is in the diagnostics. ``ComfycError`` only if a path cannot be read, or if
    values are to be stripped of a document that only wraps a workflow.
    """
    file = file_of(source, limits)
    stripping = Stripping(strip_seeds, strip_names, catalog)
    if file is None:
        return _of_document(source, Collector(limits), stripping)
    return format_file(file, limits, stripping)


def format_file(file: WorkflowFile, limits: Limits = DEFAULTS, stripping: Stripping = _NOTHING) -> Formatted:
    """Write a file that has been read in the one layout (see :func:`format_workflow`)."""
    if file.document is None:
        return Formatted(None, file.diagnostics)
    made = _of_document(file.value, Collector(limits), stripping)
    is_lossy = any(one.rule is codes.INVALID_UTF8 for one in file.diagnostics)
    return replace(
        made,
        text=None if is_lossy else made.text,
        diagnostics=Diagnostics([*file.diagnostics, *made.diagnostics]),
        carried=file.document.carried,
    )


def _of_document(document: Any, found: Collector, stripping: Stripping) -> Formatted:
    if isinstance(document, Parameters):
        found.report(
            codes.NO_WORKFLOW_IN_CARRIER,
            f"the {document.subject} carries the settings of another program, and no workflow",
            hint="make a workflow of it with convert --to workflow",
        )
    elif kind_of(document) in (Kind.NOTHING, Kind.OBJECT_INFO) and not candidates(document, found):
        found.report(codes.NOT_A_WORKFLOW, "this is neither a workflow nor a prompt")
    if found.has_errors:
        return Formatted(None, Diagnostics(found))
    stripped: list[Stripped] = []
    if stripping.seeds or stripping.names:
        from comfyc.formatting.stripping import strip  # noqa: PLC0415 - it takes a conversion

        document, stripped = strip(
            document, stripping.catalog, found.limits, seeds=stripping.seeds, names=stripping.names
        )
    with paused_collector():
        return Formatted(text_of(document), Diagnostics(found), stripped=tuple(stripped))
