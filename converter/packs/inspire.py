"""ComfyUI-Inspire-Pack: the mode of its wildcard node (``js/inspire-pack.js``)."""

from __future__ import annotations

from converter.packs import Behaviour, Saved

FOLDER = "ComfyUI-Inspire-Pack"


def settle_mode(saved: Saved) -> None:
    """Files from before the mode was a choice hold a switch."""
    for widget in saved.widgets:
        if widget.name == "mode" and isinstance(widget.value, bool):
            widget.value = "populate" if widget.value else "fixed"


BEHAVIOURS = {"WildcardEncode //Inspire": Behaviour(settle=settle_mode)}
