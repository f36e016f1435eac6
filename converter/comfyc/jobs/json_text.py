"""Job files in JSON."""

from __future__ import annotations

from comfyc.collector import Collector
from comfyc.jobs.texts import ParsedText, nearest, pointers_below
from comfyc.sources.positions import duplicate_keys, locate
from comfyc.sources.text import UNPARSED, parse_json


def parse_job_json(text: str, found: Collector) -> ParsedText | None:
    """The value of a text in JSON; None, with the reason reported, if it is none."""
    value = parse_json(text, found, "the job file")
    if value is UNPARSED:
        return None
    repeated = tuple(duplicate_keys(text))
    pointers = (*pointers_below(value), *repeated)
    return ParsedText(value, nearest(lambda: locate(text, pointers)), repeated)
