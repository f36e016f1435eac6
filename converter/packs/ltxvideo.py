"""ComfyUI-LTXVideo: its track editor, which samples curves in the browser (``web/js``)."""

from __future__ import annotations

from converter import codes
from converter.packs import Behaviour, Saved

FOLDER = "ComfyUI-LTXVideo"


def tell_tracks(saved: Saved) -> None:
    """The coordinates of the tracks are sampled anew whenever a file is opened."""
    for widget in saved.widgets:
        if widget.name == "coordinates":
            saved.report(
                codes.NEEDS_BROWSER,
                "'coordinates' are sampled from the tracks in the browser; comfyc keeps the saved ones",
                widget,
                "open the workflow in the editor and save it, if the tracks were changed outside of it",
            )


BEHAVIOURS = {"LTXVSparseTrackEditor": Behaviour(settle=tell_tracks)}
