"""Job files in TOML."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import cast

from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.jobs.texts import ParsedText, Position, nearest, report_size, report_syntax
from comfyc.sources.toml_positions import (
    MAX_PARTS,
    line_of_long_key,
    position_of_error,
    toml_positions,
    words_of_error,
)


def parse_toml(text: str, found: Collector) -> ParsedText | None:
    """The value of a text in TOML; None, with the reason reported, if it is none."""
    line = line_of_long_key(text)
    if line is not None:
        report_size(f"a key of more than {MAX_PARTS} parts", (line, 1), found)
        return None
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        value = toml.loads(text)
    except ValueError as error:
        report_syntax("TOML", words_of_error(error), position_of_error(text, error), found)
        return None
    except RecursionError:
        report_size("tables and lists that are nested too deeply", (1, 1), found)
        return None
    return ParsedText(value, nearest(lambda: cast(Mapping[Pointer, Position], toml_positions(text))))
