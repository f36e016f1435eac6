"""efficiency-nodes-comfyui: random seeds (``js/seedcontrol.js``) and files of version 1
(``workflowfix.js``)."""

from __future__ import annotations

import math
from typing import Any

from comfyc import codes
from comfyc.catalog.specs import NodeSpec
from comfyc.graph import Node, Widget
from comfyc.javascript.values import is_finite, number
from comfyc.packs.behaviour import Behaviour, Export, Saved

FOLDER = "efficiency-nodes-comfyui"

SEEDS = {
    "KSampler (Efficient)": "seed",
    "KSampler Adv. (Efficient)": "noise_seed",
    "KSampler SDXL (Eff.)": "noise_seed",
    "Noise Control Script": "seed",
    "HighRes-Fix Script": "seed",
    "Tiled Upscaler Script": "seed",
}
STEPS = {"KSampler (Efficient)": "steps"}
MAX_SCRIPT_SEED = 1125899906842624
OLD_HIRES = ("latent_upscaler", "upscale_by", "hires_steps", "denoise", "iterations")


def choose_seed(node: Node, export: Export) -> None:
    """Replace a seed of -1 with a random one, which the script does even for an export."""
    name = SEEDS[str(node.type)]
    widget = next((item for item in node.widgets if item.name == name), None)
    if widget is None or widget.value != -1 or isinstance(widget.value, bool) or _is_idle(node):
        return
    low = max(-MAX_SCRIPT_SEED, _limit(widget, "min", 0))
    high = min(MAX_SCRIPT_SEED, _limit(widget, "max", MAX_SCRIPT_SEED))
    widget.value = min(max(low + export.choose(max(1, high - low)), low), high)
    message = f"'{name}' is -1, which the pack's script replaces with a random seed: {widget.value}"
    if export.seed is None:
        export.report(codes.DYNAMIC_CHOICE, message, node)
    else:
        export.report_drawn(message, node)


def _is_idle(node: Node) -> bool:
    """Whether other widgets disable the seed (``widgethider.js``)."""
    values = {item.name: item.value for item in node.widgets}
    if node.type == "Noise Control Script":
        return values.get("add_seed_noise") is False
    if node.type == "HighRes-Fix Script":
        return values.get("upscale_type") == "pixel" or values.get("use_same_seed") is True
    return False


def _new_seed(widgets: list[Widget], spec: NodeSpec) -> list[Widget]:
    for widget in widgets:
        if widget.name in ("seed", "noise_seed"):
            widget.value = -1
    return widgets


def _limit(widget: Widget, name: str, otherwise: int) -> int:
    value = widget.options.get(name)
    return int(value) if is_finite(value) else otherwise  # type: ignore[arg-type]


def _by_name(saved: Saved) -> dict[str, Widget]:
    return {widget.name: widget for widget in saved.widgets}


def fix_sampler(saved: Saved) -> None:
    """Files of version 1 have one more value at the start: shift all values by one."""
    kind = str(saved.raw.get("type"))
    widgets = _by_name(saved)
    seed, steps = widgets.get(SEEDS[kind]), widgets.get(STEPS.get(kind, "start_at_step"))
    if seed is None or steps is None or not (_not_a_number(seed.value) and _not_a_number(steps.value)):
        return
    for widget, source in zip(saved.widgets, saved.widgets[1:], strict=False):
        widget.value, widget.saved_at = source.value, source.saved_at
    saved.widgets[-1].value, saved.widgets[-1].saved_at = "true", None


def _not_a_number(value: Any) -> bool:
    return math.isnan(number(value))


def fix_loader(saved: Saved) -> None:
    """Files of version 1 lack two values: shift the values after them by two."""
    widgets = _by_name(saved)
    tokens, weights = widgets.get("token_normalization"), widgets.get("weight_interpretation")
    if tokens is None or weights is None:
        return
    if isinstance(tokens.value, bool) or not isinstance(tokens.value, (int, float)):
        return
    index = next(i for i, item in enumerate(saved.widgets) if item is tokens)
    for position in range(len(saved.widgets) - 1, index + 1, -1):
        source = saved.widgets[position - 2]
        saved.widgets[position].value, saved.widgets[position].saved_at = source.value, source.saved_at
    tokens.value, weights.value = "none", "comfy"


def fix_hires(saved: Saved) -> None:
    """Files of version 1 have five values, which belong to other widgets today."""
    widgets = _by_name(saved)
    kind = widgets.get("upscale_type")
    if kind is None or kind.saved_at is None or kind.value in ("latent", "pixel", "both"):
        return
    old = [widget.value for widget in saved.widgets[:5]]
    for widget in saved.widgets:
        default = widget.options.get("default")
        options = widget.options.get("options")
        first = options[0] if isinstance(options, list) and options else widget.value
        widget.value = default if default is not None else first if widget.kind == "combo" else widget.value
        widget.saved_at = None
    for index, (name, value) in enumerate(zip(OLD_HIRES, old, strict=False)):
        if name in widgets:
            text = isinstance(value, str) and name == "latent_upscaler"
            widgets[name].value = value.replace("SD-Latent-Upscaler", "city96") if text else value
            widgets[name].saved_at = index


_SAMPLER = Behaviour(arrange=_new_seed, settle=fix_sampler, finish=choose_seed)
_LOADER = Behaviour(settle=fix_loader)

BEHAVIOURS = {
    "KSampler (Efficient)": _SAMPLER,
    "KSampler Adv. (Efficient)": _SAMPLER,
    "KSampler SDXL (Eff.)": _SAMPLER,
    "Noise Control Script": Behaviour(arrange=_new_seed, finish=choose_seed),
    "Tiled Upscaler Script": Behaviour(arrange=_new_seed, finish=choose_seed),
    "HighRes-Fix Script": Behaviour(arrange=_new_seed, settle=fix_hires, finish=choose_seed),
    "Efficient Loader": _LOADER,
    "Eff. Loader SDXL": _LOADER,
}
