"""A picture as PNG, drawn by the library resvg (the extra ``comfyc[png]``)."""

from __future__ import annotations

import math

from comfyc.diagnostics import ComfycError
from comfyc.drawing.model import WorkflowPicture
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import svg_of

_MOST_PIXELS = 60e6
"""Of a picture: a quarter of a gigabyte while it is drawn."""


def png_of(picture: WorkflowPicture, title: str, theme: Theme = Theme.DARK) -> bytes:
    """The picture as the bytes of a PNG file, a pixel for each of the editor's, fewer for a huge workflow.

    PNG knows no reader's preference: ``Theme.AUTO`` is dark. ``ComfycError`` if the library is not there or
    cannot draw.
    """
    try:
        import resvg_py  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ComfycError(
            "PNG needs the library resvg-py", "pip install 'comfyc[png]', or write SVG"
        ) from error
    width, height = picture.size
    scale = min(1.0, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
    text = svg_of(picture, title, Theme.DARK if theme is Theme.AUTO else theme)
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=scale, sans_serif_family="DejaVu Sans"))
    except ValueError as error:
        raise ComfycError(f"the picture cannot be drawn as PNG: {error}", "write SVG") from error
