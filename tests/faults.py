"""Finds the faults under fixtures/faults/: nothing is registered by hand, a new folder is a new test.

fixtures/faults/<CODE>/<case>/       `ok-...`: looks like the fault and is none: the rule must stay silent
    source.*                         a file of any kind, as a user would pass it; or
    workflow.json                    what the editor saved; or
    prompt.json                      a prompt, with the files beside it that tests/verdict_cases.py names; or
    object_info.json                 a catalogue, which is held against its schema only
    as.txt                           optional: "queue": what the browser's Queue button would run is judged
    run.txt                          optional: it is made ready for a run on the server of its catalogue
    spend.txt                        optional: "refused": what it would spend in a run is not allowed
    dynamic_prompts.txt              optional: "random": alternatives are drawn, and not the first ones taken
    to.txt                           optional: "editor" or "tidy": a workflow is made, laid out in this way
    set.txt                          optional: what --set sets, an assignment a line; the flags --unlink,
                                     --set-all and --in NAME=VALUE, each on a line of its own, --write for
                                     `comfyc set`, and --only NODE as for `comfyc run`
    table.*                          optional: a table of a study of the workflow, whose rows are planned; in
                                     rows.txt are further ones for --grid, and the flag --set-all
    pack/                            alone: the source of a node pack, which is scanned
    job.*                            alone: a job file, or a plan with the files that it uploads (*.txt)
    pack.py                          optional: a third party's pack that is installed meanwhile
    catalog.txt                      optional: a name in fixtures/catalogs/; else ComfyUI 0.33.0 core
    instead.txt                      optional: the code that is told in the place of this one, where another
                                     layer has more to say of the same fault (comfyc.validation.agree)
    place.txt                        optional: where the finding is to be: line:column and JSON pointer

Of a rule about what a workflow needs (M7xx) the file is asked for its needs, and not validated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any
from unittest.mock import patch

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.documents import Kind
from comfyc.interface import Requests, interface_of, requests_of, set_values
from comfyc.jobs import read_job
from comfyc.jobs.plans import read_plan
from comfyc.needs import needs_parsed
from comfyc.options import Arrangement, Button, DynamicPrompts, Options
from comfyc.packs import default_packs
from comfyc.packs.behaviour import named
from comfyc.rebuilt import to_workflow_parsed
from comfyc.report.findings import FileFindings, FileReport, located, of_carried
from comfyc.running.client.upload import local_file
from comfyc.running.prepare import prepare
from comfyc.running.spending import refuse_spending, spending_of
from comfyc.saving import rewrite_source
from comfyc.scan import scan_folder
from comfyc.schema import check_document
from comfyc.sources import load, read_source
from comfyc.studies.rows import RowSources, plan_rows
from comfyc.validation import validate_parsed
from tests.discovery import FIXTURES
from tests.verdict_cases import CATALOG, REPLACEMENTS, VerdictCase, verdict_cases


@dataclass(frozen=True, slots=True)
class Fault:
    """One case. ``instead`` and ``place`` are None where the files are not there."""

    folder: Path
    instead: str | None
    place: str | None

    @property
    def code(self) -> str:
        return self.folder.parent.name

    @property
    def name(self) -> str:
        return f"{self.code}/{self.folder.name}"

    @property
    def silent(self) -> bool:
        """Whether it is a near miss."""
        return self.folder.name.startswith("ok-") or self.folder.name == "ok"


def faults() -> list[Fault]:
    """All cases, in the order of their names."""
    folders = sorted(folder for folder in (FIXTURES / "faults").glob("*/*") if folder.is_dir())
    return [Fault(folder, _word(folder / "instead.txt"), _word(folder / "place.txt")) for folder in folders]


def _word(file: Path) -> str | None:
    return file.read_text("utf-8").strip() if file.is_file() else None


def examined(fault: Fault) -> tuple[FileReport, str | None]:
    """The findings in a case as a user would see them, and the text that their places are in."""
    case = _verdict_cases().get(fault.folder)
    if case is not None:
        return _of_prompt(fault, case)
    if (fault.folder / "pack").is_dir():
        scan = scan_folder(fault.folder / "pack")
        return located(FileFindings("pack", tuple(scan.diagnostics))), None
    if any(fault.folder.glob("table.*")):
        return _of_rows(fault)
    others = (".txt", ".py")
    (file,) = (one for one in fault.folder.iterdir() if one.suffix not in others or one.name == "source.txt")
    found = Collector()
    if file.stem == "job":
        return _of_job(file) or FileReport(file.name), file.read_text("utf-8")
    if file.name == "object_info.json":
        text = file.read_text("utf-8")
        check_document(json.loads(text), found, Kind.OBJECT_INFO)
        return located(FileFindings(file.name, tuple(found), text)), text
    document = load(read_source(file), found)
    if document is None:
        return located(of_carried(file.name, found, None)), None
    carried = document.carried
    if (fault.folder / "run.txt").is_file():
        found.extend(prepare(document.value, _catalog(fault)).diagnostics)
        return located(of_carried(file.name, found, carried)), carried.text
    if _word(fault.folder / "spend.txt") == "refused":
        prepared = prepare(document.value, _catalog(fault))
        refuse_spending(spending_of(prepared), prepared.where, found)
        return located(of_carried(file.name, found, carried)), carried.text
    if fault.code.startswith("M7"):
        found.extend(needs_parsed(document.value, file=file.name).diagnostics)
        return located(of_carried(file.name, found, carried)), carried.text
    layout = _word(fault.folder / "to.txt")
    if layout is not None:
        found.extend(
            to_workflow_parsed(document.value, _catalog(fault), layout=Arrangement(layout)).diagnostics
        )
        return located(of_carried(file.name, found, carried)), carried.text
    if (fault.folder / "set.txt").is_file():
        found.extend(_set_findings(fault, file, document.value))
        return located(of_carried(file.name, found, carried)), carried.text
    options = Options(
        dynamic_prompts=DynamicPrompts(_word(fault.folder / "dynamic_prompts.txt") or "first"),
        random_seed=1,
        button=Button(_word(fault.folder / "as.txt") or "export"),
    )
    with installed(fault.folder / "pack.py"):
        validation = validate_parsed(
            document.value, _catalog(fault), options, text=carried.text, beside=document.beside
        )
    found.extend(validation.diagnostics)
    return located(of_carried(file.name, found, carried)), carried.text


def _set_findings(fault: Fault, file: Path, document: Any) -> Diagnostics:
    """The findings of a conversion with what set.txt sets, or of writing that into the file."""
    lines = (fault.folder / "set.txt").read_text("utf-8").splitlines()
    texts = [line for line in lines if not line.startswith("--")]
    of_app = [line.removeprefix("--in ") for line in lines if line.startswith("--in ")]
    requests = requests_of(texts, of_app=of_app, several="--set-all" in lines, unlink="--unlink" in lines)
    if "--write" in lines:
        return rewrite_source(read_source(file), requests, _catalog(fault)).diagnostics
    only = [line.removeprefix("--only ") for line in lines if line.startswith("--only ")]
    if only:
        return prepare(document, _catalog(fault), requests, only=only).diagnostics
    interface = interface_of(document, _catalog(fault))
    return set_values(interface, document, requests, _catalog(fault)).conversion.diagnostics


def _of_rows(fault: Fault) -> tuple[FileReport, None]:
    """What is wrong in a table of a study, and with what is typed beside it."""
    table = str(next(fault.folder.glob("table.*")))
    lines = (_word(fault.folder / "rows.txt") or "").splitlines()
    grids = tuple(line.removeprefix("--grid ") for line in lines if line.startswith("--grid "))
    document = json.loads((fault.folder / "workflow.json").read_text("utf-8"))
    requests = Requests(several="--set-all" in lines)
    plan = plan_rows(RowSources((table,), grids), prepare(document, _catalog(fault)), requests)
    assert plan.count >= 0
    assert all(row.number for row in plan)
    found = [one for collector in plan.findings.values() for one in collector]
    return located(FileFindings("table", tuple(found))), None


def _of_job(file: Path) -> FileReport | None:
    """What is wrong in a job file or a plan."""
    if file.suffix == ".plan":
        return read_plan(str(file), lambda path: local_file(path).sha256)[1]
    return read_job(str(file))[1]


@contextmanager
def installed(pack: Path) -> Iterator[None]:
    """The pack of a case, if there is one, as if its distribution were installed."""
    if not pack.is_file():
        yield
        return
    table: dict[str, Any] = run_path(str(pack))["BEHAVIOURS"]
    default_packs.cache_clear()
    with patch("comfyc.packs.load_third_parties", lambda: ([named(table, "'pack.py'")], [])):
        yield
    default_packs.cache_clear()


def _of_prompt(fault: Fault, case: VerdictCase) -> tuple[FileReport, str]:
    """A prompt with a server's verdict; the members of the request beside it make it the body of one."""
    file = fault.folder / "prompt.json"
    document: Any = case.prompt if case.request is None else {**case.request, "prompt": case.prompt}
    alone = case.request is None and file.is_file()
    text = file.read_text("utf-8") if alone else json.dumps(document, indent=1)
    assume = case.options.get("assume_files", False)
    catalog = Catalog.load() if case.options.get("catalog") == "core" else _server_catalog()
    found = validate_parsed(document, catalog, text=text, assume_files=assume).diagnostics
    return located(FileFindings(file.name, tuple(found), text)), text


def _catalog(fault: Fault) -> Catalog:
    name = _word(fault.folder / "catalog.txt")
    return _catalog_of(FIXTURES / "catalogs" / f"{name}.json" if name else None)


@cache
def _catalog_of(path: Path | None) -> Catalog:
    return Catalog.load(path)


@cache
def _server_catalog() -> Catalog:
    replacements = json.loads(REPLACEMENTS.read_text("utf-8"))
    return Catalog.from_object_info(json.loads(CATALOG.read_text("utf-8")), node_replacements=replacements)


@cache
def _verdict_cases() -> dict[Path, VerdictCase]:
    return {case.folder: case for case in verdict_cases()}
