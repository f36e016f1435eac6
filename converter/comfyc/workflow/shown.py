"""What notebooks show of a workflow: its picture."""

from __future__ import annotations

from importlib import import_module


class Pictured:
    """A class whose objects show themselves in a notebook as the picture of their workflow.

    The picture is made when it is looked at, by ``comfyc.drawing.notebook``, which knows each class of these.
    """

    __slots__ = ()

    def _repr_svg_(self) -> str | None:
        """The picture as SVG; None if there is no workflow or prompt."""
        return self._made("svg_of_subject")

    def _repr_html_(self) -> str | None:
        """The picture as a frame with a page in it that pans, zooms and searches; None if there is no
        workflow or prompt, or if the page would make a notebook very large."""
        return self._made("frame_of_subject")

    def _made(self, function: str) -> str | None:
        # by its name: pictures are made of conversions, and no import leads upward
        text: str | None = getattr(import_module("comfyc.drawing.notebook"), function)(self)
        return text
