"""ComfyUI-Inspire-Pack: wildcard modes, image data, splitters and multipliers (``js/*.js``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import number
from comfyc.packs.behaviour import Behaviour, Saved

FOLDER = "ComfyUI-Inspire-Pack"

PLACEHOLDER = "[IMAGE DATA]"
MAX_PARTS = 50


def settle_mode(saved: Saved) -> None:
    """Convert the boolean of old files to a choice; null becomes the default."""
    for widget in saved.widgets:
        if widget.name not in ("mode", "wildcard_mode"):
            continue
        if widget.value is None:
            widget.value = "populate"
        elif number(widget.value) in (0, 1):
            widget.value = "populate" if number(widget.value) else "fixed"


def settle_data(saved: Saved) -> None:
    """Load Image: drop the default image data and the placeholder of a saved file."""
    for widget in saved.widgets:
        if widget.name == "image_data" and (widget.saved_at is None or widget.value == PLACEHOLDER):
            widget.value, widget.saved_at = ABSENT, None


def settle_count(saved: Saved) -> None:
    """Splitters: replace a count out of range with the number of outputs minus one, or the default if
    larger."""
    outputs = saved.raw.get("outputs")
    parts = len(outputs) - 1 if isinstance(outputs, list) else 0
    for widget in saved.widgets:
        count = number(widget.value)
        if widget.name == "split_count" and widget.saved_at is not None and (count < 0 or count > MAX_PARTS):
            default = widget.options.get("default")
            widget.value, widget.saved_at = max(parts, default if isinstance(default, int) else 0), None


def restore_multipliers(saved: Saved) -> bool:
    """Concat Conditionings: restore a multiplier for each conditioning.

    The pack's script keeps only the first, and the browser's export has lost the other values and links;
    comfyc keeps the saved ones.
    """
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or len(values) < 2 or len(saved.widgets) != 1:
        return False
    for index, value in enumerate(values):
        if index:
            saved.widgets.append(Widget(f"multiplier{index + 1}", "float", value))
        saved.widgets[index].value, saved.widgets[index].saved_at = value, index
    message = (
        "the pack's script loses all multipliers but the first when it loads the file; comfyc keeps them"
    )
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
