"""Job files in JSON."""

from __future__ import annotations

from comfyc import codes
from comfyc.collector import Collector
from comfyc.jobs.texts import ParsedText, nearest, pointers_below
from comfyc.sources.positions import duplicate_keys, locate
from comfyc.sources.text import UNPARSED, parse_json


def parse_job_json(text: str, found: Collector) -> ParsedText | None:
    """The value of a text in JSON; None, with the reason reported, if it is none."""
    attempt = Collector()
    value = parse_json(text, attempt, "the job file")
    for one in attempt:
        if one.rule is codes.NON_FINITE_NUMBER:
            message = "the job file has a number that is not finite, which is no value of JSON"
            found.report(codes.JOB_WRONG_VALUE, message, line=one.line, column=one.column)
        else:
            found.extend([one])
    if value is UNPARSED:
        return None
    repeated = tuple(duplicate_keys(text))
    pointers = (*pointers_below(value), *repeated)
    return ParsedText(value, nearest(lambda: locate(text, pointers)), repeated)
