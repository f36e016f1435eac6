"""Finds the prompts under fixtures/ whose verdict a real server has given.

fixtures/faults/<P30x..P35x>/<case>/ `ok-...`: the rule must stay silent; else: it must speak
fixtures/verdicts/<case>/            corners of the server's rules
    prompt.json                      or chain.json: a long chain, see `_chain`
    request.json                     optional: other members of the request's body
    options.json                     optional: {"catalog": "core"}: judged against the bundled catalogue;
                                     {"assume_files": true}; {"disk": true}: the server's answer depends
                                     on its disk, so that the verdict here may differ from it
    verdict.json                     the server's answer (scripts/record_verdicts.py)
fixtures/verdicts/object_info.json   the classes that occur, as the same server described them
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.discovery import FIXTURES

CATALOG = FIXTURES / "verdicts" / "object_info.json"
REPLACEMENTS = FIXTURES / "verdicts" / "node_replacements.json"


@dataclass(frozen=True, slots=True)
class VerdictCase:
    """One prompt. ``code`` is the rule it is about, if one; ``silent`` whether that must not be found."""

    folder: Path
    prompt: Any
    request: dict[str, Any] | None
    options: dict[str, Any]
    verdict: dict[str, Any] | None

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def code(self) -> str | None:
        parent = self.folder.parent.name
        return parent if parent != "verdicts" else None

    @property
    def silent(self) -> bool:
        return self.folder.name.startswith("ok-") or self.folder.name == "ok"

    def class_types(self) -> set[str]:
        """The classes that occur in the prompt."""
        nodes = self.prompt.values() if isinstance(self.prompt, dict) else ()
        found = [node.get("class_type") for node in nodes if isinstance(node, dict)]
        return {name for name in found if isinstance(name, str)}


def _chain(spec: dict[str, Any]) -> dict[str, Any]:
    """An EmptyImage, ``length`` nodes of ``class_type`` in a row, linked by ``input``, and a SaveImage."""
    image = {"width": 64, "height": 64, "batch_size": 1, "color": 0}
    prompt: dict[str, Any] = {"0": {"class_type": "EmptyImage", "inputs": image}}
    for number in range(spec["length"]):
        inputs = {spec["input"]: [str(number), 0], **spec["inputs"]}
        prompt[str(number + 1)] = {"class_type": spec["class_type"], "inputs": inputs}
    inputs = {"images": [str(spec["length"]), 0], "filename_prefix": "x"}
    prompt["out"] = {"class_type": "SaveImage", "inputs": inputs}
    return prompt


def _read(file: Path) -> Any:
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def verdict_cases() -> list[VerdictCase]:
    """All of them, in the order of their names."""
    files = [*FIXTURES.glob("faults/P3[0-5]*/*/*.json"), *FIXTURES.glob("verdicts/*/*.json")]
    cases = []
    for folder in sorted({file.parent for file in files}):
        chain = _read(folder / "chain.json")
        prompt = _chain(chain) if chain is not None else _read(folder / "prompt.json")
        options = _read(folder / "options.json") or {}
        cases.append(
            VerdictCase(
                folder, prompt, _read(folder / "request.json"), options, _read(folder / "verdict.json")
            )
        )
    return cases
