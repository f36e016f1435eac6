"""The needs of one file: it is converted, and what the file and its prompt name is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog.bundled import pack_entries
from comfyc.catalog.choosing import Standing, standing_of
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.documents import is_workflow
from comfyc.needs.bundled import volumes_by_name
from comfyc.needs.comfyui import needed_comfyui
from comfyc.needs.declared import read_declared
from comfyc.needs.input_files import folders_beside, needed_files
from comfyc.needs.model import Needs, PackRow, PartnerNode
from comfyc.needs.models import needed_models
from comfyc.needs.packs import Need, needed_packs
from comfyc.needs.partner_nodes import needed_partner_nodes
from comfyc.needs.stock import Stock
from comfyc.options import DynamicPrompts, Options
from comfyc.prices import estimate
from comfyc.workflow import read


def needs_parsed(
    document: Any,
    stock: Stock | None = None,
    options: Options | None = None,
    *,
    file: str = "",
    beside: Callable[[], Any] | None = None,
) -> Needs:
    """The needs of a parsed document of any kind. Never raises for a document.

    ``stock`` is what is known of the server that is to run it; ``file`` is the name of the file, beside which
    input files may lie. The findings of the conversion are not among those of the result, except for errors,
    with which there is no prompt to look into; those about models point into the document.
    """
    stock = stock or Stock()
    options = options or Options(dynamic_prompts=DynamicPrompts.KEEP)
    conversion = convert_parsed(document, stock.readable, options, beside=beside)
    return needs_converted(document, conversion, stock, file=file)


def needs_converted(document: Any, conversion: Conversion, stock: Stock, *, file: str = "") -> Needs:
    """As :func:`needs_parsed`, for a document that has been converted with ``stock.readable``, or validated
    with the same catalogue."""
    options, errors = conversion.options, conversion.diagnostics.errors
    opened = conversion.opened.value
    if not isinstance(opened, dict):
        return Needs([file], diagnostics=errors)
    found = Collector(options.limits)
    workflow = read(opened, Collector(options.limits)) if is_workflow(opened) else None
    declared = read_declared(workflow, opened, found, file) if workflow is not None else []
    models = needed_models(conversion, declared, stock, found, file)
    prompt = conversion.prompt
    known = conversion.catalog if conversion.catalog is not None else stock.readable
    partners = needed_partner_nodes(prompt, known, file)
    return Needs(
        [file],
        [PackRow(need, _standing(need), [file]) for need in needed_packs(document, stock.catalog)],
        models,
        needed_files(prompt, known, stock, file, folders_beside(file)),
        partners,
        needed_comfyui(opened, workflow, prompt, stock, file),
        {file: estimate(prompt, known, titles=_titles(partners))} if partners else {},
        Diagnostics([*errors, *conversion.opened.relocated(found)]),
    )


def _standing(need: Need) -> Standing:
    """How the version that most nodes of a pack note relates to the bundled catalogue of the pack."""
    if not need.versions or not need.bundled:
        return "unknown"
    volumes = [volumes_by_name().get(name.casefold()) for name in (need.cnr_id, need.repository, need.name)]
    volume = next((one for one in volumes if one is not None), None)
    version = max(need.versions, key=need.versions.__getitem__)
    return "unknown" if volume is None else standing_of(version, volume, pack_entries())


def _titles(partners: list[PartnerNode]) -> dict[str, str]:
    return {user.node: user.title or one.title for one in partners for user in one.users}
