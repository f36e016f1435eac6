"""What a ledger keeps of the options of ``run``, so that ``resume`` and ``retry`` go on in the same way."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comfyc.cli.flags.studies import Expected, RowsAsked
from comfyc.cli.work.prepare_files import Errand, File
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.interface.assigning import Assignment
from comfyc.interface.requests import AppRequest, Asked, Request, Requests
from comfyc.interface.tracing import Target
from comfyc.options import Button
from comfyc.running import Saving
from comfyc.safety.limits import Limits
from comfyc.safety.web_files import FetchRules
from comfyc.sources import Carried, Document, load, read_source
from comfyc.studies.records import StudyHead

_PLAIN = ("count", "every_output", "embed", "force", "front", "random_seed")
"""Members of an errand that are numbers, or true or false."""


def options_to_json(
    errand: Errand,
    seeds: Sequence[Mapping[Target, int]],
    assignments: Sequence[Assignment],
    *,
    strict: bool,
    allow_partial: bool,
) -> dict[str, Any]:
    """The options as JSON. ``seeds`` are those that the runs of a row change. Random seeds among the requests
    are stored as they were drawn for ``assignments``."""
    drawn = {id(one.request): str(one.value) for one in assignments if one.is_random}
    expected = errand.expected
    return {
        **{name: getattr(errand, name) for name in _PLAIN},
        "only": list(errand.only),
        "button": errand.button.value,
        "texts": errand.saving.texts,
        "downloads": dataclasses.asdict(errand.downloads) if errand.downloads is not None else None,
        "limits": errand.limits._asdict(),
        "name": errand.rows.name,
        "strict": strict,
        "allow_partial": allow_partial,
        "assertions": list(expected.assertions),
        "golden": str(expected.golden.absolute()) if expected.golden is not None else None,
        "golden_distance": expected.golden_distance,
        "update_golden": expected.update_golden,
        "requests": [_request_to_json(one, drawn.get(id(one))) for one in errand.requests.asked],
        "several": errand.requests.several,
        "unlink": errand.requests.unlink,
        "seeds": [[[node, name, value] for (node, name), value in turn.items()] for turn in seeds],
    }


def errand_of(options: Mapping[str, Any], folder: Path, given: Errand) -> Errand:
    """The errand that is stored; what a command that goes on with a study may choose anew is ``given``."""
    asked = tuple(_request(one) for one in options["requests"])
    golden, downloads = options["golden"], options["downloads"]
    fetching = FetchRules(**downloads) if downloads is not None else None
    return replace(
        given,
        saving=Saving(folder, overwrite=True, texts=options["texts"]),
        requests=Requests(asked, options["several"], options["unlink"], fetching),
        only=tuple(options["only"]),
        button=Button(options["button"]),
        limits=Limits(**options["limits"]),
        downloads=fetching,
        rows=RowsAsked(name=options["name"]),
        expected=Expected(
            tuple(options["assertions"]),
            Path(golden) if golden is not None else None,
            options["golden_distance"],
            options["update_golden"],
        ),
        **{name: options[name] for name in _PLAIN},
    )


def seeds_of(options: Mapping[str, Any]) -> list[dict[Target, int]]:
    """The seeds that the runs of a row change."""
    return [{(node, name): value for node, name, value in turn} for turn in options["seeds"]]


def _request_to_json(one: Asked, drawn: str | None) -> list[Any]:
    assert isinstance(one, Request | AppRequest)
    kind, name = ("set", one.path) if isinstance(one, Request) else ("in", one.name)
    value = one.value if drawn is None else drawn
    return [kind, name, value, one.origin, str(one.folder.absolute()), one.is_literal]


def _request(stored: Sequence[Any]) -> Asked:
    kind, name, value, origin, folder, is_literal = stored
    make = Request if kind == "set" else AppRequest
    return make(name, value, origin, Path(folder), is_literal)


def file_of_study(head: StudyHead, folder: Path) -> File:
    """The workflow as the ledger has it. Findings point into its file as long as that has the same text."""
    spare = head.options["spare"]
    name = head.source or str(folder)
    document = Document(head.document, Carried(json.dumps(head.document), "json", "json"), spare)
    if head.source:
        try:
            there = load(read_source(head.source), Collector())
        except ComfycError:
            there = None
        if there is not None and there.value == head.document:
            document = there
    return File(name, document, Path(name).name)
