"""Many files at once: a table with a row for each, of what is asked of it.

    list_files(addresses)   -> CorpusFile, ...    which files there are            addresses.py
    Examiner()(found)       -> row           what one file has to say         rows.py
    open_table(path)        -> TableWriter   .parquet, .jsonl or .csv         tables.py

What lies between, the processes or machines that look at the files, is an engine (:mod:`comfyc.engines`).
:func:`examine` is public.
"""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.corpora.addresses import CorpusFile
from comfyc.corpora.rows import Examiner
from comfyc.needs import Stock

__all__ = ["examine"]


def examine(
    address: str, catalog: Catalog | None = None, *, assume_files: bool = False, strict: bool = False
) -> dict[str, Any]:
    """The row of one file, as ``comfyc validate ADDRESS -o findings.parquet`` writes it.

    ``address`` is a path, or an address of fsspec, of which only what is needed is read. ``catalog`` is that
    of a server or a saved object_info; None for the bundled ones. ``strict`` counts warnings as errors.

    The row is a dict of the columns that docs/corpora.md lists. Never raises: a file that cannot be read has
    the state "unreadable", and a reason.
    """
    return Examiner(Stock(catalog), assume_files=assume_files, strict=strict)(CorpusFile(address))
