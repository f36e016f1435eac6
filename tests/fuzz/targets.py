"""The ways in. Each target takes the bytes of one input and raises if a promise is broken."""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import re
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.a1111.build import NEEDED
from comfyc.api import Conversion, convert, convert_parsed
from comfyc.catalog import Catalog
from comfyc.catalog.listing import view_node
from comfyc.cli.output.catalogues import node_text
from comfyc.cli.output.differences_json import differences_record
from comfyc.cli.output.differences_markdown import differences_markdown
from comfyc.cli.output.differences_text import differences_text
from comfyc.cli.output.needs_json import needs_json
from comfyc.cli.output.needs_markdown import needs_markdown
from comfyc.cli.output.needs_text import needs_text
from comfyc.cli.settings.configuration import Configurations
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.differences import differences_of, options_for
from comfyc.documents import Parameters
from comfyc.expectations.measuring.files import measures_of
from comfyc.formatting import format_workflow
from comfyc.interface import interface_for, requests_of
from comfyc.jobs import read_job
from comfyc.jobs.plans import read_plan
from comfyc.needs import Stock, merged, needs_parsed
from comfyc.needs.downloads import Download, aria2_lines, downloads, wget_lines
from comfyc.needs.packs import install_lines, needed_packs
from comfyc.options import Arrangement, Button, DynamicPrompts, Meta, Options, UnknownTypes
from comfyc.rebuilt import to_workflow_parsed
from comfyc.report.findings import FileFindings, FileReport, located, of_carried
from comfyc.report.selection import selection
from comfyc.running.client.upload import local_file
from comfyc.running.prepare import Prepared, prepare
from comfyc.safety.escaping import lines_of_text, visible
from comfyc.saving import rewrite_source
from comfyc.sources import Source, load
from comfyc.sources.blob import Budget, Metered
from comfyc.studies.rows import RowSources, plan_rows
from comfyc.validation import validate_parsed
from tests.discovery import FIXTURES
from tests.fuzz.scanning import scanner
from tests.fuzz.session import answers, play, wire
from tests.in_process import comfyc
from tests.repairs import CHANGES_PROMPT, OPTIONS, Examiner, bytes_of
from tests.reports import REPORTERS

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)
JSON_SEEDS = ("cases/*/*/workflow.json", "faults/*/*/workflow.json", "packs/*/workflow.json")
PROMPT_SEEDS = ("faults/*/*/prompt.json", "verdicts/*/prompt.json", "runnable/*.json")
EXAMPLE = (FIXTURES / "text_to_image" / "workflow.json").read_bytes()
DOCUMENTED = (0, 1, 2)
"""Exit codes of a command that nobody interrupts."""


@dataclass(frozen=True)
class Target:
    """What is run with each input, and what to begin with.

    ``seeds`` are patterns below ``fixtures``; ``prepare`` makes an input of such a file; ``longest`` bounds
    the bytes of an input. ``is_json``: inputs are JSON, and are changed as such.
    """

    name: str
    run: Callable[[bytes], object]
    seeds: Sequence[str]
    is_json: bool = True
    longest: int = 20_000
    prepare: Callable[[bytes], bytes] = bytes


class BrokenPromiseError(AssertionError):
    """Something came out that must not."""


def _choice(data: bytes, *options: Any) -> Any:
    """One of the options, by the bytes of the input: the same each time."""
    return options[zlib.crc32(data) % len(options)]


def _document(data: bytes) -> Any:
    diagnostics = Collector()
    document = load(Source("fuzzed.json", data), diagnostics)
    return document.value if document is not None else None


def _report(data: bytes, diagnostics: Iterable[Diagnostic], carried: Any = None) -> None:
    """Every form of a report can be made, and the JSON forms are JSON."""
    strict = selection(strict=bool(_choice(data, 0, 1)))
    _rendered(located(of_carried("fuzzed.json", diagnostics, carried), strict))


def _rendered(report: FileReport) -> None:
    for name, reporter in REPORTERS.items():
        text = reporter([report])
        text.encode("utf-8", "strict")
        if name in ("json", "sarif"):
            json.loads(text)
        if any(character in text for character in "\x1b\x07\x7f\x85\u202e\u2066"):
            raise BrokenPromiseError(f"{name} lets a control character through")


@functools.cache
def catalog() -> Catalog:
    """The bundled catalogue."""
    return Catalog.load()


def readers(data: bytes) -> None:
    """Any file: its container, its texts, its JSON."""
    diagnostics = Collector()
    document = load(Source("fuzzed", data), diagnostics)
    if document is None and not diagnostics.has_errors:
        raise BrokenPromiseError("nothing was read, and nobody says why")
    _report(data, diagnostics, document.carried if document is not None else None)


def measures(data: bytes) -> None:
    """The header of any file that a server sends."""
    measures_of(Metered(data, Budget()), Path("fuzzed.bin"))


def parameters(data: bytes) -> None:
    """The text of a picture of another program, of which a workflow is built."""
    document = Parameters(data.decode("utf-8", "replace"))
    names = re.findall(r"[\w.+-]{3,20}", document.text)[:8]
    lists = Catalog.from_object_info(_core_with_files(), embeddings=names)
    for known in (catalog(), lists):
        _check(data, convert_parsed(document, known, _options(data)))
    _report(data, validate_parsed(document, lists).diagnostics)


@functools.cache
def _core_with_files() -> dict[str, Any]:
    """What the bundled catalogue says of the nodes that such a workflow has, with some files in its lists."""
    kinds = {*NEEDED, "LoraLoader", "LatentUpscale", "UpscaleModelLoader", "ImageScale", "VAEDecodeTiled"}
    entries = json.loads(json.dumps({kind: catalog().info(kind) for kind in sorted(kinds)}))
    entries["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = ["sd15.ckpt", "v1-5-pruned.ckpt"]
    return dict(entries)


def _text_of_picture(data: bytes) -> bytes:
    document = _document(data)
    return document.text.encode() if isinstance(document, Parameters) else b"a\nSteps: 20"


def _options(data: bytes) -> Options:
    return Options(
        meta=_choice(data, *Meta),
        js_numbers=_choice(data, False, True),
        unknown=_choice(data, *UnknownTypes),
        dynamic_prompts=_choice(data, *DynamicPrompts),
        random_seed=1,
        now=NOW,
        button=_choice(data[1:], *Button),
        browser_exact=_choice(data[2:], False, True),
    )


def _check(data: bytes, conversion: Conversion) -> None:
    json.loads(conversion.text)
    if conversion.graph.number_of_nodes() < len(conversion.prompt):
        raise BrokenPromiseError("the graph lacks nodes of the prompt")
    _report(data, conversion.diagnostics)


def conversion(data: bytes) -> None:
    """A workflow, converted under every policy."""
    document = _document(data)
    found = convert_parsed(document, catalog(), _options(data))
    _check(data, found)
    for row in interface_for(found).settings:
        str(row)


def formatting(data: bytes) -> None:
    """A workflow or prompt in the one layout: it gives the same prompt, and stays as it is."""
    made = format_workflow(data)
    if made.text is None:
        return
    text, options = made.text.encode(), Options(now=NOW)
    if format_workflow(text).text != made.text:
        raise BrokenPromiseError("a formatted file is not formatted")
    if convert(text, catalog(), options).text != convert(data, catalog(), options).text:
        raise BrokenPromiseError("a formatted file gives another prompt")
    with contextlib.suppress(ComfycError):  # of some, other values would change
        format_workflow(data, catalog(), strip_seeds=True, strip_names=True)


def validation(data: bytes) -> None:
    """A workflow, a prompt or the body of a request, judged; and the packs that it needs."""
    text = data.decode("utf-8", "replace")
    document = _document(data)
    found = validate_parsed(
        document, catalog(), _options(data), assume_files=_choice(data, False, True), text=text
    )
    _report(data, found.diagnostics)
    json.dumps(dict(found.verdict))
    diagnostics = Collector()
    packs = needed_packs(document, catalog(), diagnostics)
    install_lines(packs, pinned=True)


def comparing(data: bytes) -> None:
    """A document and the example, and a document and itself, in all forms."""
    chosen = options_for(_options(data))
    found = convert_parsed(_document(data), catalog(), chosen)
    example = convert_parsed(json.loads(EXAMPLE), catalog(), chosen)
    if not differences_of(found, found).is_same:
        raise BrokenPromiseError("a document differs from itself")
    for pair in ((found, example), (example, found)):
        for what_runs in (False, True):
            differences = differences_of(*pair, what_runs=what_runs)
            json.dumps(differences_record("a", "b", differences))
            differences_markdown("a", differences)
            shown = differences_text(differences, verbose=True)
            if lines_of_text(shown) != shown:
                raise BrokenPromiseError("a line has characters that a terminal obeys")


def needs(data: bytes) -> None:
    """What a document needs, alone and with itself, of a server that has nothing; in all forms."""
    document = _document(data)
    found = needs_parsed(document, Stock(Catalog.from_object_info({})), _options(data), file="f")
    _report(data, found.diagnostics)
    both = merged([found, found])
    json.dumps(needs_json(both))
    needs_text(both)
    needs_markdown(both)
    plans = [plan for plan in downloads(both.models) if isinstance(plan, Download)]
    for line in (*wget_lines(plans, "models"), *aria2_lines(plans, "models")):
        if visible(line) != line:
            raise BrokenPromiseError("a line has characters that a terminal obeys")
    for plan in plans:
        if ".." in plan.path.split("/") or plan.path.startswith("/"):
            raise BrokenPromiseError("a file leaves its folder")


def rebuilding(data: bytes) -> None:
    """A prompt, of which workflows are made in both ways; each can be converted and laid out."""
    document = _document(data)
    for layout in Arrangement:
        made = to_workflow_parsed(document, catalog(), _options(data), layout=layout)
        json.loads(made.text)
        _report(data, made.diagnostics)


def object_info(data: bytes) -> None:
    """A catalogue of a server, and workflows and prompts that use what is in it: a pair of both."""
    pair = _document(data)
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], dict):
        return
    strange = Catalog.from_object_info(pair[0])
    found = convert_parsed(pair[1], strange, _options(data))
    _check(data, found)
    judged = validate_parsed(pair[1], strange, _options(data))
    _report(data, judged.diagnostics)
    for name in list(strange)[:4]:
        view = view_node(strange, name)
        if view is not None:
            node_text(view)


def setting(data: bytes) -> None:
    """Values that are set, in the prompt and in the document: a pair of a list of assignments and a
    document."""
    pair = _document(data)
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], list):
        return
    texts = [text for text in pair[0] if isinstance(text, str) and "=@" not in text]
    with contextlib.suppress(ComfycError):
        prepared = prepare(pair[1], catalog(), requests_of(texts))
        _check(data, prepared.conversion)
    document = Source("flow.json", json.dumps(pair[1]).encode())
    made = rewrite_source(document, requests_of(texts, unlink=len(texts) % 2 == 0), catalog())
    _report(data, made.diagnostics)
    if made.data is not None:
        _check(data, convert(made.data, catalog()))


def fixing(data: bytes) -> None:
    """A document, repaired: it converts to the same prompt, and there is nothing more to repair."""
    examine = Examiner(catalog())
    fixed = examine.fixed(data)
    repaired = bytes_of(fixed)
    if not {one.code for one in fixed.repaired} & CHANGES_PROMPT:
        prompts = [convert(one, catalog(), OPTIONS).text for one in (data, repaired)]
        if prompts[0] != prompts[1]:
            raise BrokenPromiseError("a repaired document converts to another prompt")
    if examine.fixed(repaired).repaired:
        raise BrokenPromiseError("a repaired document is repaired again")


def configuration(data: bytes) -> None:
    """The configuration of a repository."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "comfyc.toml").write_bytes(data)
        with contextlib.suppress(ComfycError):
            Configurations().of(f"{folder}/flow.json").excludes(f"{folder}/flow.json")


def jobs(data: bytes) -> None:
    """A job file in each form: what is read of it is JSON, and what is not is reported."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("toml", "json", "yaml"):
            file = Path(folder) / f"job.{ending}"
            file.write_bytes(data)
            job, report = read_job(str(file))
            if (job is None) != (report is not None and report.has_errors):
                raise BrokenPromiseError("a job file is neither read nor reported")
            for one in (*job.values, *job.app_values) if job is not None else ():
                json.dumps(one.value, allow_nan=False)
            if report is not None:
                _rendered(report)


def tables(data: bytes) -> None:
    """A table of a study in each form: its rows are read, or what is wrong has a line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("csv", "tsv", "jsonl", "toml", "json"):
            file = Path(folder) / f"table.{ending}"
            file.write_bytes(data)
            plan = plan_rows(RowSources((str(file),)), _prepared())
            rows = 0
            for row in plan:
                json.dumps([row.parameters, list(row.targets.values())], allow_nan=False).encode()
                rows += 1
            found = plan.findings.get(str(file), Collector())
            if rows != plan.count or not (rows or found.has_errors):
                raise BrokenPromiseError("a table is neither read nor reported")
            if any(not one.is_rest and (not one.line or not one.column) for one in found):
                raise BrokenPromiseError("what is wrong in a table has no line and column")
            _rendered(located(FileFindings(str(file), tuple(found))))


@functools.cache
def _prepared() -> Prepared:
    return prepare(json.loads(EXAMPLE), Catalog.load())


def plans(data: bytes) -> None:
    """A plan: it is read as it was written, or reported."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.plan"
        file.write_bytes(data)
        plan, report = read_plan(str(file), lambda path: local_file(path).sha256)
        if (plan is None) != (report is not None and report.has_errors):
            raise BrokenPromiseError("a plan is neither read nor reported")
        for body in (body for run in plan.runs for body in run.bodies) if plan is not None else ():
            json.dumps([body.body, body.workflow])
        if report is not None:
            _rendered(report)


COMMANDS = (
    ("convert", "-"),
    ("convert", "-", "--json", "--strict"),
    ("convert", "-", "--to", "workflow", "--json"),
    ("convert", "-", "--as", "queue", "--browser-exact"),
    ("convert", "-", "--set", "1.seed=1", "--seed", "5", "--json"),
    ("validate", "-", "--json"),
    ("validate", "-", "--format", "github", "-v"),
    ("validate", "-", "--format", "text", "-v", "--statistics"),
    ("validate", "-", "--format", "sarif"),
    ("validate", "-", "--format", "server"),
    ("needs", "-"),
    ("needs", "-", "--format", "wget"),
    ("needs", "-", "--json"),
    ("packs", "-"),
    ("packs", "-", "--format", "install", "--pinned"),
    ("packs", "-", "--json"),
    ("inputs", "-", "--links"),
    ("inputs", "-", "--json"),
)


def commands(data: bytes) -> None:
    """What a command prints for a document, in this process."""
    arguments: tuple[str, ...] = _choice(data, *COMMANDS)
    ended = comfyc(*arguments, stdin=data)
    if ended.code not in DOCUMENTED:
        raise BrokenPromiseError(f"exit code {ended.code}")
    if "Traceback (most recent call last)" in ended.err:
        raise BrokenPromiseError("a traceback")
    if "--json" in arguments:
        json.loads(ended.out)


def _with_catalog(data: bytes) -> bytes:
    """A pair for :func:`object_info`: a workflow, and what the bundled catalogue says of its types."""
    document = json.loads(data)
    kinds: set[str] = set()
    for node in document.get("nodes") or [] if isinstance(document, dict) else []:
        if isinstance(node, dict) and isinstance(node.get("type"), str):
            kinds.add(node["type"])
    entries = {kind: catalog().info(kind) for kind in sorted(kinds) if catalog().info(kind) is not None}
    return json.dumps([entries, document], separators=(",", ":")).encode()


def _with_settings(data: bytes) -> bytes:
    found = convert_parsed(json.loads(data), catalog())
    texts = [
        f"{row.node}.{row.input}={json.dumps(row.value)}"
        for row in interface_for(found).settings
        if not row.link
    ]
    return json.dumps([texts[:6], json.loads(data)], separators=(",", ":")).encode()


def _as_list(data: bytes) -> bytes:
    """A recorded session, a message a line, as one list."""
    lines = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
    return json.dumps(lines, separators=(",", ":")).encode()


SOME = ("cases/*/*/workflow.json", "packs/*/workflow.json")
TARGETS = {
    target.name: target
    for target in (
        Target(
            "readers",
            readers,
            ("carriers/*", "faults/W0*/*/*.*", "downloads/**/*"),
            is_json=False,
            longest=60_000,
        ),
        Target("texts", readers, ("carriers/*.json", "faults/W0*/*/*.json"), is_json=False, longest=4_000),
        Target("measures", measures, ("carriers/*.*",), is_json=False, longest=60_000),
        Target(
            "parameters",
            parameters,
            ("carriers/a1111*", "faults/W07*/*/source.*"),
            is_json=False,
            longest=4_000,
            prepare=_text_of_picture,
        ),
        Target("conversion", conversion, JSON_SEEDS),
        Target("comparing", comparing, ("cases/[gsw]*/*/workflow.json", *PROMPT_SEEDS)),
        Target("formatting", formatting, ("cases/[nsv]*/*/workflow.json", "runnable/*.json")),
        Target("validation", validation, (*PROMPT_SEEDS, *JSON_SEEDS)),
        Target("needs", needs, ("faults/M7*/*/workflow.json", "cases/subgraphs/*/workflow.json")),
        Target("rebuilding", rebuilding, PROMPT_SEEDS),
        Target("object_info", object_info, SOME, prepare=_with_catalog),
        Target("setting", setting, SOME, prepare=_with_settings),
        Target("fixing", fixing, ("faults/[GWND]*/*/workflow.json", "faults/P3[0-5]*/*/prompt.json")),
        Target(
            "scanner",
            scanner,
            ("scan/packs/**/*.py", "faults/C5*/*/pack/*.py"),
            is_json=False,
            longest=8_000,
        ),
        Target("configuration", configuration, ("configuration/*.toml",), is_json=False, longest=4_000),
        Target("plans", plans, ("faults/I65*/*/job.plan",)),
        Target("tables", tables, ("faults/I67*/*/table.*",), is_json=False, longest=4_000),
        Target("jobs", jobs, ("faults/I64*/*/job.*",), is_json=False, longest=4_000),
        Target("commands", commands, (*JSON_SEEDS, *PROMPT_SEEDS)),
        Target("wire", wire, ("wire/*",), is_json=False, longest=8_000),
        Target("answers", answers, ("answers/*.json",)),
        Target("session", play, ("sessions/*.jsonl",), prepare=_as_list, longest=60_000),
    )
}
"""All targets by name."""
