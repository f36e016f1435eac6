"""The picture that a conversion shows of itself in a notebook."""

from __future__ import annotations

from comfyc.api import Conversion
from comfyc.drawing import picture_of
from comfyc.drawing.svg import svg_of


def svg_of_conversion(conversion: Conversion) -> str | None:
    """The SVG of a conversion, None if nothing was converted."""
    picture = picture_of(conversion)
    return None if picture is None else svg_of(picture, "workflow")
