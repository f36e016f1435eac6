"""Pictures of the Stable Diffusion web UI (AUTOMATIC1111) and its relatives: from the text in which they note
how a picture was made to the workflow that the editor builds of it when the picture is dropped on it.

    read_settings(text)    settings.py   the prompts and the settings
    build(graph, ...)      build.py      nodes, links and values, in the editor's order; with second_pass.py
    Remarks                notes.py      what was dropped or guessed on the way

Source: ``scripts/pnginfo.ts`` importA1111 of frontend 1.58.1.
"""

from __future__ import annotations

from comfyc import codes
from comfyc.a1111.build import build
from comfyc.a1111.graph import PictureGraph, as_saved
from comfyc.a1111.notes import Remarks
from comfyc.a1111.settings import read_settings
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.documents import Parameters
from comfyc.sources.positions import line_columns
from comfyc.workflow.wrapped import Opened

__all__ = ["as_saved", "open_parameters"]


def open_parameters(parameters: Parameters, catalog: Catalog, diagnostics: Collector) -> Opened | None:
    """The workflow that the editor builds; None, with an error reported, if it builds none.

    Names of files and embeddings are looked up in the lists of ``catalog``, as the editor looks them up in
    those of its server.
    """
    settings = read_settings(parameters.text)
    if settings is None:
        message = f"the parameters in the {parameters.subject} are none of which the editor builds a workflow"
        hint = "use a file that ComfyUI saved, or a picture whose settings begin a line with 'Steps:'"
        diagnostics.report(codes.FOREIGN_PARAMETERS, message, hint=hint)
        return None
    graph, notes = PictureGraph(catalog, diagnostics), Remarks(diagnostics.limits.nodes)
    if not build(graph, settings, catalog.embeddings, notes):
        notes.report(parameters.text, diagnostics)
        return None
    if not settings.is_read:
        message = (
            "the editor reads no parameters that begin with their settings, without a line for the prompt"
        )
        notes.add(codes.PARAMETERS_UNREAD, message, 0)
    if settings.positive.startswith("Negative prompt:"):
        message = "without a prompt before it, the editor takes the negative prompt for the prompt"
        hint = "set both texts: --set 3.text=... --set 4.text=..."
        notes.add(codes.SETTING_UNKNOWN, message, settings.offsets[0], hint=hint)
    if settings.rest is not None:
        notes.add(codes.SETTING_DROPPED, "the lines behind the settings are not read", settings.rest)
    workflow = graph.document()
    diagnostics.report(
        codes.BUILT_FROM_PARAMETERS,
        f"the {parameters.subject} carries parameters of the Stable Diffusion web UI (A1111) or a related"
        f" program: its workflow of {len(workflow['nodes'])} nodes is the one that the editor builds of them",
        data={"nodes": len(workflow["nodes"])},
    )
    notes.report(parameters.text, diagnostics)
    offsets = graph.offsets()
    lines = line_columns(parameters.text, offsets.values())
    return Opened(workflow, lines={pointer: lines[offset] for pointer, offset in offsets.items()})
