"""comfyc in one place: a document and a catalogue in, a prompt out.

    read(document)  -> Workflow       what the editor saved                  comfyc.workflow
    open_workflow() -> Editor         the editor after opening it            comfyc.editor
    run_passes()    -> Graph          flat, only what becomes prompt nodes   comfyc.passes
    emit(graph)     -> Prompt         what the server takes                  comfyc.prompt

Nothing here prints or exits, and no document makes it raise: what is wrong is in ``diagnostics``.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.documents import is_workflow
from comfyc.editor import Editor, UnknownTypes, open_workflow
from comfyc.editor.tokens import Replacements
from comfyc.gc_pause import paused_collector
from comfyc.given import NOTHING, Given
from comfyc.graph import Graph, origin_of
from comfyc.javascript.stringify import json_text
from comfyc.javascript.values import shown
from comfyc.packs import default_packs
from comfyc.passes import Context, DynamicPrompts, run_passes
from comfyc.prompt import Prompt, emit, graph_of, is_wider, measure, read_prompt
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.workflow import has_too_many_nodes, read
from comfyc.workflow.wrapped import Opened, open_document

if TYPE_CHECKING:
    import networkx


__all__ = ["Conversion", "DynamicPrompts", "Options", "UnknownTypes", "convert"]


@dataclass(frozen=True, slots=True)
class Options:
    """The policies of a conversion; the defaults are those of ``comfyc convert``.

    ``js_numbers`` rounds integers beyond 2^53 as the browser does; ``random_seed`` makes the choices of
    dynamic prompts repeatable; ``now`` is the moment that ``%date%`` shows; ``meta`` is "full", "title"
    or "none". ``as_queue`` gives what the browser's Queue button would run instead of what Export (API)
    gives: the scripts of some custom-node packs act only then. ``given`` are values that are typed into the
    workflow before the button is pressed (:mod:`comfyc.setting`). ``browser_exact`` reproduces what the
    browser gets wrong: it exports muted and bypassed nodes of some kinds, and drops links that it could read.
    ``limits`` bound what a document may cost.
    """

    meta: str = "full"
    js_numbers: bool = False
    unknown: UnknownTypes = UnknownTypes.FROM_FILE
    dynamic_prompts: DynamicPrompts = DynamicPrompts.RANDOM
    random_seed: int | None = None
    now: datetime.datetime | None = None
    as_queue: bool = False
    given: Given = NOTHING
    browser_exact: bool = False
    limits: Limits = DEFAULTS


_DEFAULT = Options()
_TOKEN = re.compile(r"%(?:date:[^%]*|[^%./\\\s][^%./\\]*\.[^%./\\\s]+)%")
"""What the editor would fill in in the name of a file."""
_LONGEST_PATH = 4096
"""Characters of a name that may be one."""


@dataclass
class Conversion:
    """What came of a document: the prompt, the findings, and the graph between them.

    ``opened`` is what was converted: the document, or the one that it wraps. Places in ``ir`` are in that.
    """

    prompt: Prompt
    diagnostics: Collector
    ir: Graph = field(repr=False)
    options: Options = field(default_factory=Options, repr=False)
    opened: Opened = field(default_factory=lambda: Opened(None), repr=False)
    _graph: networkx.DiGraph[str] | None = field(default=None, init=False, repr=False)

    @property
    def graph(self) -> networkx.DiGraph[str]:
        """The prompt's nodes and links as a networkx graph (imports networkx when first used)."""
        if self._graph is None:
            self._graph = self.ir.to_networkx()
        return self._graph

    @property
    def text(self) -> str:
        """The text that File > Export (API) would download."""
        return json_text(self.prompt, js_numbers=self.options.js_numbers)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not self.diagnostics.has_errors


def convert(document: Any, catalog: Catalog | None = None, options: Options | None = None) -> Conversion:
    """Convert a parsed JSON document: a workflow of schema 0.4 or 1, or a prompt (passed through), or one
    that wraps a single one of these (see ``comfyc.workflow.wrapped``).

    ``catalog`` defaults to the bundled one. Never raises for a bad document.
    """
    options = options or _DEFAULT
    diagnostics = Collector(options.limits)
    opened = open_document(document, diagnostics)
    if opened is None:
        return Conversion({}, diagnostics, Graph(), options)
    if catalog is None and is_workflow(opened.value):
        catalog = Catalog.load()
    found = Collector(options.limits)
    try:
        with paused_collector():
            conversion = _convert(opened.value, catalog, options, found)
    except RecursionError:  # comparing two values that nest a thousand lists, or naming one
        found.report(codes.TOO_DEEP, "objects or lists in values of the document are nested too deeply")
        conversion = Conversion({}, found, Graph(), options)
    diagnostics.extend(opened.placed(found))
    conversion.diagnostics, conversion.opened = diagnostics, opened
    return conversion


def _convert(document: Any, catalog: Catalog | None, options: Options, diagnostics: Collector) -> Conversion:
    if has_too_many_nodes(document, diagnostics):
        return Conversion({}, diagnostics, Graph(), options)
    prompt: Prompt | None
    limit = options.limits.prompt
    if catalog is not None and is_workflow(document):
        graph = _flat_graph(document, catalog, options, diagnostics)
        prompt = emit(graph, limit, meta=options.meta)
    else:
        prompt = read_prompt(document, diagnostics, meta=options.meta)
        graph = graph_of(prompt)
        size = measure(prompt, limit)
        if size > limit or is_wider(prompt, size, limit):
            prompt = None
    if prompt is not None:
        _tell_tokens(prompt, graph, diagnostics)
    else:
        message = f"the prompt would have {options.limits.told('prompt')}"
        diagnostics.report(codes.EXPANSION_TOO_LARGE, message)
        return Conversion({}, diagnostics, Graph(), options)
    return Conversion(prompt, diagnostics, graph, options)


def _tell_tokens(prompt: Prompt, graph: Graph, diagnostics: Collector) -> None:
    """Report tokens in names of files that nobody fills in, unless that is told of their source."""
    told = {one.location.node for one in diagnostics if one.rule is codes.NOT_REPLACED}
    for ident, node in prompt.items():
        if ident in told:
            continue
        value = node["inputs"].get("filename_prefix")
        if not isinstance(value, str) or "%" not in value or len(value) > _LONGEST_PATH:
            continue
        left = _TOKEN.search(value)
        if left is not None:
            pointer, title = origin_of(graph, ident, "filename_prefix")
            diagnostics.report(
                codes.TOKEN_LEFT,
                f"'filename_prefix' is {shown(value)}, in which '{left.group()}' is not replaced",
                pointer=pointer,
                node=ident,
                title=title,
                hint="check the names of the node and its widget, or remove the token",
            )


def _flat_graph(
    document: dict[str, Any], catalog: Catalog, options: Options, diagnostics: Collector
) -> Graph:
    editor = Editor(catalog, default_packs(), diagnostics, options.unknown, options.browser_exact)
    workflow = read(document, diagnostics, browser_exact=options.browser_exact)
    replacements = Replacements(editor, options.now, options.given.by_pointer)
    open_workflow(workflow, editor, replacements)
    context = Context(
        editor,
        diagnostics,
        replacements,
        options.dynamic_prompts,
        options.random_seed,
        options.now,
        options.js_numbers,
        options.as_queue,
        document,
        options.given,
    )
    graph = run_passes(context)
    if not graph.nodes and workflow.root.nodes and not diagnostics.has_errors:
        diagnostics.report(
            codes.EMPTY_PROMPT,
            f"none of the {len(workflow.root.nodes)} nodes becomes part of the prompt",
            pointer=("nodes",),
            hint="unmute a node, or add one that the server runs",
        )
    return graph
