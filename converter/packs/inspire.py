"""ComfyUI-Inspire-Pack: modes of its wildcard nodes, data of pictures, splitters (``js/*.js``)."""

from __future__ import annotations

from converter.graph import ABSENT
from converter.jsvalues import number
from converter.packs import Behaviour, Saved

FOLDER = "ComfyUI-Inspire-Pack"

PLACEHOLDER = "[IMAGE DATA]"
MOST_PARTS = 50


def settle_mode(saved: Saved) -> None:
    """Files from before the mode was a choice hold a switch; a null counts for nothing."""
    for widget in saved.widgets:
        if widget.name not in ("mode", "wildcard_mode"):
            continue
        if widget.value is None:
            widget.value = "populate"
        elif number(widget.value) in (0, 1):
            widget.value = "populate" if number(widget.value) else "fixed"


def settle_data(saved: Saved) -> None:
    """Load Image: the script drops the data that a new node has, and the placeholder of a file."""
    for widget in saved.widgets:
        if widget.name == "image_data" and (widget.place is None or widget.value == PLACEHOLDER):
            widget.value, widget.place = ABSENT, None


def settle_count(saved: Saved) -> None:
    """Splitters: a count that is out of bounds is not taken; there are as many parts as outputs but one."""
    outputs = saved.raw.get("outputs")
    parts = len(outputs) - 1 if isinstance(outputs, list) else 0
    for widget in saved.widgets:
        count = number(widget.value)
        if widget.name == "split_count" and widget.place is not None and (count < 0 or count > MOST_PARTS):
            default = widget.options.get("default")
            widget.value, widget.place = max(parts, default if isinstance(default, int) else 0), None


_MODE = Behaviour(settle=settle_mode)
_SPLITTER = Behaviour(settle=settle_count)

BEHAVIOURS = {
    "WildcardEncode //Inspire": _MODE,
    "MakeBasicPipe //Inspire": _MODE,
    "LoadImage //Inspire": Behaviour(settle=settle_data),
    "ImageBatchSplitter //Inspire": _SPLITTER,
    "LatentBatchSplitter //Inspire": _SPLITTER,
}
