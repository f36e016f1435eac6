"""The interface of a file, and its conversion with other values: what Python callers use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comfyc.api import Conversion, Convertible, all_findings, convert, convert_parsed
from comfyc.catalog import Catalog
from comfyc.interface.assigning import set_values
from comfyc.interface.requests import Request, Requests
from comfyc.interface.settings import Interface, interface_for
from comfyc.options import Options
from comfyc.sources.file import file_of


def read_interface(
    source: Convertible, catalog: Catalog | None = None, options: Options | None = None
) -> Interface:
    """Find what can be set in a workflow or prompt.

    The arguments are those of :func:`comfyc.convert`. What is wrong with the file is in the diagnostics of
    the interface's ``conversion``; if that has errors, there are no settings. ``ComfycError`` only if a path
    cannot be read.
    """
    return interface_for(convert(source, catalog, options))


def convert_with(
    source: Convertible,
    values: Mapping[str, Any],
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    several: bool = False,
    unlink: bool = False,
) -> Conversion:
    """Convert a workflow or prompt with other values, as if they had been typed into the editor.

    ``values`` are by ``NODE.INPUT``, which names an input as ``--set`` does: ``{"57.text": "a fox"}``. A text
    for an input of another type is read as on the command line (``"random"`` for a seed). ``several`` lets a
    name match more than one node, ``unlink`` lets a value take the place of a link. The other arguments are
    those of :func:`comfyc.convert`.

    If a value cannot be set, that is an error in the diagnostics, and the prompt has none of the values. A
    value that the server would refuse is an error as well, but is set. ``ComfycError`` only if a path cannot
    be read.
    """
    options = options or Options()
    requests = Requests(
        tuple(Request(path, value, "values") for path, value in values.items()), several, unlink
    )
    file = file_of(source, options.limits)
    if file is None:
        plain = convert_parsed(source, catalog, options)
        return set_values(interface_for(plain), source, requests, catalog).conversion
    if file.document is None:
        return convert(file, catalog, options)
    plain = convert_parsed(file.value, catalog, options, beside=file.document.beside)
    conversion = set_values(interface_for(plain), file.value, requests, catalog).conversion
    return replace(conversion, diagnostics=all_findings(file, conversion.diagnostics))
