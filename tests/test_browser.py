"""The goldens again from the real frontend: `pytest -m browser`, where the group `oracle` is installed.

A sample of every topic, so that it takes two minutes; scripts/record_exports.py records all. Skipped without
playwright, Chromium, or a frontend that scripts/record_exports.py has downloaded (COMFYC_FRONTEND: another
static/ folder).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from comfyc.catalog import Catalog
from tests.discovery import Case, cases
from tests.repairs import CHANGES_PROMPT, Examiner, bytes_of

pytestmark = pytest.mark.browser
PER_TOPIC = 2
UNREAD = frozenset({"G101", "W035", "W036"})
"""The rules about links that comfyc reads, and the editor only once they are repaired."""


def sample(found: Iterable[Case]) -> list[Case]:
    """The smallest cases of each topic that are to be met exactly."""
    exact = sorted((case for case in found if case.reason is None), key=lambda case: case.topic)
    chosen: list[Case] = []
    for _, group in groupby(exact, key=lambda case: case.topic):
        chosen += sorted(group, key=lambda case: len(case.workflow))[:PER_TOPIC]
    return chosen


@pytest.fixture(scope="module")
def static() -> Path:
    """The compiled frontend, which is never downloaded by a test."""
    pytest.importorskip("playwright.async_api", reason="needs the dependency group 'oracle'")
    from scripts.browser_export import FRONTEND, chromium  # noqa: PLC0415
    from scripts.record_exports import CACHE  # noqa: PLC0415

    folder = Path(
        os.environ.get("COMFYC_FRONTEND") or CACHE / FRONTEND / "comfyui_frontend_package" / "static"
    )
    if not folder.is_dir():
        pytest.skip(f"no frontend in {folder}: run scripts/record_exports.py once")
    if chromium() is None:
        pytest.skip("no chromium")
    return folder


def repaired(found: Iterable[Case]) -> list[Case]:
    """The smallest recorded case for each set of rules with a repair, as it is when it is repaired; what the
    editor exported of it before stays its prompt."""
    chosen: dict[frozenset[str], Case] = {}
    exact = [case for case in found if case.reason is None and case.prompt is not None and not case.catalog]
    for case in sorted(exact, key=lambda case: len(case.workflow)):
        fixed = Examiner(Catalog.load()).fixed(case.workflow.encode())
        codes = frozenset(one.code for one in fixed.repaired)
        if codes and not codes & (CHANGES_PROMPT | UNREAD):
            text = bytes_of(fixed).decode()
            chosen.setdefault(codes, replace(case, workflow=text))
    return list(chosen.values())


def recorded_again(chosen: list[Case], static: Path) -> dict[str, tuple[str | None, str | None]]:
    """(text, error) of each case by its name; cases of one catalogue share a browser."""
    from scripts.browser_export import chromium, exports  # noqa: PLC0415
    from scripts.record_exports import read_object_info  # noqa: PLC0415

    found: dict[str, tuple[str | None, str | None]] = {}

    async def run(object_info: bytes, group: list[Case]) -> None:
        workflows = [(case.name, case.workflow) for case in group]
        async for name, export in exports(workflows, object_info, static, executable=chromium()):
            found[name] = (export.text, export.error)

    by_catalog = sorted(chosen, key=lambda case: str(case.catalog))
    for catalog, group in groupby(by_catalog, key=lambda case: case.catalog):
        asyncio.run(run(read_object_info(str(catalog) if catalog else None), list(group)))
    return found


def test_the_frontend_still_says_so(static: Path) -> None:
    chosen = sample(cases())
    answers = recorded_again(chosen, static)
    for case in chosen:
        text, error = answers[case.name]
        if case.prompt is None:
            assert text is None, case.name
            assert error == (case.error or "").removesuffix("\n"), case.name
        else:
            assert text is not None, f"{case.name}: {error}"
            assert text == case.prompt, case.name


def test_a_repaired_workflow_is_the_same_to_the_editor(static: Path) -> None:
    chosen = repaired(cases())
    answers = recorded_again(chosen, static)
    for case in chosen:
        text, error = answers[case.name]
        assert (text, error) == (case.prompt, None), case.name
