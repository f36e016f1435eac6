"""One file of a site: read, judged, and its pages written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from comfyc.carriers import BY_NAME, ENDINGS, JSON
from comfyc.catalog import Catalog
from comfyc.cli.output.writing import encoded
from comfyc.cli.work.find_files import FoundFile
from comfyc.cli.work.skipped_files import is_another
from comfyc.cli.work.validate_files import Wishes
from comfyc.cli.work.validate_one import CatalogSource, Settings
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.gallery import Exhibit, Facts, exhibit_pages
from comfyc.interface import Setting, interface_of
from comfyc.interface.describing import by_importance
from comfyc.needs import Stock, needs_parsed
from comfyc.options import DynamicPrompts, Options
from comfyc.report.findings import located, of_carried
from comfyc.safety.opening import open_regular
from comfyc.sources import Document, load, read_source
from comfyc.validation import validate_parsed

_SHOWN = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "avif": ".avif"}
"""The containers that browsers show as pictures, and the ending of a copy."""
_SAFE = tuple(ending for ending in ENDINGS if ending != ".svg")
"""The endings of files that are copied or linked to. A browser would run the scripts in any other."""
_SMALL = 2 * 1024 * 1024
"""Bytes of a picture that is copied without being asked for."""


@dataclass(frozen=True, slots=True)
class ReportJob:
    """How a site is made: ``wishes`` says how files are judged; ``copies`` is "none", "pictures" or "all";
    ``stock`` is what is known of the server, ``now`` the moment that ``%date%`` shows."""

    output: Path
    title: str
    copies: str
    now: datetime
    wishes: Wishes
    stock: Stock | None = None


@dataclass(frozen=True, slots=True)
class ReportTask:
    """A file to make pages of: its path as the site shows it, and the name of its pages."""

    file: FoundFile
    shown: str
    name: str


@dataclass(frozen=True, slots=True)
class PagesMade:
    """What became of a file: its facts, or why it could not be read; neither if it holds no workflow. With
    ``failure`` nothing more can be written."""

    path: str
    facts: Facts | None = None
    problem: ComfycError | None = None
    failure: OSError | None = None


@dataclass(frozen=True, slots=True)
class SharedReport:
    """What all files need: settings by path, catalogues and stocks by their sources, and where to write."""

    job: ReportJob
    title: str
    folder: Path
    settings: Mapping[str, Settings]
    catalogs: Mapping[CatalogSource, Catalog]
    stocks: Mapping[CatalogSource, Stock]


_shared: SharedReport | None = None


def share(shared: SharedReport) -> None:
    """Give this process what all of its files need."""
    global _shared
    _shared = shared


def make_pages(task: ReportTask) -> PagesMade:
    """Write the pages of a file by what is shared. Never raises for a file."""
    assert _shared is not None
    try:
        exhibit = _entry(task, _shared)
        if exhibit is None:
            return PagesMade(task.file.path)
        facts, pages = exhibit_pages(exhibit, _shared.title)
    except ComfycError as problem:
        return PagesMade(task.file.path, problem=problem)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"'{task.file.path}' cannot be copied: {reason}"
        return PagesMade(task.file.path, problem=ComfycError(message, "pass --copy none"))
    try:
        for where, text in pages.items():
            (_shared.folder / where).write_bytes(encoded(text))
    except OSError as error:
        return PagesMade(task.file.path, failure=error)
    return PagesMade(task.file.path, facts)


def _entry(task: ReportTask, shared: SharedReport) -> Exhibit | None:
    """What is known of a file; None for one that was only found and holds no workflow."""
    settings = shared.settings[task.file.path]
    catalog, limits = shared.catalogs[settings.source], settings.limits
    source, found = read_source(task.file.path, limits), Collector(limits)
    document = load(source, found, limits)
    if not task.file.named and is_another(source, document, found):
        return None
    if document is None:
        report = located(of_carried(source.name, found, None), settings.selection)
        return Exhibit(task.shown, task.name, report, original=_original(task, shared, report.container))
    stock = shared.stocks[settings.source]
    validation = validate_parsed(
        document.value,
        catalog,
        Options(button=settings.button, limits=limits, now=shared.job.now),
        assume_files=settings.assume_files,
        text=document.carried.text,
        ask=stock.ask,
        beside=document.beside,
    )
    found.extend(validation.diagnostics)
    kept = Options(dynamic_prompts=DynamicPrompts.KEEP, limits=limits, now=shared.job.now)
    container = document.carried.container
    picture = _picture(task, shared, container)
    return Exhibit(
        task.shown,
        task.name,
        located(of_carried(source.name, found, document.carried), settings.selection),
        validation,
        needs_parsed(document.value, stock, kept, beside=document.beside),
        _settings(document, catalog, kept),
        picture or _original(task, shared, container),
        picture,
    )


def _settings(document: Document, catalog: Catalog, options: Options) -> list[Setting]:
    """What can be set and has an effect, as the file has it, the most important first."""
    found = interface_of(document.value, catalog, options, beside=document.beside).settings
    return by_importance(one for one in found if one.targets and not (one.link or one.held_by))


def _picture(task: ReportTask, shared: SharedReport, container: str) -> str:
    """The address of the copy of a picture, which is made now; "" if there is to be none."""
    if container not in _SHOWN or shared.job.copies == "none":
        return ""
    if shared.job.copies != "all" and os.path.getsize(task.file.path) > _SMALL:
        return ""
    return _copied(task, shared, _SHOWN[container])


def _original(task: ReportTask, shared: SharedReport, container: str) -> str:
    """The address of a file, or of the copy that is made now; "" if no link from the site reaches it."""
    if container == "svg" or not task.file.path.lower().endswith(_SAFE):
        return ""
    if shared.job.copies == "all":
        return _copied(task, shared, ".json" if container == JSON else BY_NAME[container].endings[0])
    above = os.path.dirname(os.path.realpath(shared.job.output))
    whole = os.path.realpath(task.file.path)
    below = os.path.relpath(whole, above) if whole.startswith(os.path.join(above, "")) else ""
    return f"../{quote(os.fsencode(below).replace(os.fsencode(os.sep), b'/'))}" if below else ""


def _copied(task: ReportTask, shared: SharedReport, ending: str) -> str:
    where = f"files/{task.name}{ending}"
    with open_regular(task.file.path) as source, open(shared.folder / where, "wb") as target:
        shutil.copyfileobj(source, target)
    return where
