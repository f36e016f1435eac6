"""What is sent for each run of a file: made here for ``run``, ``run --print-prompt`` and ``plan`` alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from comfyc.cli.work.prepare_files import Errand, File
from comfyc.diagnostics import ComfycError
from comfyc.prompt import Prompt
from comfyc.running import Order
from comfyc.running.client.upload import LocalFile, local_file, with_local_files
from comfyc.running.prepare import Prepared
from comfyc.safety.web_files import WebFile


def run_label(file: File, turn: int, errand: Errand) -> str:
    """What the run is called: by its file, and by its turn if there are several."""
    return f"{file.label} #{turn + 1}" if errand.count > 1 else file.label


def order_of(file: File, turn: int, prepared: Prepared, uploaded: Mapping[str, Any], errand: Errand) -> Order:
    """What to send for one run: seeds set, the workflow alongside. ``uploaded`` is the prompt in which local
    files have their names on the server."""
    given: dict[tuple[str, str], Any] = dict(file.seeds[turn])
    for plan in prepared.files:
        given[plan.node, plan.input_name] = uploaded[plan.node]["inputs"][plan.input_name]
    prepared = prepared.turn(errand.options(turn), given)
    workflow = prepared.workflow() if errand.embed else None
    seeds = {one.key: prepared.prompt[one.node]["inputs"][one.name] for one in prepared.seeds}
    return Order(
        prepared.prompt,
        workflow,
        seeds=seeds,
        targets=prepared.outputs,
        front=errand.front,
        with_key=bool(prepared.partners),
    )


def local_files(prepared: Prepared) -> dict[Path, LocalFile]:
    """The local files that are uploaded before the first run, each read once."""
    paths = dict.fromkeys(one.path for one in prepared.files)
    return {path: local_file(path) for path in paths if isinstance(path, Path)}


def files_of_web(files: Iterable[File]) -> dict[WebFile, list[str]]:
    """The files that are fetched before they are uploaded, and the inputs that take each."""
    found: dict[WebFile, dict[str, None]] = {}
    for prepared in (one for file in files for one in file.prepared.values()):
        for plan in prepared.files:
            if isinstance(plan.path, WebFile):
                found.setdefault(plan.path, {})[f"{plan.node}.{plan.input_name}"] = None
    return {file: list(inputs) for file, inputs in found.items()}


def refuse_unfetched(files: Iterable[File]) -> None:
    """``ComfycError`` if a file would have to be fetched: nothing is before the run."""
    for file in files_of_web(files):
        raise ComfycError(
            f"the name that '{file}' gets on the server is not known before it is fetched",
            "download the file, and pass its path after @",
        )


def unsent_prompt(prepared: Prepared, read: Mapping[Path, LocalFile]) -> Prompt:
    """The prompt with the names that local files will have on the server; nothing is uploaded."""
    return with_local_files(prepared.prompt, prepared.files, read)
