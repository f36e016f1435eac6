"""From a file and values to the changed file: the text of the workflow in it, with the values.

:func:`rewrite_with` takes what ``convert`` takes and is public.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc import codes
from comfyc.api import Convertible, all_findings, convert_parsed
from comfyc.carriers import JSON
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Diagnostics, Pointer
from comfyc.documents import Parameters, value_at
from comfyc.editing import rewritten
from comfyc.graph import ABSENT
from comfyc.interface import Assignment, Request, Requests, interface_of, set_values
from comfyc.javascript.stringify import json_text
from comfyc.options import DynamicPrompts, Options
from comfyc.saving.checking import require_same
from comfyc.saving.draft import Draft
from comfyc.saving.encodings import decoded, encoded_as
from comfyc.saving.unsaved import UnsavedError
from comfyc.saving.writing import write_values
from comfyc.sources import Carried, Document, Source
from comfyc.sources.file import WorkflowFile, file_from, source_of
from comfyc.workflow.wrapped import Opened, candidates

_DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What came of setting values in a file.

    ``data`` is the changed file, in the encoding of the old one; of a picture or another file that carries a
    workflow, the workflow alone, in UTF-8. ``document`` is what it parses to. Both are None if something is
    wrong, which ``diagnostics`` says. ``assignments`` are the values.
    """

    data: bytes | None
    document: Any = field(repr=False)
    assignments: tuple[Assignment, ...]
    diagnostics: Diagnostics
    is_understood: bool = True
    """Whether all that was asked for could be set, if perhaps to a value that breaks a rule."""
    carried: Carried | None = field(default=None, repr=False)
    """The text of the old file that lines and columns refer to; None for a parsed document."""

    @property
    def is_carried(self) -> bool:
        """Whether the old file is no JSON text itself, but carries one."""
        return self.carried is not None and self.carried.container != JSON

    @property
    def ok(self) -> bool:
        """Whether there is a changed file, and no finding is an error."""
        return self.data is not None and not self.diagnostics.has_errors


def rewrite_with(
    source: Convertible,
    values: Mapping[str, Any],
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    several: bool = False,
    unlink: bool = False,
) -> Rewritten:
    """Set values in a workflow or prompt, and change nothing else of its text.

    The arguments are those of :func:`comfyc.convert_with`, and the changed workflow converts to the prompt
    that this gives. The editor opens it with the values, wherever it holds them: in a node, a subgraph
    node or a PrimitiveNode.

    A value that cannot be written so is an error in the diagnostics (I660 to I663), as is everything that is
    wrong with the file or the values; ``data`` is then None. ``ComfycError`` only if a path cannot be read.
    """
    requests = Requests(
        tuple(Request(path, value, "values") for path, value in values.items()), several, unlink
    )
    given = source_of(source, (options or _DEFAULT).limits)
    if given is not None:
        return rewrite_source(given, requests, catalog, options)
    if isinstance(source, WorkflowFile):
        return _of_file(source, source.text or "", "utf-8", requests, catalog, options)
    made = _set(source, requests, catalog, options, None)
    return made if made.document is None else replace(made, data=json_text(made.document).encode("utf-8"))


def rewrite_source(
    source: Source, requests: Requests, catalog: Catalog | None = None, options: Options | None = None
) -> Rewritten:
    """Set values in a file that has been opened (see :func:`rewrite_with`)."""
    file = file_from(source, (options or _DEFAULT).limits)
    text, encoding = file.text or "", "utf-8"
    if file.document is not None and file.document.carried.container == JSON:
        text, encoding = decoded(source.data[0 : len(source.data)], text)
    return _of_file(file, text, encoding, requests, catalog, options)


def _of_file(
    file: WorkflowFile,
    text: str,
    encoding: str,
    requests: Requests,
    catalog: Catalog | None,
    options: Options | None,
) -> Rewritten:
    if file.document is None:
        return Rewritten(None, None, (), file.diagnostics, is_understood=False)
    made = _set(file.value, requests, catalog, options, file.document)
    found = all_findings(file, made.diagnostics)
    made = replace(made, diagnostics=found, carried=file.document.carried)
    if made.document is None:
        return made
    try:
        changed = rewritten(text, file.value, made.document)
    except RecursionError:
        return replace(_refused(made.assignments, found, _too_deep()), carried=made.carried)
    return replace(made, data=encoded_as(encoding, changed))


def _too_deep() -> UnsavedError:
    return UnsavedError(codes.TOO_DEEP, "objects or lists in values of the document are nested too deeply")


def _set(
    document: Any,
    requests: Requests,
    catalog: Catalog | None,
    options: Options | None,
    read: Document | None,
) -> Rewritten:
    """Set values in a parsed document; the result has no text yet."""
    if isinstance(document, Parameters):
        return _refused(
            (),
            (),
            UnsavedError(
                codes.SETTING_IN_PARAMETERS,
                "the file carries the settings of another program, and no workflow that could be changed",
                "make a workflow of it first, with convert --to workflow",
            ),
        )
    options = options or _DEFAULT
    now = options.now or datetime.datetime.now()  # both conversions are to fill in the same time
    options = replace(options, now=now, dynamic_prompts=DynamicPrompts.KEEP)
    interface = interface_of(document, catalog, options, beside=read.beside if read is not None else None)
    outcome = set_values(interface, document, requests, catalog)
    findings = outcome.conversion.diagnostics
    if not outcome.is_understood:
        return Rewritten(None, None, outcome.assignments, findings, is_understood=False)
    conversion = interface.conversion
    draft = Draft(conversion.opened.value)
    try:
        write_values(draft, interface, outcome)
        changed = _wrapped(document, conversion.opened, draft.value)
        if outcome.assignments:
            again = convert_parsed(changed, catalog, conversion.options, beside=conversion.opened.beside)
            require_same(outcome, again.prompt)
    except RecursionError:
        return _refused(outcome.assignments, findings, _too_deep())
    except UnsavedError as refused:
        return _refused(outcome.assignments, findings, refused, conversion.opened)
    return Rewritten(None, changed, outcome.assignments, findings)


def _refused(
    assignments: tuple[Assignment, ...],
    findings: Iterable[Diagnostic],
    refused: UnsavedError,
    opened: Opened | None = None,
) -> Rewritten:
    found, setting = Collector(), refused.setting
    pointer: Pointer = ()
    if setting is not None and opened is not None:
        pointer = setting.pointer
        while value_at(opened.value, pointer, ABSENT) is ABSENT:
            pointer = pointer[:-1]
        pointer = opened.in_file(pointer)
    found.report(
        refused.rule,
        str(refused),
        pointer=pointer,
        node=setting.node if setting is not None else None,
        title=setting.title if setting is not None else None,
        hint=refused.hint,
    )
    return Rewritten(None, None, assignments, Diagnostics([*findings, *found]), is_understood=False)


def _wrapped(document: Any, opened: Opened, changed: Any) -> Any:
    """The document with a changed workflow or prompt in the place of the one that it wraps."""
    if opened.value is document:
        return changed
    path: tuple[Any, ...] = (opened.pointer,)
    if opened.in_text:
        path = next(one.path for one in candidates(document) if one.value == opened.value)
    return _embedded(document, path, changed)


def _embedded(document: Any, path: tuple[Any, ...], changed: Any) -> Any:
    """A document with another value at a path; behind each pointer but the last there is a JSON text."""
    draft = Draft(document)
    if len(path) == 1:
        draft.put(path[0], changed)
    else:
        text = value_at(document, path[0], ABSENT)
        inner = json.loads(text, parse_constant=lambda _: None)
        draft.put(path[0], rewritten(text, inner, _embedded(inner, path[1:], changed)))
    return draft.value
