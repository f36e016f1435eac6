"""comfyc in one place: a document and a catalogue in, a prompt out.

    read(document)  -> Workflow       what the editor saved                  comfyc.workflow
    open_workflow() -> Editor         the editor after opening it            comfyc.editor
    run_passes()    -> Graph          flat, only what becomes prompt nodes   comfyc.passes
    emit(graph)     -> Prompt         what the server takes                  comfyc.prompt

Nothing here prints or exits, and no document makes it raise: what is wrong is in ``diagnostics``.
:func:`convert` takes a path, a text or a document and is public; the other stages of comfyc, which have the
document already, call :func:`convert_parsed`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.documents import Parameters, is_workflow
from comfyc.editor import Editor, open_workflow
from comfyc.editor.loading.tokens import Replacements
from comfyc.gc_pause import paused_collector
from comfyc.given import NOTHING, Given
from comfyc.graph import Graph, origin_of
from comfyc.javascript.stringify import json_text
from comfyc.javascript.values import shown
from comfyc.options import Options
from comfyc.packs import default_packs
from comfyc.passes import Context, run_passes
from comfyc.prompt import Prompt, emit, graph_of, is_wider, measure, read_prompt
from comfyc.sources.file import WorkflowFile, file_of
from comfyc.workflow import Workflow, has_too_many_nodes, read
from comfyc.workflow.shown import Pictured
from comfyc.workflow.wrapped import Opened, open_document

if TYPE_CHECKING:
    import networkx


Convertible = str | bytes | os.PathLike[str] | WorkflowFile | Parameters | dict[str, Any]
"""What ``convert`` and ``validate`` take. The last two are documents that have been read."""


_DEFAULT = Options()
_TOKEN = re.compile(r"%(?:date:[^%]*|[^%./\\\s][^%./\\]*\.[^%./\\\s]+)%")
"""What the editor would fill in in the name of a file."""
_LONGEST_PATH = 4096
"""Characters of a name that may be one."""
_NOTHING_OPENED = Opened(None)


@dataclass(frozen=True, slots=True)
class Conversion(Pictured):
    """What came of a document: the prompt and the findings.

    ``prompt`` is the caller's own, a dict of the JSON types: ``text`` and ``graph`` are made of it as it is
    when they are asked for, so that all three agree. The others are not public: ``ir`` is the graph that the
    prompt was made of; ``opened`` is what was converted, which is the document or the one that it wraps, and
    in which the pointers of ``ir`` lead; ``catalog`` is the catalogue with the definitions that the file asks
    for; ``editor`` is the workflow as the editor has loaded it, None for a prompt.
    """

    prompt: Prompt
    diagnostics: Diagnostics
    ir: Graph = field(repr=False)
    options: Options = field(default=_DEFAULT, repr=False)
    opened: Opened = field(default=_NOTHING_OPENED, repr=False)
    catalog: Catalog | None = field(default=None, repr=False)
    editor: Editor | None = field(default=None, repr=False)

    @property
    def graph(self) -> networkx.DiGraph[str]:
        """The prompt's nodes and links as a networkx graph, made anew each time (see ``Graph.to_networkx``).

        The title of a node is that of its ``_meta``.
        """
        return graph_of(self.prompt).to_networkx()

    @property
    def text(self) -> str:
        """The text that File > Export (API) would download."""
        return json_text(self.prompt, js_numbers=self.options.js_numbers)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not self.diagnostics.has_errors


def convert(
    source: Convertible, catalog: Catalog | None = None, options: Options | None = None
) -> Conversion:
    """Convert a workflow of schema 0.4 or 1; a prompt is passed through.

    ``source`` is a path (``os.PathLike``, or a ``str``), a JSON text (a ``str`` whose first character behind
    white space is ``{``), the ``bytes`` of a file, a file that ``read_file`` has read, or a parsed document.
    A document that wraps a single workflow or prompt will do (see ``comfyc.workflow.wrapped``). ``catalog``
    defaults to the bundled one.

    What is wrong with the file or the document is in ``diagnostics``, with file, line and column where there
    is a text, and is never raised. ``ComfycError`` only if a path cannot be read at all.
    """
    options = options or _DEFAULT
    file = file_of(source, options.limits)
    if file is None:
        return convert_parsed(source, catalog, options)
    if file.document is None:
        return Conversion({}, file.diagnostics, Graph(), options)
    conversion = convert_parsed(file.value, catalog, options, beside=file.document.beside)
    return replace(conversion, diagnostics=all_findings(file, conversion.diagnostics))


def all_findings(file: WorkflowFile, found: Diagnostics) -> Diagnostics:
    """The findings of reading a file, and those in its document with their positions in the file."""
    return Diagnostics([*file.diagnostics, *file.located(found)])


def convert_parsed(
    document: Any,
    catalog: Catalog | None = None,
    options: Options | None = None,
    given: Given = NOTHING,
    *,
    beside: Callable[[], Any] | None = None,
) -> Conversion:
    """Convert a parsed JSON document of any kind, also one that is a text. Never raises for a document.

    ``given`` are values that are typed into the workflow before the button is pressed
    (:mod:`comfyc.setting`). ``beside`` gives the prompt that a file carries beside the workflow, which names
    the values of nodes of unknown types; it is asked only if there are any.
    """
    options = options or _DEFAULT
    diagnostics = Collector(options.limits)
    if catalog is None and isinstance(document, Parameters):
        catalog = Catalog.load()
    opened = open_any(document, catalog, diagnostics)
    if opened is None:
        return Conversion({}, Diagnostics(diagnostics), Graph(), options)
    if beside is not None:
        opened = replace(opened, beside=beside)
    if catalog is None and is_workflow(opened.value):
        catalog = Catalog.load()
    found, editor = Collector(options.limits), None
    try:
        with paused_collector():
            if catalog is not None and is_workflow(opened.value):
                prompt, graph, editor = _convert_workflow(opened, catalog, options, given, found)
            else:
                prompt, graph = _pass_through(opened.value, options, found)
    except RecursionError:  # comparing two values that nest a thousand lists, or naming one
        found.report(codes.TOO_DEEP, "objects or lists in values of the document are nested too deeply")
        prompt, graph, editor = {}, Graph(), None
    diagnostics.extend(opened.relocated(found))
    catalog = catalog if editor is None else editor.catalog
    return Conversion(prompt, Diagnostics(diagnostics), graph, options, opened, catalog, editor)


def open_any(document: Any, catalog: Catalog | None, diagnostics: Collector) -> Opened | None:
    """Open a parsed document: find the workflow or prompt in it (:mod:`comfyc.workflow.wrapped`), or build
    the workflow for the parameters of another program, which takes a catalogue. None, with an error reported,
    if there is none."""
    if isinstance(document, Parameters) and catalog is not None:
        from comfyc.a1111 import open_parameters  # noqa: PLC0415 - few files are pictures of another program

        return open_parameters(document, catalog, diagnostics)
    return open_document(document, diagnostics)


def _convert_workflow(
    opened: Opened, catalog: Catalog, options: Options, given: Given, diagnostics: Collector
) -> tuple[Prompt, Graph, Editor | None]:
    """The prompt of a workflow, its graph, and the workflow as the editor has loaded it, with the catalogue
    that has the definitions that the file asks for; None for a workflow with too many nodes."""
    document = opened.value
    if has_too_many_nodes(document, diagnostics):
        return {}, Graph(), None
    workflow = read(document, diagnostics, browser_exact=options.browser_exact)
    editors = default_packs().core
    catalog = catalog.in_view_of(node for node in workflow.typed_nodes() if node[0] not in editors)
    editor = Editor(
        catalog, default_packs(), diagnostics, options.unknown, options.browser_exact, opened.beside
    )
    graph = _flat_graph(opened, workflow, editor, options, given)
    return *_checked(
        emit(graph, options.limits.prompt, meta=options.meta), graph, options, diagnostics
    ), editor


def _pass_through(document: Any, options: Options, diagnostics: Collector) -> tuple[Prompt, Graph]:
    """A document that is a prompt already, and its graph."""
    if has_too_many_nodes(document, diagnostics):
        return {}, Graph()
    limit = options.limits.prompt
    prompt = read_prompt(document, diagnostics, meta=options.meta)
    size = measure(prompt, limit)
    fits = size <= limit and not is_wider(prompt, size, limit)
    return _checked(prompt if fits else None, graph_of(prompt), options, diagnostics)


def _checked(
    prompt: Prompt | None, graph: Graph, options: Options, diagnostics: Collector
) -> tuple[Prompt, Graph]:
    """A prompt and its graph, both empty if the prompt is too large (``None``)."""
    if prompt is None:
        message = f"the prompt would have {options.limits.exceeded('prompt')}"
        diagnostics.report(codes.EXPANSION_TOO_LARGE, message)
        return {}, Graph()
    _report_tokens(prompt, graph, diagnostics)
    return prompt, graph


def _report_tokens(prompt: Prompt, graph: Graph, diagnostics: Collector) -> None:
    """Report tokens in names of files that nobody fills in, unless that is reported for their source."""
    reported = {one.location.node for one in diagnostics if one.rule is codes.NOT_REPLACED}
    for ident, node in prompt.items():
        if ident in reported:
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
    opened: Opened,
    workflow: Workflow,
    editor: Editor,
    options: Options,
    given: Given,
) -> Graph:
    diagnostics = editor.diagnostics
    replacements = Replacements(editor, options.now, given.by_pointer)
    open_workflow(workflow, editor, replacements)
    if given.typed:
        from comfyc.editor.typed import assign_typed  # noqa: PLC0415 - for a dynamic combo that is set

        assign_typed(editor, given.typed)
    context = Context(editor, diagnostics, replacements, options, opened.value, given)
    graph = run_passes(context)
    if not graph.nodes and workflow.root.nodes and not diagnostics.has_errors:
        diagnostics.report(
            codes.EMPTY_PROMPT,
            f"none of the {len(workflow.root.nodes)} nodes becomes part of the prompt",
            pointer=("nodes",),
            hint="unmute a node, or add one that the server runs",
        )
    return graph
