"""ComfyUI-Inspire-Pack: modes of its wildcard nodes, data of pictures, splitters (``js/*.js``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import number
from comfyc.packs import Behaviour, Saved

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


def restore_multipliers(saved: Saved) -> bool:
    """Concat Conditionings: a multiplier for each conditioning, of which the script remembers the first only.

    What the browser exports for such a file has lost values and links alike; the saved ones are kept.
    """
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or len(values) < 2 or len(saved.widgets) != 1:
        return False
    for place, value in enumerate(values):
        if place:
            saved.widgets.append(Widget(f"multiplier{place + 1}", "float", value))
        saved.widgets[place].value, saved.widgets[place].place = value, place
    message = "the pack's script forgets all multipliers but the first on loading; they are kept here"
    saved.report(codes.VALUE_REWRITTEN, message, saved.widgets[1])
    return True


_MODE = Behaviour(settle=settle_mode)
_SPLITTER = Behaviour(settle=settle_count)

BEHAVIOURS = {
    "WildcardEncode //Inspire": _MODE,
    "MakeBasicPipe //Inspire": _MODE,
    "ConcatConditioningsWithMultiplier //Inspire": Behaviour(restore=restore_multipliers, grows=True),
    "LoadImage //Inspire": Behaviour(settle=settle_data),
    "ImageBatchSplitter //Inspire": _SPLITTER,
    "LatentBatchSplitter //Inspire": _SPLITTER,
}
