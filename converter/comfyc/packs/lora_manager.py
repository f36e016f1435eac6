"""ComfyUI-Lora-Manager (``web/comfyui``, ``vue-widgets/src/main.ts``): the hidden widget before each text,
lists of LoRAs that are synchronised with the tags of a text, and strengths of trigger words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import Node, Widget
from comfyc.javascript.values import fixed, key_order, number, shown, text, truthy
from comfyc.packs.behaviour import Behaviour, Export, Saved
from comfyc.packs.lora_configs import count_in_queue, settle_cycler, settle_pool, settle_randomizer

FOLDER = "ComfyUI-Lora-Manager"

MARK = "__lm_autocomplete_meta_"
"""Prefix of the hidden widget's name; the name of its text follows."""

IDS = "__lm_widget_ids"
"""The node property that lists the names of the saved values."""

_TAG = re.compile(r"<lora:([^:]+):([-0-9.]+)(?::([-0-9.]+))?>")
_EPSILON = 2**-52


def restore_marked(saved: Saved) -> bool:
    """Restore values by the names in the file, else by position; older files lack the hidden widgets."""
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or not values:
        return not values
    stored = [widget for widget in saved.widgets if widget.stored]
    properties = saved.raw.get("properties")
    noted = properties.get(IDS) if isinstance(properties, dict) else None
    indexes = list(range(len(values)))
    targets = stored
    if isinstance(noted, list) and noted:
        known = {name: index for index, name in enumerate(noted) if isinstance(name, str)}
        found = [known[widget.name] for widget in stored if widget.name in known]
        indexes = [index for index in found if index < len(values)]
    elif len(values) == sum(not widget.name.startswith(MARK) for widget in stored):
        targets = [widget for widget in stored if not widget.name.startswith(MARK)]
    left = [values[index] for index in indexes[len(targets) :] if values[index] not in (None, "")]
    if left:
        named = ", ".join(map(shown, left[:3]))
        message = f"the node has no widgets for some saved values, which are not used: {named}"
        saved.report(codes.SURPLUS_VALUES, message)
    for widget, index in zip(targets, indexes, strict=False):
        value = values[index]
        is_text = widget.name == "text"
        widget.value, widget.saved_at = ("" if value is None else text(value)) if is_text else value, index
    return True


def settle_list(saved: Saved) -> None:
    """Settle a list of LoRAs: of entries with the same name the last is kept, with all members of the
    widget."""
    settle_randomizer(saved)
    for widget in saved.widgets:
        if widget.name == "loras":
            entries = _last_of_each(widget.value)
            widget.value = _as_held(entries, _selected(entries))


def settle_agreement(saved: Saved) -> None:
    """Rebuild the list from the tags of the text, and then the text from the list.

    The values of the list take precedence; entries without a tag are dropped, tags without an entry added.
    """
    widgets = {widget.name: widget for widget in saved.widgets}
    body, loras = widgets.get("text"), widgets.get("loras")
    if body is None or loras is None:
        return
    before = _last_of_each(loras.value)
    merged = _last_of_each(_merged(text(body.value), loras.value if isinstance(loras.value, list) else []))
    entries = _as_held(merged, _selected(before) or _selected(merged))
    _report(saved, loras, before, [item["name"] for item in entries])
    loras.value = entries
    body.value = _rewritten(text(body.value), {item["name"]: item for item in entries})


def _report(saved: Saved, loras: Widget, before: list[dict[str, Any]], after: list[Any]) -> None:
    known = [item.get("name") for item in before]
    gone = [item for item in before if item.get("name") not in after]
    for rule, names, what in (
        (codes.VALUE_LOST, [n.get("name") for n in gone if truthy(n.get("active", True))], "LoRAs"),
        (
            codes.VALUE_REWRITTEN,
            [n.get("name") for n in gone if not truthy(n.get("active", True))],
            "inactive LoRAs",
        ),
    ):
        if names:
            named = ", ".join(shown(name) for name in names[:5])
            saved.report(rule, f"the script leaves out {what} without a tag in the text: {named}", loras)
    new = [name for name in after if name not in known]
    if new:
        named = ", ".join(shown(name) for name in new[:5])
        saved.report(
            codes.VALUE_REWRITTEN, f"the list gets the LoRAs that have a tag in the text: {named}", loras
        )


def _last_of_each(value: Any) -> list[dict[str, Any]]:
    """The entries of a list; of several with the same name only the last."""
    entries = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    names = [item.get("name") for item in entries]
    return [item for index, item in enumerate(entries) if item.get("name") not in names[index + 1 :]]


def _merged(body: str, entries: list[Any]) -> list[dict[str, Any]]:
    tags: dict[str, tuple[Any, Any]] = {}
    for name, strength, clip in _TAG.findall(body):
        model = _number(strength)
        tags[name] = (model, _number(clip) if clip else model)
    result = []
    for item in entries:
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name in tags:
            strength, clip = tags[name]
            result.append(
                {
                    "name": name,
                    "strength": item.get("strength", strength),
                    "active": item.get("active", True),
                    "expanded": item.get("expanded", False),
                    "clipStrength": item.get("clipStrength", clip),
                    "selected": truthy(item.get("selected")),
                }
            )
    present = {item["name"] for item in result}
    for name in key_order(tags):
        if name not in present:
            strength, clip = tags[name]
            added = {"name": name, "strength": strength, "active": True, "clipStrength": clip}
            result.append({**added, "selected": False})
    return result


def _selected(entries: list[dict[str, Any]]) -> Any:
    return next((item.get("name") for item in entries if truthy(item.get("selected"))), None)


def _as_held(entries: list[dict[str, Any]], selected: Any) -> list[dict[str, Any]]:
    """The entries with all members that the widget stores for each."""
    held = []
    for item in entries:
        clip = item.get("clipStrength") if truthy(item.get("clipStrength")) else item.get("strength")
        made = {**item, "clipStrength": clip}
        made["expanded"] = item.get("expanded", number(clip) != number(item.get("strength")))
        made["locked"] = item.get("locked", False)
        made["selected"] = item.get("name") == selected
        held.append(made)
    return held


def _rewritten(body: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The text with the strengths of the list, and with spaces and commas normalised."""

    def tag(match: re.Match[str]) -> str:
        name, strength, clip = match.groups()
        item = entries.get(name)
        if item is None:
            return ""
        model = strength if item.get("strength") is None else item["strength"]
        own = item.get("clipStrength")
        tail = ""
        if _shows_clip(item, had_clip=clip is not None):
            tail = f":{_decimals(model if own is None else own)}"
        return f"<lora:{name}:{_decimals(model)}{tail}>"

    cleaned = re.sub(r"\s+", " ", _TAG.sub(tag, body))
    cleaned = re.sub(r",\s*,+", ",", cleaned)
    cleaned = re.sub(r"\s*,\s*", ",", cleaned).strip()
    cleaned = "" if cleaned == "," else re.sub(r"^,|,\Z", "", cleaned)
    return re.sub(r",\s*", ", ", cleaned).strip()


def _shows_clip(item: Mapping[str, Any], *, had_clip: bool) -> bool:
    clip, strength = number(item.get("clipStrength")), number(item.get("strength"))
    if item.get("clipStrength") is None or clip - clip != 0 or strength - strength != 0:  # not finite
        return had_clip
    return abs(clip - strength) > _EPSILON or truthy(item.get("expanded")) or had_clip


def _number(digits: str) -> Any:
    value = number(digits)
    return None if value != value else int(value) if value == int(value) else value


def _decimals(value: Any) -> str:
    """``toFixed(2)`` of a number; anything else counts as 1."""
    strength = number(value)
    if strength - strength != 0:
        strength = 1.0
    return f"{fixed(strength, 2) if strength else 0.0:.2f}"


def write_strengths(node: Node, export: Export) -> None:
    """TriggerWord Toggle: write words with a strength as ``(word:1.20)``, and none as highlighted."""
    for widget in node.widgets:
        if widget.name == "toggle_trigger_words":
            tags = widget.value if isinstance(widget.value, list) else []
            widget.value = [_weighted(tag) for tag in tags if isinstance(tag, dict)]
        elif widget.name == "orinalMessage" and not truthy(widget.value):
            widget.value = ""


def _weighted(tag: dict[str, Any]) -> dict[str, Any]:
    made = {**tag, "highlighted": False}
    strength = tag.get("strength")
    if isinstance(tag.get("items"), list):
        made["items"] = [{**item, "highlighted": False} for item in tag["items"] if isinstance(item, dict)]
    if isinstance(strength, (int, float)) and not isinstance(strength, bool):
        made["text"] = f"({tag.get('text')}:{_decimals(strength)})"
    return made


_MARKED = Behaviour(restore=restore_marked)
_AGREEING = Behaviour(restore=restore_marked, settle=settle_agreement)

BEHAVIOURS = {
    "Prompt (LoraManager)": _MARKED,
    "Text (LoraManager)": _MARKED,
    "Lora Loader (LoraManager)": _AGREEING,
    "Lora Stacker (LoraManager)": _AGREEING,
    "WanVideo Lora Select (LoraManager)": _AGREEING,
    "Create Hook LoRA (LoraManager)": _AGREEING,
    "Lora Randomizer (LoraManager)": Behaviour(settle=settle_list, finish=count_in_queue),
    "Lora Cycler (LoraManager)": Behaviour(settle=settle_cycler, finish=count_in_queue),
    "Lora Pool (LoraManager)": Behaviour(settle=settle_pool),
    "TriggerWord Toggle (LoraManager)": Behaviour(finish=write_strengths),
}
