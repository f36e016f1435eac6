"""Settings of Lora-Manager's randomizer, cycler and pool, as their panels write them
(``vue-widgets/src/composables/use*State.ts``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import Node
from comfyc.javascript.values import number, truthy
from comfyc.packs.behaviour import Export, Saved

_DEFAULT_IF_FALSY = frozenset(
    {
        *("count_mode", "count_fixed", "count_min", "count_max", "last_used"),
        *("current_index", "total_count", "pool_config_hash", "sort_by"),
        *("current_lora_name", "current_lora_filename"),
    }
)
"""Settings whose default replaces every falsy value, not only null."""

_QUEUE_STATE = frozenset({"execution_seed", "next_seed", "execution_index", "next_index"})
"""Settings that exist only while prompts are queued and are never saved."""

_UNWATCHED = frozenset({*_QUEUE_STATE, "last_used"})
"""Settings whose change does not make the panel rewrite its settings."""

RANDOMIZER: Mapping[str, Any] = {
    "count_mode": "range",
    "count_fixed": 3,
    "count_min": 2,
    "count_max": 5,
    "model_strength_min": 0,
    "model_strength_max": 1,
    "use_same_clip_strength": True,
    "clip_strength_min": 0,
    "clip_strength_max": 1,
    "roll_mode": "fixed",
    "last_used": None,
    "use_recommended_strength": False,
    "recommended_strength_scale_min": 0.5,
    "recommended_strength_scale_max": 1,
    "execution_seed": None,
    "next_seed": None,
}
CYCLER: Mapping[str, Any] = {
    "current_index": 1,
    "total_count": 0,
    "pool_config_hash": "",
    "model_strength": 1,
    "clip_strength": 1,
    "use_same_clip_strength": True,
    "use_preset_strength": False,
    "preset_strength_scale": 1,
    "sort_by": "filename",
    "current_lora_name": "",
    "current_lora_filename": "",
    "execution_index": None,
    "next_index": None,
    "repeat_count": 1,
    "repeat_used": 0,
    "is_paused": False,
    "include_no_lora": False,
}
MAX_QUEUED_SEED = 2147483647
_ROLL_MODES = {"frontend": "fixed", "backend": "always", "fixed": "fixed", "always": "always"}


def settle_randomizer(saved: Saved) -> None:
    """Complete the randomizer's settings and rename modes of older versions."""
    for widget in saved.widgets:
        if widget.name == "randomizer_config" and isinstance(widget.value, dict):
            made = _filled(widget.value, RANDOMIZER)
            mode = widget.value.get("roll_mode")
            made["roll_mode"] = _ROLL_MODES.get(mode, "fixed") if isinstance(mode, str) else "fixed"
            widget.value = made if _differs(made, RANDOMIZER) else widget.value


def settle_cycler(saved: Saved) -> None:
    """Complete the cycler's settings; the model strength is also the CLIP strength if they are tied."""
    for widget in saved.widgets:
        if widget.name == "cycler_config" and isinstance(widget.value, dict):
            made = _filled(widget.value, CYCLER)
            if truthy(made["use_same_clip_strength"]) and number(made["model_strength"]) != 1:
                made["clip_strength"] = made["model_strength"]
            widget.value = made if _differs(made, CYCLER) else widget.value


def settle_pool(saved: Saved) -> None:
    """Complete the pool's filters; the number of models and the timestamp are kept as saved."""
    for widget in saved.widgets:
        if widget.name == "pool_config":
            config = widget.value if isinstance(widget.value, dict) else {}
            filters, preview = _group(config, "filters"), _group(config, "preview")
            licence = _group(filters, "license")
            patterns = _group(filters, "namePatterns")
            widget.value = {
                "version": 2,
                "filters": {
                    "baseModels": filters.get("baseModels") or [],
                    "tags": _both(_group(filters, "tags")),
                    "folders": _both(_group(filters, "folders")),
                    "license": {
                        "noCreditRequired": licence.get("noCreditRequired") or False,
                        "allowSelling": licence.get("allowSelling") or False,
                    },
                    "namePatterns": {**_both(patterns), "useRegex": patterns.get("useRegex") or False},
                },
                "preview": {
                    "matchCount": preview.get("matchCount") or 0,
                    "lastUpdated": preview.get("lastUpdated") or 0,
                },
            }


def count_in_queue(node: Node, export: Export) -> None:
    """When the first prompt is queued, the cycler stores the next index and the randomizer the next seed."""
    for widget in node.widgets:
        config = widget.value if isinstance(widget.value, dict) else {}
        if widget.name == "cycler_config" and not truthy(config.get("is_paused")):
            made = _filled(config, CYCLER)
            made |= {"next_index": _next_index(made), "repeat_used": 1}
        elif widget.name == "randomizer_config" and config.get("roll_mode") == "always":
            made = {**config, "next_seed": export.choose(MAX_QUEUED_SEED)}
        else:
            continue
        if export.as_queue:
            widget.value = made
            continue
        export.report(
            codes.QUEUE_DIFFERS,
            f"the Queue button stores the next value in '{widget.name}'; the export leaves it unchanged",
            node,
            widget,
            hint="pass --as queue to get what the Queue button would run",
        )


def _next_index(config: Mapping[str, Any]) -> int:
    count = number(config["total_count"]) + truthy(config["include_no_lora"])
    following = number(config["current_index"]) + 1
    return 1 if not math.isfinite(following) or following > count > 0 else int(following)


def _filled(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for name, default in defaults.items():
        value = None if name in _QUEUE_STATE else config.get(name)
        keeps = truthy(value) if name in _DEFAULT_IF_FALSY else value is not None
        made[name] = value if keeps else default
    return made


def _differs(made: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
    return any(made[name] != default for name, default in defaults.items() if name not in _UNWATCHED)


def _group(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = config.get(name)
    return value if isinstance(value, dict) else {}


def _both(group: Mapping[str, Any]) -> dict[str, Any]:
    return {"include": group.get("include") or [], "exclude": group.get("exclude") or []}
