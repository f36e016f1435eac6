"""Every golden of the real frontend: our text is the text that Export (API) gave, byte for byte."""

from __future__ import annotations

import datetime
import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from converter.api import Conversion, DynamicPrompts, Options, UnknownTypes, convert
from converter.catalog import Catalog
from converter.diagnostics import Diagnostics
from converter.sources import Source, load
from tests.discovery import CLOCK, FIXTURES, Case, cases
from tests.masking import mask_captures

AS_RECORDED = Options(
    js_numbers=True,
    unknown=UnknownTypes.BROWSER,
    dynamic_prompts=DynamicPrompts.FIRST,
    now=datetime.datetime.fromisoformat(CLOCK.removesuffix("Z")),
    browser_exact=True,
)
"""The options under which the browser was recorded."""

TEMPLATES = json.loads((FIXTURES / "templates" / "sha256.json").read_text(encoding="utf-8"))["templates"]


@cache
def catalog(path: Path | None) -> Catalog:
    return Catalog.load(path)


def converted(case: Case) -> Conversion:
    source = Source(case.name, case.workflow.encode("utf-8", "surrogatepass"))
    document = load(source, Diagnostics())
    assert document is not None
    return convert(document.value, catalog(case.catalog), AS_RECORDED)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.prompt and not case.reason], ids=lambda c: c.name
)
def test_the_text_is_the_browsers(case: Case) -> None:
    assert mask_captures(converted(case).text) == mask_captures(case.prompt or "")


@pytest.mark.parametrize("case", [case for case in cases() if case.error], ids=lambda c: c.name)
def test_where_the_browser_gives_up_we_say_so(case: Case) -> None:
    conversion = converted(case)
    assert conversion.prompt or conversion.diagnostics.has_errors
    assert case.reason or len(conversion.diagnostics)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.prompt and case.reason], ids=lambda c: c.name
)
def test_an_exception_is_still_one(case: Case) -> None:
    """A case listed as impossible that has become equal must lose its notes.json."""
    assert mask_captures(converted(case).text) != mask_captures(case.prompt or "")


@pytest.mark.parametrize("key", [key for key, entry in TEMPLATES.items() if "sha256" in entry])
def test_official_template(key: str) -> None:
    source = files("comfyui_workflow_templates_json") / "templates" / f"{key}.json"
    conversion = convert(json.loads(source.read_text(encoding="utf-8")), catalog(None), AS_RECORDED)
    text = mask_captures(conversion.text).encode("utf-8")
    assert hashlib.sha256(text).hexdigest() == TEMPLATES[key]["sha256"]
