"""Tables by the endings of their names."""

from __future__ import annotations

import os

from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.studies.rows.factors import Factor

ENDINGS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".toml", ".json")

_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


def open_table(name: str, found: Collector) -> Factor:
    """The table in a file; what is wrong with it as a whole goes to ``found``. ``ComfycError`` if it cannot
    be read at all, or is of no kind that is known."""
    ending = os.path.splitext(name)[1].lower()
    if ending in (".csv", ".tsv", ".tab"):
        from comfyc.studies.rows.csv_tables import CsvTable  # noqa: PLC0415 - one of three is needed

        return CsvTable(name, found)
    if ending in (".jsonl", ".ndjson"):
        from comfyc.studies.rows.jsonl_tables import JsonlTable  # noqa: PLC0415

        return JsonlTable(name, found)
    if ending in (".toml", ".json"):
        from comfyc.studies.rows.listed_tables import ListedTable  # noqa: PLC0415

        return ListedTable(name, found)
    hint = f"its name has to end with {', '.join(ENDINGS)}"
    if ending in _SPREADSHEETS:
        hint = "save it as CSV (UTF-8)"
    raise ComfycError(f"'{name}' is no table that can be read", hint)
