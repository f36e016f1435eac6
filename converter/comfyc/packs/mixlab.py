"""Mixlab: values that its scripts keep in the browser's storage, not in the file.

Source: the ``serializeValue`` of the widgets in ``web/javascript`` (``gpt_mixlab.js``, ``main_mixlab.js``,
``audio_mixlab.js``, ``3d_mixlab.js``, ``image_mixlab.js``, ``layer_mixlab.js``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import ABSENT
from comfyc.packs.behaviour import Behaviour, Saved, Settle

FOLDER = "comfyui-mixlab-nodes"

_PROMPT = "beautiful scenery nature glass bottle landscape,under water"

NEW_VALUES: Mapping[str, Mapping[str, Any]] = {
    "3DImage": {"upload": {}},
    "KeyInput": {"key": "by Mixlab"},
    "LoadImagesFromPath": {"result": "", "prompt": _PROMPT},
    "ScreenShare": {"prompt": _PROMPT, "slide": 0.5, "seed": 0},
    "ShowLayer": {"edit": ABSENT},
    "SpeechRecognition": {"upload": "Hello Mixlab"},
    "SvgImage": {"upload": {}},
}
"""By node type the values that a browser sends that has stored none."""


def _filled(values: Mapping[str, Any]) -> Settle:
    def settle(saved: Saved) -> None:
        """Put what a new browser sends where the file has nothing."""
        for widget in saved.widgets:
            if widget.name in values and widget.value is None:
                widget.value = values[widget.name]
                message = f"'{widget.name}' is kept in the browser's storage: the file does not have it"
                saved.report(codes.NEEDS_BROWSER, message, widget, hint="set the value with --set")

    return settle


BEHAVIOURS = {kind: Behaviour(settle=_filled(values)) for kind, values in NEW_VALUES.items()}
