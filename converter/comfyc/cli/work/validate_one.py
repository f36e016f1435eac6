"""One file under its own settings: read, judged, its findings chosen and placed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from comfyc.catalog import Catalog
from comfyc.checks.files import Ask
from comfyc.cli.settings.configuration import Configuration, Configurations
from comfyc.cli.work.find_files import FoundFile
from comfyc.cli.work.fix_files import NOT_REPAIRED, FixMode, Repaired, repair
from comfyc.cli.work.skipped_files import is_another
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.fixing import REPAIRS, Examined, marked, plan_of
from comfyc.options import Button, Options
from comfyc.report.findings import FileReport, located, of_carried
from comfyc.report.selection import Selection, selection
from comfyc.safety.escaping import json_escaped
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import Document, Source, load, read_source
from comfyc.validation import Validation, validate_parsed

_NO_ANSWER: dict[str, object] = {
    "http_status": None,
    "valid": False,
    "error": None,
    "node_errors": {},
    "good_outputs": [],
}


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says; where it says nothing, the configuration of each file counts."""

    object_info: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    assume_files: bool = False
    button: Button = Button.EXPORT
    limits: Limits = DEFAULTS
    custom_nodes: tuple[str, ...] = ()
    fixes: FixMode = FixMode.MARK
    baseline: str = ""


class CatalogSource(NamedTuple):
    """What a catalogue is made of: the saved one or the server, "" for the bundled one; folders of packs; and
    the folder that these must be in, "" for any."""

    object_info: str
    custom_nodes: tuple[str, ...]
    nodes_root: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file is judged: the flags over its configuration. ``source`` says which catalogue counts."""

    source: CatalogSource
    selection: Selection
    assume_files: bool
    button: Button = Button.EXPORT
    refusal: str = ""
    """Why the catalogue that the configuration names may not be used."""
    nodes_refusal: str = ""
    """Why the folders of packs that it names may not be used."""
    flagged: Selection | None = None
    """What the flags alone would show, if the configuration changes that."""
    limits: Limits = DEFAULTS
    fixes: FixMode = FixMode.MARK
    baseline: str = ""
    """The file of known findings, "" if there is none."""
    baseline_refusal: str = ""
    """Why the one that the configuration names may not be used."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one file: the findings, and the server's verdict as a line of JSON; the reason why it
    could not be read; or nothing, for a file that was only found and holds no workflow. ``hidden`` counts the
    errors and warnings that only the configuration keeps from being shown. With ``--fix`` the findings are
    those of the repaired file."""

    path: str
    report: FileReport | None = None
    verdict: str = ""
    problem: ComfycError | None = None
    hidden: int = 0
    repaired: Repaired = NOT_REPAIRED


def settings_of(
    files: Sequence[FoundFile], configurations: Configurations, flags: Flags
) -> dict[str, Settings]:
    """The settings for each file by its path. ``ComfycError`` if flags or a configuration are wrong."""
    selection(flags.select, flags.ignore)  # so that what is wrong here is not said to be the configuration's
    made: dict[int, Settings] = {}
    found: dict[str, Settings] = {}
    for file in files:
        configuration = configurations.of(file.path, file.root)
        if id(configuration) not in made:
            made[id(configuration)] = _settings(configuration, flags)
        found[file.path] = made[id(configuration)]
    return found


def _settings(configuration: Configuration, flags: Flags) -> Settings:
    root = str(configuration.root) if configuration.root is not None else None
    try:
        chosen = selection(
            flags.select or configuration.select,
            (*configuration.ignore, *flags.ignore),
            configuration.per_file_ignores,
            strict=flags.strict or configuration.strict,
            root=root,
        )
    except ComfycError as error:
        raise ComfycError(f"{error} (in the configuration in '{root}')", error.hint) from error
    return Settings(
        CatalogSource(
            flags.object_info or configuration.object_info,
            flags.custom_nodes or configuration.custom_nodes,
            "" if flags.custom_nodes else configuration.nodes_root,
        ),
        chosen,
        flags.assume_files or configuration.assume_files,
        flags.button,
        "" if flags.object_info else configuration.refusal,
        "" if flags.custom_nodes else configuration.nodes_refusal,
        selection(flags.select, flags.ignore) if _hides(configuration) else None,
        flags.limits,
        flags.fixes,
        flags.baseline or configuration.baseline,
        "" if flags.baseline else configuration.baseline_refusal,
    )


def _hides(configuration: Configuration) -> bool:
    return bool(configuration.select or configuration.ignore or configuration.per_file_ignores)


def _hidden(name: str, found: Sequence[Diagnostic], settings: Settings) -> int:
    """How many errors and warnings the configuration hides."""
    if settings.flagged is None:
        return 0
    counts = [
        sum(each.count for each, severity in one.apply(name, found) if severity is not Severity.INFO)
        for one in (settings.flagged, settings.selection)
    ]
    return max(0, counts[0] - counts[1])


# --- work for a process --------------------------------------------------------------------------

_shared: tuple[Mapping[str, Settings], Mapping[CatalogSource, Catalog], Ask | None] | None = None


def share(
    settings: Mapping[str, Settings], catalogs: Mapping[CatalogSource, Catalog], ask: Ask | None
) -> None:
    """Give this process what all of its files need: settings by path, catalogues by the source in them."""
    global _shared
    _shared = (settings, catalogs, ask)


def judge(file: FoundFile) -> Judged:
    """Judge a file by what is shared. Never raises for a file."""
    assert _shared is not None
    settings, catalogs, ask = _shared
    own = settings[file.path]
    try:
        return judge_file(file, own, catalogs[own.source], ask)
    except ComfycError as problem:
        return Judged(file.path, problem=problem)


def judge_file(file: FoundFile, settings: Settings, catalog: Catalog, ask: Ask | None = None) -> Judged:
    """Read and judge one file, and repair it if the settings say so. ``ComfycError`` if it cannot be read, or
    the server not be asked.

    The repaired file is not written: its bytes are in ``repaired``.
    """
    limits = settings.limits
    source = read_source(file.path, limits)
    found = Collector(limits)
    document = load(source, found, limits)
    if not file.named and is_another(source, document, found):
        return Judged(source.name)
    judging = _Judging(settings, catalog, ask)
    examined = judging.judged(source, document, found)
    repaired = NOT_REPAIRED
    if settings.fixes is not FixMode.MARK:
        examined, repaired = repair(examined, judging.examined, catalog)
    elif not examined.is_carried and any(one.code in REPAIRS for one in examined.chosen):
        examined = _marked(examined, judging.examined, catalog)
    carried = examined.document.carried if examined.document is not None else None
    report = located(of_carried(source.name, examined.found, carried), settings.selection)
    return Judged(
        file.path,
        report,
        _verdict_line(source.name, examined.validation),
        hidden=_hidden(source.name, examined.found, settings),
        repaired=repaired,
    )


@dataclass(frozen=True, slots=True)
class _Judging:
    """How the bytes of a file are judged, before it is repaired and afterwards: at the same time of day."""

    settings: Settings
    catalog: Catalog
    ask: Ask | None
    now: datetime = field(default_factory=datetime.now)

    def examined(self, source: Source) -> Examined:
        found = Collector(self.settings.limits)
        return self.judged(source, load(source, found, self.settings.limits), found)

    def judged(self, source: Source, document: Document | None, found: Collector) -> Examined:
        validation = None
        if document is not None:
            validation = validate_parsed(
                document.value,
                self.catalog,
                Options(button=self.settings.button, limits=self.settings.limits, now=self.now),
                assume_files=self.settings.assume_files,
                text=document.carried.text,
                ask=self.ask,
                beside=document.beside,
            )
            found.extend(validation.diagnostics)
        everything = tuple(found)
        chosen = tuple(one for one, _ in self.settings.selection.apply(source.name, everything))
        return Examined(source, document, everything, chosen, validation)


def _marked(examined: Examined, examine: Callable[[Source], Examined], catalog: Catalog) -> Examined:
    """The same with the fixes of its findings."""
    assert examined.document is not None
    found = marked(examined.found, plan_of(examined, examine, catalog), examined.document.carried.text)
    return replace(examined, found=found)


def _verdict_line(name: str, validation: Validation | None) -> str:
    """The server's answer as a line of JSON; a file that holds nothing to send has none."""
    answer = dict(validation.verdict) if validation is not None else _NO_ANSWER
    return json_escaped(json.dumps({"file": name, **answer})) + "\n"
