"""Validation of a document: all checks in order, and the server's verdict.

    text         repeated keys                               comfyc.sources.positions
    schema       the format of the document                  comfyc.schema
    conversion   what the editor would make of it            comfyc.api
    prompt       the server's rules, and further ones        comfyc.checks
    graph        cycles, idle nodes, missing outputs         comfyc.validation.topology

A finding about the prompt points at the widget value, link or node of the user's own file that causes it.
A problem that several checks detect is reported once (``comfyc.validation.agree``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from comfyc import codes
from comfyc.api import Conversion, Convertible, all_findings, convert_parsed, open_any
from comfyc.catalog import Catalog
from comfyc.checks import Verdict, Where, check, verdict
from comfyc.checks.files import Ask, ask_for_files, is_settled, report_absent_files
from comfyc.checks.reporting import PromptReporter, in_prompt
from comfyc.checks.rules import rules_for
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics, Pointer
from comfyc.documents import Kind, Parameters, has_typed_nodes, is_workflow, kind_of
from comfyc.gc_pause import paused_collector
from comfyc.graph import Graph, origin_of
from comfyc.options import Options
from comfyc.schema import check_document
from comfyc.sources.file import file_of
from comfyc.sources.positions import duplicate_keys
from comfyc.validation.agree import agree
from comfyc.validation.bookkeeping import report_bookkeeping
from comfyc.validation.merges import report_conflicts
from comfyc.validation.topology import (
    report_cycles,
    report_idle,
    report_silenced_outputs,
    report_unused_definitions,
)
from comfyc.workflow import has_too_many_nodes, read
from comfyc.workflow.wrapped import candidates

__all__ = ["Validation", "holds_workflow", "validate", "validate_parsed"]


@dataclass(frozen=True, slots=True)
class Validation:
    """The result of validating a document.

    ``verdict`` is the server's answer to the prompt, as a mapping in its own shape (``valid``, ``error``,
    ``node_errors``, ``good_outputs``, ``http_status``); ``conversion`` holds that prompt.
    """

    diagnostics: Diagnostics
    verdict: Verdict
    conversion: Conversion

    @property
    def ok(self) -> bool:
        """True if no finding is an error."""
        return not self.diagnostics.has_errors


def validate(
    source: Convertible,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    assume_files: bool = False,
) -> Validation:
    """Validate a workflow by converting it, a prompt (or the body of a ``POST /prompt``) as it is.

    ``source`` is what :func:`comfyc.convert` takes: a path, a JSON text, bytes, a file that has been read, or
    a parsed document. ``assume_files`` takes every file that the document names to be on the server.

    Whatever is wrong with the file or the document is in ``diagnostics``. ``ComfycError`` only if a path
    cannot be read at all.
    """
    catalog = Catalog.load() if catalog is None else catalog
    options = options or Options()
    file = file_of(source, options.limits)
    if file is None:
        return validate_parsed(source, catalog, options, assume_files=assume_files)
    if file.document is None:
        nothing = Conversion({}, file.diagnostics, Graph(), options)
        return Validation(file.diagnostics, verdict({}, catalog), nothing)
    beside = file.document.beside
    found = validate_parsed(
        file.value, catalog, options, assume_files=assume_files, text=file.text, beside=beside
    )
    return replace(found, diagnostics=all_findings(file, found.diagnostics))


def validate_parsed(
    document: Any,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    assume_files: bool = False,
    text: str | None = None,
    ask: Ask | None = None,
    beside: Callable[[], Any] | None = None,
) -> Validation:
    """Validate a parsed JSON document of any kind, also one that is a text. Never raises for a document.

    ``text`` is what it was parsed from, for what parsing forgets; ``ask`` asks a server for the input files
    that its lists do not name; ``beside`` gives the prompt that the file carries beside the workflow.
    """
    catalog = Catalog.load() if catalog is None else catalog
    options = options or Options()
    found = Collector(options.limits)
    with paused_collector():
        if text is not None and not isinstance(document, Parameters):
            _report_duplicate_keys(text, found)
        return _Layers(catalog, options, assume_files, ask, found, beside).judge(document)


@dataclass(frozen=True, slots=True)
class _Layers:
    """All checks after those on the text, for one document."""

    catalog: Catalog
    options: Options
    assume_files: bool
    ask: Ask | None
    found: Collector
    beside: Callable[[], Any] | None

    def judge(self, document: Any) -> Validation:
        opened = open_any(document, self.catalog, self.found)
        if opened is None:
            return self.nothing(document)
        inner, request = opened.value, opened.request
        kind = kind_of(inner)
        if kind is not Kind.PROMPT and not kind.is_workflow:
            _report_foreign(kind, self.found)
            return self.nothing(inner)
        if has_too_many_nodes(inner, self.found):
            return self.nothing({})
        inside = replace(self, found=Collector(self.options.limits), beside=self.beside or opened.beside)
        answer, conversion = inside.judge_opened(inner, kind, request)
        self.found.extend(opened.relocated(agree(inside.found)))
        return Validation(Diagnostics(self.found), answer, conversion)

    def nothing(self, document: Any) -> Validation:
        """The result for a document without a workflow or prompt."""
        found = Diagnostics(self.found)
        conversion = Conversion({}, found, Graph(), self.options)
        return Validation(found, verdict(document, self.catalog), conversion)

    def judge_opened(
        self, document: Any, kind: Kind, request: Mapping[str, Any] | None
    ) -> tuple[Verdict, Conversion]:
        """Validate a workflow or prompt; pointers of findings lead into it."""
        check_document(document, self.found, kind)
        report_conflicts(document, self.found)
        conversion = convert_parsed(document, self.catalog, self.options, beside=self.beside)
        # Not "or": to say whether a catalogue has anything, all of its names are counted
        asked = self if conversion.catalog is None else replace(self, catalog=conversion.catalog)
        if is_workflow(document):
            self.found.extend(conversion.diagnostics)
            report_bookkeeping(document, self.found)
            _report_app(conversion, self.found)
            answer = asked.check(conversion.prompt, _where(document, conversion), request)
        else:
            self.found.extend(one for one in conversion.diagnostics if one.rule is codes.TOKEN_LEFT)
            answer = asked.check(document, in_prompt(document), request)
        asked.check_graph(document, conversion.ir, answer)
        return answer, conversion

    def check(self, prompt: Any, where: Where, request: Mapping[str, Any] | None) -> Verdict:
        """Check the prompt against the catalogue, and ask the server about input files if there is one to
        ask."""
        found = Collector(self.options.limits)
        answer = check(
            prompt, self.catalog, found, request=request, assume_files=self.assume_files, where=where
        )
        if self.ask is None or self.assume_files:
            self.found.extend(found)
            return answer
        rules = rules_for(self.catalog)
        known = ask_for_files(answer, rules, self.ask)
        self.found.extend(one for one in found if not is_settled(one, known))
        report_absent_files(answer, PromptReporter(self.found, where), known)
        return answer

    def check_graph(self, document: dict[str, Any], graph: Graph, answer: Verdict) -> None:
        rules = rules_for(self.catalog)

        def is_output(node_type: object) -> bool | None:
            known = rules.of(node_type)
            return None if known is None else known.is_output

        report_cycles(graph, _reported_cycles(answer), self.found)
        report_idle(graph, is_output, self.found)
        no_outputs = (answer.error or {}).get("type") == "prompt_no_outputs"
        if is_workflow(document) and (no_outputs or "definitions" in document):
            workflow = read(document, Collector())
            report_unused_definitions(workflow, self.found)
            if no_outputs:
                report_silenced_outputs(workflow, is_output, self.found)


def _report_app(conversion: Conversion, found: Collector) -> None:
    """Report what the workflow declares in vain for the editor's App mode."""
    extra = conversion.editor.root.file.extra if conversion.editor is not None else {}
    if conversion.editor is not None and ("linearData" in extra or "linearMode" in extra):
        from comfyc.interface.app_entries import app_entries  # noqa: PLC0415 - few files are apps

        app_entries(conversion.editor, found)


def holds_workflow(document: Any) -> bool:
    """Whether an arbitrary document is a workflow or a prompt, or wraps one, or is made into one.

    A workflow has nodes with a type, a prompt members with a class.
    """
    if isinstance(document, Parameters):
        return True
    return has_typed_nodes(document) if is_workflow(document) else bool(candidates(document))


def _report_duplicate_keys(text: str, found: Collector) -> None:
    for pointer in duplicate_keys(text):
        found.report(
            codes.DUPLICATE_KEY,
            f"the key '{pointer[-1]}' is repeated: only this last value is used",
            pointer=pointer,
            hint="remove the value that is not intended",
        )


def _report_foreign(kind: Kind, found: Collector) -> None:
    if kind is Kind.OBJECT_INFO:
        message = "this is a catalogue, not a workflow"
        hint = "pass it with --object-info, together with a workflow"
    else:
        message = "the JSON is neither a workflow nor a prompt"
        hint = "pass a file that the editor saved (File > Save) or exported (File > Export (API))"
    found.report(codes.NOT_A_WORKFLOW, message, hint=hint)


def _reported_cycles(answer: Verdict) -> set[frozenset[str]]:
    """The cycles that the server reports, as sets of node ids."""
    errors = (error for entry in answer.node_errors.values() for error in entry["errors"])
    return {
        frozenset(error["extra_info"]["cycle_nodes"])
        for error in errors
        if error["type"] == "dependency_cycle"
    }


def _where(document: Any, conversion: Conversion) -> Where:
    """Pointers into the workflow: the link or value that was read, else the saved input, else the node."""
    dead_ends: dict[tuple[str | None, Any], Pointer] = {
        (one.location.node, one.data.get("input")): one.location.pointer
        for one in conversion.diagnostics
        if one.rule is codes.INPUT_UNLINKED
    }

    def where(node_id: str, name: str | None) -> tuple[Pointer, str | None]:
        pointer, title = origin_of(conversion.ir, node_id, name)
        node = conversion.ir.nodes.get(node_id)
        if node is None:
            return pointer, title
        if name is not None and pointer == node.pointer:
            pointer = dead_ends.get((node_id, name)) or _saved_input(document, pointer, name)
        return pointer, title or node.type

    return where


def _saved_input(document: Any, pointer: Pointer, name: str) -> Pointer:
    """The pointer to the input of this name in a saved node; to the node itself if it has none."""
    node = document
    try:
        for step in pointer:
            node = node[step]
        slots = node["inputs"]
    except (LookupError, TypeError):
        return pointer
    names = (
        index
        for index, slot in enumerate(slots if isinstance(slots, list) else ())
        if isinstance(slot, dict) and slot.get("name") == name
    )
    index = next(names, None)
    return pointer if index is None else (*pointer, "inputs", index)
