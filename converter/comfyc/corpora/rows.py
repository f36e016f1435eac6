"""The rows of a corpus: what is asked of a file, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from time import perf_counter
from typing import Any, Literal

from comfyc.collector import Collector
from comfyc.corpora.addresses import CorpusFile, open_file
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.needs import Needs, Stock, needs_parsed
from comfyc.needs.gathering import needs_converted
from comfyc.options import DynamicPrompts, Options
from comfyc.prompt.identity import node_types, prompt_hash
from comfyc.sources import Document, load
from comfyc.validation import Validation, validate_parsed
from comfyc.validation.outcome import node_count, outcome_of
from comfyc.version import version

Row = dict[str, Any]
State = Literal["ok", "errors", "no workflow", "unreadable", "killed"]
"""What became of a file: it has no error, or some; it holds no workflow or prompt; it could not be read; or
the process that looked at it died, each time."""

COLUMNS: Mapping[str, str] = {
    "address": "text",
    "state": "text",
    "verdict": "text",
    "reason": "text",
    "codes": "texts",
    "errors": "number",
    "warnings": "number",
    "packs": "texts",
    "models": "texts",
    "missing": "texts",
    "node_types": "texts",
    "nodes": "number",
    "prompt_hash": "text",
    "container": "text",
    "size": "number",
    "etag": "text",
    "modified": "time",
    "comfyc": "text",
    "seconds": "seconds",
}
"""The columns of the table, and what their values are: "time" is in seconds since the epoch."""
PROMPT = "prompt"
"""The column that ``convert`` adds: the text of the prompt."""

_MOMENT = datetime(2000, 1, 1)
"""What ``%date%`` shows, so that the hash of a prompt does not depend on when it is made."""
_NO_WORKFLOW = frozenset({"W003", "W014", "W015"})
"""Why a file has no document: it is whole, and something else."""


def options_of(options: Options) -> Options:
    """The options for rows that are the same whenever and wherever they are made: unless somebody has chosen
    otherwise, ``%date%`` shows one moment, and dynamic prompts stay as they are typed."""
    is_drawn = options.dynamic_prompts is DynamicPrompts.RANDOM and options.random_seed is None
    prompts = DynamicPrompts.KEEP if is_drawn else options.dynamic_prompts
    return replace(options, dynamic_prompts=prompts, now=options.now or _MOMENT)


_OPTIONS = options_of(Options(dynamic_prompts=DynamicPrompts.KEEP))


@dataclass(frozen=True, slots=True)
class Examiner:
    """What is asked of each file. It can be pickled, and is called in the processes of an engine.

    ``stock`` has the catalogue to judge by, None for the bundled ones. ``options`` are those of the
    conversion; ``keeps_prompt`` adds the column :data:`PROMPT`. ``strict`` counts warnings as errors.
    """

    stock: Stock = field(default_factory=Stock)
    options: Options = _OPTIONS
    assume_files: bool = False
    strict: bool = False
    keeps_prompt: bool = False

    def __call__(self, found: CorpusFile) -> Row:
        """The row of a file. Never raises for a file, nor for what goes wrong with it."""
        begun = perf_counter()
        row = self.blank(found)
        try:
            self._look(found, row)
        except ComfycError as error:
            row["state"], row["reason"] = "unreadable", str(error)
        except Exception as error:  # a fault of ours must not cost the rows of a million other files
            row["state"], row["reason"] = "unreadable", f"comfyc failed: {type(error).__name__}: {error}"
        row["seconds"] = round(perf_counter() - begun, 6)
        return {name: _clean(value) for name, value in row.items()}

    def blank(self, found: CorpusFile) -> Row:
        """The row of a file that nothing is known of but its listing."""
        empty: dict[str, Any] = {"text": "", "texts": [], "number": 0, "seconds": 0.0}
        row: Row = {name: empty.get(kind) for name, kind in COLUMNS.items()}
        row.update(found._asdict(), comfyc=_version())
        return {**row, PROMPT: ""} if self.keeps_prompt else row

    def lost(self, found: CorpusFile) -> Row:
        """The row of a file that each process died of which looked at it."""
        reason = "the process that looked at it was killed each time: it may need more memory"
        return self.blank(found) | {"state": "killed", "reason": reason}

    def _look(self, found: CorpusFile, row: Row) -> None:
        collector = Collector(self.options.limits)
        source, found = open_file(found, self.options.limits)
        row.update(found._asdict())
        document = load(source, collector, self.options.limits)
        validation, needs = self._judge(document)
        if validation is not None:
            collector.extend(validation.diagnostics)
        findings = tuple(collector)
        self._count(findings, row)
        outcome = outcome_of(validation)
        if outcome == "unreadable" or document is None or validation is None:
            codes = {one.rule.code for one in findings if one.severity is Severity.ERROR}
            row["state"] = "no workflow" if document is not None or codes <= _NO_WORKFLOW else "unreadable"
            return
        prompt = validation.conversion.prompt
        row["state"] = "errors" if row["errors"] else "ok"
        row["verdict"] = outcome
        row["container"] = document.carried.container
        row["nodes"] = node_count(validation)
        row["node_types"] = list(node_types(prompt))
        row["prompt_hash"] = prompt_hash(prompt)
        row["packs"] = [one.pack.name for one in needs.packs]
        models = {f"{one.folder}/{one.name}" if one.folder else one.name for one in needs.models if one.users}
        row["models"] = sorted(models)
        row["missing"] = list(needs.missing())
        if self.keeps_prompt:
            row[PROMPT] = validation.conversion.text

    def _judge(self, document: Document | None) -> tuple[Validation | None, Needs]:
        if document is None:
            return None, Needs([])
        catalog = self.stock.catalog if self.stock.catalog is not None else self.stock.readable
        text, beside = document.carried.text, document.beside
        validation = validate_parsed(
            document.value,
            catalog,
            self.options,
            assume_files=self.assume_files,
            text=text,
            beside=beside,
        )
        if self.stock.catalog is None:
            return validation, needs_converted(document.value, validation.conversion, self.stock)
        # What a server lacks, the bundled catalogues lend for this: another conversion
        return validation, needs_parsed(document.value, self.stock, self.options, beside=beside)

    def _count(self, findings: tuple[Diagnostic, ...], row: Row) -> None:
        bad = (Severity.ERROR, Severity.WARNING) if self.strict else (Severity.ERROR,)
        row["codes"] = sorted({one.rule.code for one in findings})
        errors = [one for one in findings if one.severity in bad]
        row["errors"] = len(errors)
        row["warnings"] = 0 if self.strict else sum(one.severity is Severity.WARNING for one in findings)
        if errors:
            row["reason"] = f"{errors[0].rule.code} {errors[0].message}"


@cache
def _version() -> str:
    return version()


def _clean(value: Any) -> Any:
    """A value that every table can hold: what UTF-8 cannot is spelt as in JSON."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    return [_clean(one) for one in value] if isinstance(value, list) else value
