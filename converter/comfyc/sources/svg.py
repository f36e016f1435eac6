"""SVG: the JSON in ``<metadata><![CDATA[...]]></metadata>`` (frontend ``scripts/metadata/svg.ts``)."""

from __future__ import annotations

import re

from comfyc.sources.blob import DamagedError, Metered, take
from comfyc.sources.fields import Fields, text_of, unbundle

_OPEN = re.compile(r"<metadata(?:\s[^<>]{0,1000})?>\s*<!\[CDATA\[", re.IGNORECASE)
_CLOSE = re.compile(r"\]\]>\s*</metadata>", re.IGNORECASE)


def fields(data: Metered) -> Fields:
    """``workflow`` and ``prompt`` of the first metadata element that holds JSON in CDATA.

    As in the editor, the element ends at the first ``]]>`` that ``</metadata>`` follows: ComfyUI does
    not escape a ``]]>`` inside the JSON.
    """
    svg = text_of(take(data, 0, len(data)), data.budget)
    opening = _OPEN.search(svg)
    if not opening:
        return
    closing = _CLOSE.search(svg, opening.end())
    if not closing:
        raise DamagedError("the metadata of the image is not closed")
    yield from unbundle(svg[opening.end() : closing.start()].strip(), data.budget)
