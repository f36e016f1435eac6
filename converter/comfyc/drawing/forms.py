"""The forms that a picture can be written in, by name, and the endings of files that ask for them."""

from __future__ import annotations

from collections.abc import Callable

from comfyc.drawing.dot import dot_of
from comfyc.drawing.html import html_of
from comfyc.drawing.mermaid import mermaid_of
from comfyc.drawing.model import WorkflowPicture
from comfyc.drawing.palette import Theme
from comfyc.drawing.png import png_of
from comfyc.drawing.svg import svg_of
from comfyc.drawing.tree import tree_of

FORMS: dict[str, Callable[[WorkflowPicture, str, Theme], str | bytes]] = {
    "svg": svg_of,
    "html": html_of,
    "png": png_of,
    "mermaid": lambda picture, title, theme: mermaid_of(picture),
    "dot": lambda picture, title, theme: dot_of(picture),
    "ascii": lambda picture, title, theme: tree_of(picture),
}
"""By name: a function of the picture, its title and the theme."""

ENDINGS = {
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".png": "png",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".txt": "ascii",
}
