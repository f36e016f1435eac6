"""The pictures that conversions and workflows show of themselves in a notebook."""

from __future__ import annotations

import html

from comfyc.api import Conversion, convert, convert_parsed
from comfyc.drawing import picture_of
from comfyc.drawing.html import html_of
from comfyc.drawing.model import WorkflowPicture
from comfyc.drawing.svg import svg_of
from comfyc.rebuilt import Rebuilt
from comfyc.sources.file import WorkflowFile
from comfyc.workflow import Workflow

_TITLE = "workflow"
_LARGEST = 4_000_000
"""Characters of a page that is put into a notebook, which keeps it in its file."""


def svg_of_subject(subject: object) -> str | None:
    """The SVG of what shows itself (``comfyc.workflow.shown``), None if there is nothing to draw."""
    picture = _picture(subject)
    return None if picture is None else svg_of(picture, _TITLE)


def frame_of_subject(subject: object) -> str | None:
    """The page of the same in a frame that the browser keeps apart from the notebook: its script and styles
    reach nothing outside, and those of the notebook nothing inside."""
    picture = _picture(subject)
    page = None if picture is None else html_of(picture, _TITLE)
    if page is None or len(page) > _LARGEST:
        return None
    return (
        '<iframe sandbox="allow-scripts" style="width:100%;height:600px;border:0" title="workflow"'
        f' srcdoc="{html.escape(page)}"></iframe>'
    )


def _picture(subject: object) -> WorkflowPicture | None:
    if isinstance(subject, Workflow):
        return picture_of(convert_parsed(subject.document))
    if isinstance(subject, Rebuilt):
        return picture_of(convert_parsed(subject.workflow)) if subject.workflow else None
    if isinstance(subject, WorkflowFile):
        return picture_of(convert(subject))
    return picture_of(subject) if isinstance(subject, Conversion) else None
