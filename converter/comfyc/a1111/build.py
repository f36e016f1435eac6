"""Build the graph that the editor builds of the settings of a picture: the nodes in its order, so that they
have its ids, and its links and values.

Source: ``scripts/pnginfo.ts`` importA1111 of frontend 1.58.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from comfyc.a1111.graph import PictureGraph, PictureNode
from comfyc.a1111.making import Making, ceiled, pair, plain
from comfyc.a1111.notes import Remarks
from comfyc.a1111.second_pass import add_second_pass, settle_second_pass
from comfyc.a1111.settings import PictureSetting, PictureSettings
from comfyc.a1111.texts import Lora, with_embeddings, without_loras
from comfyc.javascript.values import number

NEEDED = (
    "CheckpointLoaderSimple",
    "CLIPSetLastLayer",
    "CLIPTextEncode",
    "CLIPTextEncode",
    "KSampler",
    "EmptyLatentImage",
    "VAEDecode",
    "SaveImage",
)
"""The types of the nodes of every such graph, in the order of their ids."""

_Output = tuple[PictureNode, int]


def build(graph: PictureGraph, settings: PictureSettings, embeddings: Sequence[str], notes: Remarks) -> bool:
    """Fill an empty graph. ``embeddings`` are those of the server. False, with a note, if the catalogue lacks
    a type of ``NEEDED``."""
    nodes: list[PictureNode] = []
    for kind in NEEDED:
        node = graph.add(kind)
        if node is None:
            notes.lacking(kind)
            return False
        nodes.append(node)
    checkpoint, clip_skip, positive, negative, sampler, latent, decoder, saver = nodes
    for link in (
        (checkpoint, 1, clip_skip, 0),
        (clip_skip, 0, positive, 0),
        (clip_skip, 0, negative, 0),
        (checkpoint, 0, sampler, 0),
        (positive, 0, sampler, 1),
        (negative, 0, sampler, 2),
        (latent, 0, sampler, 3),
        (decoder, 0, saver, 0),
        (sampler, 0, decoder, 0),
        (checkpoint, 2, decoder, 1),
    ):
        graph.connect(*link)
    left = dict(settings.by_name)
    made = Making(graph, notes, left, checkpoint, clip_skip, positive, negative, sampler, latent, decoder)
    for name in settings.by_name:
        if name in _HANDLERS and name in left:
            _HANDLERS[name](made, left.pop(name))
    settle_second_pass(made)
    clip, model = (clip_skip, 0), (checkpoint, 0)
    prompts = (positive, settings.positive), (negative, settings.negative)
    for (node, prompt), offset in zip(prompts, settings.offsets, strict=True):
        text, loras = without_loras(prompt, notes.most_nodes)
        clip, model = _add_loras(made, loras, clip, model, offset)
        graph.connect(clip[0], 1, node, 0)
        graph.connect(model[0], 0, sampler, 0)
        if made.second is not None:
            graph.connect(model[0], 0, made.second, 0)
        node.set("text", with_embeddings(text, embeddings), offset)
        notes.prompt(node, prompt, offset, {lora.offset for lora in loras})
    notes.left_over(left, sampler, embeddings)
    return True


def _model(made: Making, setting: PictureSetting) -> None:
    made.set_file(made.checkpoint, "ckpt_name", setting.value, setting.offset)


def _cfg(made: Making, setting: PictureSetting) -> None:
    made.set_number(made.sampler, "cfg", setting)


def _steps(made: Making, setting: PictureSetting) -> None:
    made.set_number(made.sampler, "steps", setting)


def _seed(made: Making, setting: PictureSetting) -> None:
    made.set_number(made.sampler, "seed", setting)


def _clip_skip(made: Making, setting: PictureSetting) -> None:
    value = -number(setting.value)
    made.clip_skip.set("stop_at_clip_layer", plain(value), setting.offset)
    if math.isnan(value):
        made.notes.no_number(setting, made.clip_skip, "stop_at_clip_layer")


def _sampler(made: Making, setting: PictureSetting) -> None:
    name, scheduler = setting.value.lower().replace("++", "pp", 1).replace(" ", "_"), "normal"
    if "karras" in name:
        name, scheduler = name.replace("karras", "", 1).rstrip("_"), "karras"
    made.sampler.set("scheduler", scheduler, setting.offset)
    options = made.sampler.options("sampler_name")
    known = next((one for one in options if one in (name, f"sample_{name}")), None)
    if known is None:
        made.notes.unknown_sampler(setting, made.sampler)
    else:
        made.sampler.set("sampler_name", known, setting.offset)


def _size(made: Making, setting: PictureSetting) -> None:
    size = pair(setting.value)
    used = ceiled(size[0]), ceiled(size[1])
    made.latent.set("width", plain(used[0]), setting.offset)
    made.latent.set("height", plain(used[1]), setting.offset)
    made.notes.rounded(setting, size, used, made.latent)
    add_second_pass(made, used)


_HANDLERS: dict[str, Callable[[Making, PictureSetting], None]] = {
    "model": _model,
    "cfg scale": _cfg,
    "clip skip": _clip_skip,
    "sampler": _sampler,
    "size": _size,
    "steps": _steps,
    "seed": _seed,
}
"""What the editor does with a setting, by its name."""


def _add_loras(
    made: Making, loras: Sequence[Lora], clip: _Output, model: _Output, offset: int
) -> tuple[_Output, _Output]:
    """Add a node for each LoRA of a prompt, which begins at ``offset``, one behind the other; the outputs
    that come last."""
    for lora in loras:
        at = offset + lora.offset
        if math.isnan(lora.weight):
            made.notes.no_weight(lora.written, at)
            continue
        node = made.added("LoraLoader", at)
        if node is None:
            continue
        made.set_file(node, "lora_name", lora.name, at)
        for name in ("strength_model", "strength_clip"):
            node.set(name, plain(lora.weight), at)
        made.graph.connect(*model, node, 0)
        made.graph.connect(*clip, node, 1)
        model, clip = (node, 0), (node, 1)
    return clip, model
