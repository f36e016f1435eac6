"""The workflow of a file or a document that holds a prompt, with what would be lost of it.

:func:`to_workflow` takes what ``convert`` takes and is public.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from comfyc import codes, rebuild
from comfyc.api import Convertible, all_findings, convert_parsed, open_any
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.documents import Parameters, is_workflow
from comfyc.gc_pause import paused_collector
from comfyc.javascript.stringify import json_text
from comfyc.options import Arrangement, DynamicPrompts, Options
from comfyc.prompt import Prompt, read_prompt
from comfyc.rebuild.levels import paths_of
from comfyc.rebuild.losses import report_losses
from comfyc.rebuild.nodes import workflow_ids
from comfyc.sources.file import file_of
from comfyc.workflow import has_too_many_nodes
from comfyc.workflow.shown import Pictured

_DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Rebuilt(Pictured):
    """What came of a prompt: the workflow, a dict of the JSON types that is the caller's own, and the
    findings. The workflow is ``{}`` if there is none."""

    workflow: dict[str, Any]
    diagnostics: Diagnostics
    options: Options = field(default=_DEFAULT, repr=False)

    @property
    def text(self) -> str:
        """The text of the file, in the form of File > Export."""
        return json_text(self.workflow, js_numbers=self.options.js_numbers)

    @property
    def ok(self) -> bool:
        """Whether there is a workflow, and no finding is an error."""
        return bool(self.workflow) and not self.diagnostics.has_errors


def to_workflow(
    source: Convertible,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    layout: Arrangement | str = Arrangement.EDITOR,
) -> Rebuilt:
    """Make a workflow of a prompt, or of a picture of AUTOMATIC1111; a workflow is passed through.

    ``source`` and ``catalog`` are as for ``convert``. With ``Arrangement.EDITOR`` it is the workflow that the
    editor (frontend 1.58.1) makes when the prompt is dropped on it. With ``Arrangement.TIDY`` subgraphs are
    made of ids such as "12:3", values are not rounded, links of nodes that the catalogue lacks are kept, and
    the nodes are laid out for reading.

    What the editor would export otherwise than the prompt has it is in ``diagnostics`` (G160 to G165), as is
    everything that is wrong with the file. ``ComfycError`` only if a path cannot be read at all.
    """
    options, layout = options or _DEFAULT, Arrangement(layout)
    file = file_of(source, options.limits)
    if file is None:
        return to_workflow_parsed(source, catalog, options, layout=layout)
    if file.document is None:
        return Rebuilt({}, file.diagnostics, options)
    made = to_workflow_parsed(file.value, catalog, options, layout=layout)
    return replace(made, diagnostics=all_findings(file, made.diagnostics))


def to_workflow_parsed(
    document: Any,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    layout: Arrangement = Arrangement.EDITOR,
) -> Rebuilt:
    """Make a workflow of a parsed JSON document of any kind. Never raises for a document."""
    options = options or _DEFAULT
    diagnostics = Collector(options.limits)
    catalog = Catalog.load() if catalog is None else catalog
    opened = open_any(document, catalog, diagnostics)
    if opened is None:
        return Rebuilt({}, Diagnostics(diagnostics), options)
    inner: Any = opened.value
    if isinstance(document, Parameters):
        if layout is Arrangement.EDITOR:
            from comfyc.a1111 import as_saved  # noqa: PLC0415 - few files are pictures of another program

            return Rebuilt(as_saved(inner), Diagnostics(diagnostics), options)
        kept = replace(options, dynamic_prompts=DynamicPrompts.KEEP)
        inner = convert_parsed(inner, catalog, kept).prompt
    found = Collector(options.limits)
    workflow: dict[str, Any] = {}
    try:
        with paused_collector():
            workflow = _workflow(inner, catalog, options, layout, found)
    except RecursionError:
        found.report(codes.TOO_DEEP, "objects or lists in values of the document are nested too deeply")
    diagnostics.extend(opened.relocated(found))
    return Rebuilt(workflow, Diagnostics(diagnostics), options)


def _workflow(
    document: Any, catalog: Catalog, options: Options, layout: Arrangement, diagnostics: Collector
) -> dict[str, Any]:
    if is_workflow(document):
        diagnostics.report(codes.WORKFLOW_ALREADY, "the document is a workflow already: it is passed through")
        return dict(document)
    if has_too_many_nodes(document, diagnostics):
        return {}
    prompt = read_prompt(document, diagnostics)
    if not prompt:
        return {}
    workflow = rebuild.workflow_of(prompt, catalog, diagnostics, layout=layout)
    kept = replace(options, dynamic_prompts=DynamicPrompts.KEEP, browser_exact=False)
    again = convert_parsed(workflow, catalog, kept).prompt
    report_losses(prompt, again, _ids(prompt, layout), diagnostics)
    return workflow


def _ids(prompt: Prompt, layout: Arrangement) -> dict[str, str]:
    """The ids that the nodes have when the new workflow is exported."""
    ids = {key: str(ident) for key, ident in workflow_ids(prompt).items()}
    if layout is Arrangement.TIDY:
        inside = paths_of(prompt)
        ids.update((key, key) for key in prompt if inside[key] or ":" not in key)
    return ids
