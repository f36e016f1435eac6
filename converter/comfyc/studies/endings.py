"""What a run means for its row: done, failed, to be made again, or not known yet."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Severity
from comfyc.running import Run
from comfyc.running.records.out_folder import safe_name
from comfyc.running.records.outcome import Output
from comfyc.studies.names import OutputNamer
from comfyc.studies.records import RowEnding, StoredFinding, StoredOutput

_BLOCK = 1 << 20
_SHOWN_PROBLEM = 500
"""Characters of a problem that the ledger keeps."""


def named(run: Run, titles: Mapping[str, str], namer: OutputNamer) -> Run:
    """The run with the names under which its files are to be saved. A file that two nodes put out is one."""
    known: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def with_name(node: str, output: Output) -> Output:
        if output.kind != "file":
            return output
        if output.location not in known:
            title = titles.get(node.partition(".")[0], "")
            stem, ending = os.path.splitext(re.split(r"[/\\\\]", output.filename)[-1])
            *folders, made = namer.name(node=node, title=title, file=stem)
            known[output.location] = (*folders, safe_name(made + ending))
        return replace(output, target=known[output.location])

    outputs = {node: tuple(with_name(node, one) for one in found) for node, found in run.outputs.items()}
    return replace(run, outputs=outputs)


def is_open(run: Run) -> bool:
    """Is it not known what became of the prompt? A server may have it."""
    return run.status == "unknown"


def why_again(run: Run) -> str | None:
    """Why the row is to be made again, if the run came to nothing through no fault of its own."""
    if run.reason == "interrupted-by-us":
        return "interrupted"
    return "the server was restarted" if run.reason == "restarted" else None


def ending_of(run: Run, findings: Collector, folder: Path, titles: Mapping[str, str], code: int) -> RowEnding:
    """How a run ended whose outputs are in ``folder``; ``code`` is its exit code, 0 for one that went well.

    Reads the files to hash them.
    """
    stored = tuple(_finding(one) for one in findings if one.severity is not Severity.INFO)
    outputs = tuple(_outputs(run, folder, titles))
    if code == 0:
        return RowEnding("done", run.seconds, None, outputs, stored)
    errors = [one.message for one in findings if one.severity is Severity.ERROR]
    worst = next(iter(errors), run.reason or run.status)
    return RowEnding("failed", run.seconds, worst[:_SHOWN_PROBLEM], outputs, stored)


def _outputs(run: Run, folder: Path, titles: Mapping[str, str]) -> Iterator[StoredOutput]:
    seen: set[str] = set()
    for node, one in run.each_output():
        title = titles.get(node.partition(".")[0], "")
        if one.path is not None and one.path not in seen:
            seen.add(one.path)
            path = os.path.relpath(one.path, folder).replace(os.sep, "/")
            digest = _sha256(one.path)
            if one.kind == "text":
                yield StoredOutput(node, title, one.key, "text", path, digest, one.size, one.text)
            else:
                yield StoredOutput(node, title, one.key, "file", path, digest, one.size)
        elif one.kind == "text" and one.path is None:
            yield StoredOutput(node, title, one.key, "text", text=one.text)


def _sha256(path: str) -> str | None:
    hasher = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                hasher.update(block)
    except OSError:  # somebody has moved it already
        return None
    return hasher.hexdigest()


def _finding(one: Diagnostic) -> StoredFinding:
    return StoredFinding(one.rule.code, one.severity.value, one.location.node, one.message, one.hint)
