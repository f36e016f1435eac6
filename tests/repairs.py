"""Files repaired in this process, as ``comfyc validate --fix`` repairs them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.fixing import Examined, Fixed, fix_source
from comfyc.javascript.stringify import json_text
from comfyc.options import Options
from comfyc.sources import Source, load
from comfyc.validation import validate_parsed

CHANGES_PROMPT = frozenset({"N203", "N204", "N237", "N238", "P344", "P347"})
"""The rules whose repair may change the prompt, into the one that the finding speaks of."""

OPTIONS = Options(now=datetime.datetime(2026, 1, 2, 3, 4, 5))


@dataclass(frozen=True, slots=True)
class Examiner:
    """Judges sources against one catalogue, and takes all findings, or those under one rule."""

    catalog: Catalog
    code: str = ""

    def __call__(self, source: Source) -> Examined:
        found = Collector()
        document = load(source, found)
        validation = None
        if document is not None:
            text, beside = document.carried.text, document.beside
            validation = validate_parsed(document.value, self.catalog, OPTIONS, text=text, beside=beside)
            found.extend(validation.diagnostics)
        chosen = tuple(one for one in found if self.code in ("", one.code))
        return Examined(source, document, tuple(found), chosen, validation)

    def fixed(self, data: bytes) -> Fixed:
        return fix_source(self(Source("flow.json", data)), self, self.catalog)

    def prompt(self, document: Any) -> str:
        """The text of the prompt that a document converts to."""
        return json_text(convert_parsed(document, self.catalog, OPTIONS).prompt)


def bytes_of(fixed: Fixed) -> bytes:
    data = fixed.examined.source.data
    return data[0 : len(data)]
