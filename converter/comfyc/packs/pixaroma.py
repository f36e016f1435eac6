"""Pixaroma: nodes whose settings are properties that its scripts write into the prompt, Set and Get nodes.

Source: the ``graphToPrompt`` wrappers in the folders of ``js`` (commit of 2026-11), one for each type.

``pixaroma.json`` holds, for the types whose settings need no more than that, how they are sent, the hidden
input, the property, and the settings of a new node. Settings are sent ``as_saved``, ``completed`` by those of
a new node, or only ``some`` of them: those that a new node has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.graph import Node, Widget
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import is_finite, text, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through
from comfyc.packs.setget import connect
from comfyc.safety.json_size import parse_inner

FOLDER = "ComfyUI-Pixaroma"

Make = Callable[[Mapping[str, Any]], str]
"""The text that a script puts into the prompt, made of the node's properties."""


def _state(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The settings under a property: an object, or the JSON of one; empty if they are neither."""
    saved = properties.get(name)
    if isinstance(saved, str):
        try:
            saved = parse_inner(saved)
        except (ValueError, RecursionError):
            return {}
    return saved if isinstance(saved, dict) else {}


def _as_saved(name: str, new: Mapping[str, Any] | str) -> Make:
    def make(properties: Mapping[str, Any]) -> str:
        saved = properties.get(name)
        saved = saved if truthy(saved) else new
        return saved if isinstance(saved, str) else compact_text(saved)

    return make


def _completed(name: str, new: Mapping[str, Any]) -> Make:
    return lambda properties: compact_text({**new, **_state(properties, name)})


def _some(name: str, new: Mapping[str, Any]) -> Make:
    def make(properties: Mapping[str, Any]) -> str:
        saved = _state(properties, name)
        return compact_text({key: saved.get(key, value) for key, value in new.items()})

    return make


def _rows(state: Mapping[str, Any], name: str = "rows") -> list[dict[str, Any]]:
    rows = state.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _stack(properties: Mapping[str, Any]) -> str:
    saved = _rows(_state(properties, "promptStackState")) or [{"enabled": True}]
    rows = [
        {
            "enabled": truthy(row.get("enabled")),
            "label": row.get("label") or "",
            "text": row.get("text") or "",
        }
        for row in saved
    ]
    return compact_text({"version": 1, "rows": rows, "separator": ", "})


def _several(properties: Mapping[str, Any]) -> str:
    state = _state(properties, "promptMultiState")
    rows, index = _rows(state), state.get("activeIndex")
    at = index if isinstance(index, int) and 0 <= index < len(rows) else 0
    active = text(rows[at].get("text") or "").strip() if rows else ""
    enabled = [row.get("text") or "" for row in rows if truthy(row.get("enabled"))]
    mode = "list" if state.get("mode") == "list" else "queue"
    return compact_text(
        {
            "version": 2,
            "mode": mode,
            "activePrompt": active,
            "rowTexts": [one for one in enabled if text(one).strip()],
        }
    )


def _pack(properties: Mapping[str, Any]) -> str:
    active = text(_state(properties, "promptPackState").get("activePrompt") or "").strip()
    return compact_text({"version": 1, "activePrompt": active})


def _find_replace(properties: Mapping[str, Any]) -> str:
    state = _state(properties, "findReplaceState")
    rules = [
        {
            "enabled": row.get("enabled") is not False,
            "find": row.get("find") or "",
            "replace": row.get("replace") or "",
        }
        for row in _rows(state, "rules")
    ] or [{"enabled": True, "find": "", "replace": ""}]
    flags = {key: truthy(state.get(key)) for key in ("caseSensitive", "wholeWord", "regex")}
    return compact_text({"version": 1, **flags, "tidy": state.get("tidy") is not False, "rules": rules})


def _loras(properties: Mapping[str, Any]) -> str:
    state = {"sep": ", ", "cacheMode": "last", **_state(properties, "loraLoaderState")}
    rows = [
        {**{key: row[key] for key in ("name", "on", "sm", "sc", "triggers") if key in row}}
        for row in _rows(state, "loras")
    ]
    kept = {"version": 1, "sep": state["sep"], "cacheMode": state["cacheMode"]}
    return compact_text({**kept, "loras": [{**row, "on": truthy(row.get("on"))} for row in rows]})


def _join(properties: Mapping[str, Any]) -> str:
    state = {"sep": "comma", "customSep": "", "skipEmpty": True, **_state(properties, "textJoinState")}
    custom = state["customSep"] if state["sep"] == "custom" else ""
    return compact_text({"sep": state["sep"], "customSep": custom, "skipEmpty": state["skipEmpty"]})


def _sliders(properties: Mapping[str, Any]) -> str:
    rows = _rows(_state(properties, "slidersState"), "sliders") or [{"type": "auto", "value": 0.5}]
    return compact_text({"version": 1, "sliders": [_slider(row) for row in rows]})


def _whole(value: Any) -> int:
    return int(value) if is_finite(value) else 0


def _slider(row: Mapping[str, Any]) -> dict[str, Any]:
    value = row.get("value")
    if row.get("type") == "toggle":
        return {"type": "toggle", "value": int(truthy(value)), "out": row.get("out") or "auto"}
    if row.get("type") == "seed":
        return {"type": "seed", "value": _whole(value)}
    return {key: row[key] for key in ("type", "value") if key in row}


def _switch(properties: Mapping[str, Any]) -> str:
    active = _state(properties, "switchState").get("activeIndex")
    return text(active) if isinstance(active, int) and active > 0 else "1"


def _choice(properties: Mapping[str, Any]) -> str:
    state = _state(properties, "dropdownState")
    options, index = _rows(state, "options"), state.get("index")
    at = max(0, min(index, len(options) - 1)) if isinstance(index, int) else 0
    value = options[at].get("value") if options else None
    return compact_text({"version": 1, "type": state.get("type") or "text", "value": value})


def _gate(properties: Mapping[str, Any]) -> str:
    mode = "pass" if _state(properties, "pauseImageState").get("gate") == "pass" else "pause"
    return compact_text({"mode": mode})


def _text_gate(properties: Mapping[str, Any]) -> str:
    state = _state(properties, "pauseTextState")
    mode = "pass" if state.get("gate") == "pass" else "pause"
    return compact_text({"mode": mode, "text": state.get("text") or ""})


_HOW = {"as_saved": _as_saved, "completed": _completed, "some": _some}
_TABLE = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

MADE: dict[str, tuple[str, Make]] = {
    **{kind: (row[1], _HOW[row[0]](row[2], row[3])) for kind, row in _TABLE.items()},
    "PixaromaPromptStack": ("PromptStackState", _stack),
    "PixaromaPromptMulti": ("PromptMultiState", _several),
    "PixaromaPromptPack": ("PromptPackState", _pack),
    "PixaromaFindReplace": ("FindReplaceState", _find_replace),
    "PixaromaLoraLoader": ("LoraLoaderState", _loras),
    "PixaromaTextJoinTwo": ("JoinState", _join),
    "PixaromaTextJoinThree": ("JoinState", _join),
    "PixaromaTextJoinFour": ("JoinState", _join),
    "PixaromaSliders": ("SlidersState", _sliders),
    "PixaromaSwitch": ("SwitchState", _switch),
    "PixaromaDropdown": ("DropdownState", _choice),
    "PixaromaPauseImage": ("PauseState", _gate),
    "PixaromaPauseText": ("PauseState", _text_gate),
    "PixaromaPreview": ("CivitaiMeta", lambda properties: "0"),
}
"""By node type the hidden input that a script fills, and how."""


def _filling(name: str, make: Make) -> Behaviour:
    def settle(saved: Saved) -> None:
        """Add the text that the script makes of the node's properties."""
        properties = saved.raw.get("properties")
        made = make(properties if isinstance(properties, dict) else {})
        saved.widgets.append(Widget(name, "custom", made, stored=False))

    return Behaviour(settle=settle)


def _settle_source_switch(saved: Saved) -> None:
    """Add which side is chosen, and which inputs of either side are linked."""
    properties, inputs = saved.raw.get("properties"), saved.raw.get("inputs")
    state = _state(properties if isinstance(properties, dict) else {}, "switchSourceState")
    linked = {
        slot.get("name")
        for slot in (inputs if isinstance(inputs, list) else ())
        if isinstance(slot, dict) and slot.get("link") is not None
    }
    rows = min(16, max(1, _whole(state.get("rows"))))
    wired = {side: [row for row in range(1, rows + 1) if f"{side}_{row}" in linked] for side in "ab"}
    made = {
        "version": 1,
        "active": "B" if state.get("active") == "B" else "A",
        "rows": rows,
        "missing": "strict" if state.get("missing") == "strict" else "connected",
        "aWired": wired["a"],
        "bWired": wired["b"],
    }
    saved.widgets.append(Widget("SwitchSourceState", "custom", compact_text(made), stored=False))


def _settle_seed(saved: Saved) -> None:
    """Add the saved seed, as text and as a number."""
    properties = saved.raw.get("properties")
    seed = _state(properties if isinstance(properties, dict) else {}, "seedState").get("seed")
    seed = seed if is_finite(seed) else 0
    made = compact_text({"runSeed": seed})
    others = [widget for widget in saved.widgets if widget.name != "seed"]
    added = (("SeedState", made), ("seed", seed))
    saved.widgets = [*others, *(Widget(name, "custom", value, stored=False) for name, value in added)]


def _finish_seed(node: Node, export: Export) -> None:
    """Say that a random seed is drawn at every export; the saved one is kept."""
    if _state(node.properties, "seedState").get("mode", "random") == "random":
        export.report(
            codes.NEEDS_BROWSER, "the browser draws the seed when it exports; the saved one is kept", node
        )


def _connect(export: Export) -> None:
    connect(export, "PixaromaSetNode", "PixaromaGetNode", enclosing=True)


BEHAVIOURS = {
    **{kind: _filling(name, make) for kind, (name, make) in MADE.items()},
    "PixaromaSeed": Behaviour(settle=_settle_seed, finish=_finish_seed),
    "PixaromaSwitchSource": Behaviour(settle=_settle_source_switch),
    "PixaromaSetNode": Behaviour(pass_through, "Set", (("value", "*"),), ("*",), ("name",)),
    "PixaromaGetNode": Behaviour(pass_through, "Get", (), ("*",), ("name",), rewire=_connect),
}
