"""The second pass of such a picture, the hires fix: what enlarges the latent picture and samples it again."""

from __future__ import annotations

from comfyc.a1111.graph import PictureNode
from comfyc.a1111.making import Making, ceiled, first_that_begins, pair, plain
from comfyc.a1111.settings import PictureSetting
from comfyc.javascript.values import number


def add_second_pass(made: Making, size: tuple[float, float]) -> None:
    """Use the settings of the second pass; ``size`` is that of the first."""
    upscale, resize = made.left.pop("hires upscale", None), made.left.pop("hires resize", None)
    made.steps, upscaler = made.left.pop("hires steps", None), made.left.pop("hires upscaler", None)
    if upscale is not None and upscale.value:
        factor = number(upscale.value)
        _enlarge(made, upscale, (size[0] * factor, size[1] * factor), upscaler)
        unused = [resize]
    elif resize is not None and resize.value:
        _enlarge(made, resize, pair(resize.value), upscaler)
        unused = []
    else:
        unused = [made.steps, upscaler]
    for setting in unused:
        if setting is not None:
            made.notes.dropped(setting)


def settle_second_pass(made: Making) -> None:
    """Give the second sampler its values: those of the first, but for steps and strength."""
    second = made.second
    if second is None:
        return
    if made.steps is not None and made.steps.value:
        made.set_number(second, "steps", made.steps)
    else:
        second.set("steps", made.sampler.value("steps"))
    for name in ("cfg", "scheduler", "sampler_name"):
        second.set(name, made.sampler.value(name))
    strength = made.left.pop("denoising strength", None)
    if strength is None:
        second.set("denoise", 1)
    else:
        made.set_number(second, "denoise", strength)


def _enlarge(
    made: Making, setting: PictureSetting, size: tuple[float, float], upscaler: PictureSetting | None
) -> None:
    if upscaler is not None and upscaler.value.startswith("Latent"):
        ends = _scale_latent(made, upscaler)
    else:
        ends = _scale_image(made, upscaler)
    if ends is None:
        return
    scaler, latent = ends
    used = ceiled(size[0]), ceiled(size[1])
    scaler.set("width", plain(used[0]), setting.offset)
    scaler.set("height", plain(used[1]), setting.offset)
    made.notes.rounded(setting, size, used, scaler)
    second = made.added("KSampler", setting.offset)
    if second is None:
        return
    made.graph.connect(made.checkpoint, 0, second, 0)
    made.graph.connect(made.positive, 0, second, 1)
    made.graph.connect(made.negative, 0, second, 2)
    made.graph.connect(latent, 0, second, 3)
    made.graph.connect(second, 0, made.decoder, 0)
    made.second = second


def _scale_latent(made: Making, upscaler: PictureSetting) -> tuple[PictureNode, PictureNode] | None:
    """The node that scales, which is also the one with the latent picture; None if there is no such type."""
    scaler = made.added("LatentUpscale", upscaler.offset)
    if scaler is None:
        return None
    made.graph.connect(made.sampler, 0, scaler, 0)
    method = "nearest-exact" if upscaler.value == "Latent (nearest-exact)" else upscaler.value
    known = first_that_begins(scaler.options("upscale_method"), method)
    scaler.set("upscale_method", method if known is None else known, upscaler.offset)
    if known is None:
        made.notes.unknown_method(upscaler, scaler)
    return scaler, scaler


def _scale_image(made: Making, upscaler: PictureSetting | None) -> tuple[PictureNode, PictureNode] | None:
    """The node that scales, and the one that encodes the picture again; None if a type is missing. The nodes
    before that are there all the same, as in the editor."""
    graph = made.graph
    name, offset = ("", None) if upscaler is None else (upscaler.value, upscaler.offset)
    decoder = made.added("VAEDecodeTiled", offset)
    if decoder is None:
        return None
    graph.connect(made.sampler, 0, decoder, 0)
    graph.connect(made.checkpoint, 2, decoder, 1)
    loader = made.added("UpscaleModelLoader", offset)
    if loader is None:
        return None
    made.set_file(loader, "model_name", name, offset)
    by_model = made.added("ImageUpscaleWithModel", offset)
    if by_model is None:
        return None
    graph.connect(decoder, 0, by_model, 1)
    graph.connect(loader, 0, by_model, 0)
    scaler = made.added("ImageScale", offset)
    if scaler is None:
        return None
    graph.connect(by_model, 0, scaler, 0)
    encoder = made.added("VAEEncodeTiled", offset)
    if encoder is None:
        return None
    graph.connect(scaler, 0, encoder, 0)
    graph.connect(made.checkpoint, 2, encoder, 1)
    return scaler, encoder
