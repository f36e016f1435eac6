"""cg-image-picker: files from before Preview Chooser had a widget ``count`` (``js/image_chooser.js``)."""

from __future__ import annotations

import re

from comfyc.javascript.values import text
from comfyc.packs.behaviour import Behaviour, Saved

FOLDER = "cg-image-picker"


def settle_count(saved: Saved) -> None:
    """Set a count that is not a number, or zero, to 1."""
    for widget in saved.widgets:
        if widget.name == "count":
            digits = re.match(r"\s*[+-]?(\d+)", "" if widget.value is None else text(widget.value))
            if digits is None or not digits.group(1).strip("0"):
                widget.value = 1


BEHAVIOURS = {"Preview Chooser": Behaviour(settle=settle_count)}
