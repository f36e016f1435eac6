"""Random values for widgets: mostly what people leave behind, at times what should not be there."""

from __future__ import annotations

from random import Random
from typing import Any

Spec = list[Any]
"""An input of /object_info: [type or list of options, options?]."""

WIDGETS = """
    INT FLOAT BOOLEAN STRING COMBO COMFY_DYNAMICCOMBO_V3 COMFY_DYNAMICGROUP_V3 COLOR MARKDOWN TEXTAREA
    IMAGECOMPARE BOUNDING_BOX BOUNDING_BOXES COLORS CURVE RANGE CHART GALLERIA PAINTER COMPOSITOR VIDEO_EDIT
    IMAGEUPLOAD AUDIOUPLOAD AUDIO_UI AUDIO_RECORD LOAD_3D PREVIEW_3D LOAD_3D_ADVANCED RESOLUTION_PREVIEW
    LIGHT_INFO_PREVIEW
"""
"""Types that show as a widget; all others are sockets."""

TEXTS = (
    "",
    "a photo of a cat",
    "masterpiece, {red|blue|{dark|light} green} hair, {1girl|2girls}",
    "see https://example.com/a.png // not for the model",
    "a /* hidden\nover two lines */ b",
    "(word:1.2), <lora:foo:0.8>, embedding:bad-hands",
    "line one\nline two\r\nline three\n",
    "emoji \U0001f431, \u00fcml\u00e4ut, \u6f22\u5b57, \u2028 separator",
    r"C:\models\x, \{not a choice\}, \\",
    "{never closed|really",
    "tab\there, \"quotes\", 'single' and \u007f",
    "%KSampler.seed% is %date:yyyy%",
    "{",
    "a | b } c",
    "42",
    " leading and trailing ",
    "{a|}{|b}{}",
    "text, watermark",
)
PREFIXES = (
    "ComfyUI",
    "ComfyUI",
    "%date:yyyy-MM-dd%/img",
    "%KSampler.seed%_%KSampler.steps%",
    "%Load Checkpoint.ckpt_name%",
    "out/%width%x%height%_%batch_num%",
    "x_%CLIPTextEncode.text%",
    "%date:hh:mm:ss% %date%",
    "%PrimitiveInt.value%",
    "%Subgraph 1.seed%",
    "%Positive Prompt.text%/%No Such.node%",
    "100%",
    "%%",
    "video/ComfyUI",
    "%date:d.M.yy%",
    "%date:yyyyMMdd-hhmmss%_%KSampler.sampler_name%",
    "",
)
FILES = (
    "model.safetensors",
    "SDXL\\base 1.0.safetensors",
    "v1-5.ckpt",
    "example.png",
    "sub/dir/x.pt",
    "None",
)
ODD: tuple[Any, ...] = (
    None,
    "",
    "42",
    "some text",
    20.7,
    -1,
    0,
    9007199254740993,
    18446744073709551615,
    1e-7,
    0.00001,
    1e21,
    -0.0,
    123456789012345680.0,
    True,
    False,
    [],
    ["a", "b", "c"],
    [1, [2, 3]],
    {},
    {"a": [1, {"b": None}], "10": 1, "2": 2},
    "undefined",
    "randomize",
)
CONTROLS = ("fixed", "increment", "decrement", "randomize")


def widget_type(spec: Spec) -> str | None:
    """The kind of widget that an input shows as, or None: it is a socket."""
    options = options_of(spec)
    if options.get("forceInput"):
        return None
    kind = "COMBO" if isinstance(spec[0], list) else options.get("widgetType") or spec[0]
    return kind if kind in WIDGETS.split() else None


def options_of(spec: Spec) -> dict[str, Any]:
    """The options of an input; there may be none."""
    return spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}


def value(rng: Random, name: str, spec: Spec) -> Any:
    """One value for the widget of `spec`: 1 in 40 is of no fitting kind."""
    if rng.random() < 0.025:
        return rng.choice(ODD)
    kind, options = widget_type(spec), options_of(spec)
    default = options.get("default")
    if default is not None and rng.random() < 0.3:
        return default
    if kind in ("INT", "FLOAT"):
        return _number(rng, name, kind, options)
    if kind == "BOOLEAN":
        return rng.random() < 0.5
    if kind == "COMBO":
        return _choice(rng, spec, options)
    if kind in ("STRING", "TEXTAREA", "MARKDOWN"):
        if name == "filename_prefix":
            return rng.choice(PREFIXES)
        return rng.choice(TEXTS)
    return _structured(rng, kind or "")


def _number(rng: Random, name: str, kind: str, options: dict[str, Any]) -> Any:
    low, high = options.get("min", 0), options.get("max", 2048)
    if kind == "INT":
        if "seed" in name:
            return rng.choice((0, 42, rng.randrange(2**32), rng.randrange(2**50), rng.randrange(2**64)))
        return rng.randint(int(low), int(min(high, low + 4096))) if high >= low else 1
    chosen = rng.uniform(low, min(high, low + 100))
    return rng.choice((round(chosen, 2), round(chosen, 1), chosen, int(chosen)))


def _choice(rng: Random, spec: Spec, options: dict[str, Any]) -> Any:
    values = spec[0] if isinstance(spec[0], list) else options.get("options") or []
    if options.get("multi_select"):
        return [str(item) for item in rng.sample(values, min(len(values), rng.randrange(3)))]
    if values and rng.random() < 0.9:
        return rng.choice(values)
    return rng.choice((*FILES, None)) if rng.random() < 0.95 else rng.choice((0, 3, True))


def _structured(rng: Random, kind: str) -> Any:
    box = {"x": rng.randrange(64), "y": 0, "width": 512, "height": rng.randrange(1, 99)}
    known: dict[str, tuple[Any, ...]] = {
        "COLOR": ("#ff0000", "#00FF7f80", "red", ""),
        "BOUNDING_BOX": (box,),
        "BOUNDING_BOXES": ([], [box]),
        "COLORS": ([], ["#112233"], ["#112233", "#445566", "#000"]),
        "CURVE": ([[0, 0], [0.5, 0.25], [1, 1]], {"points": [[0, 0], [1, 1]], "interpolation": "linear"}),
        "RANGE": ({"min": 0, "max": 1}, {"min": 0.1, "max": 0.9, "midpoint": 0.5}),
        "CHART": ({}, {"labels": ["a"], "datasets": []}),
        "GALLERIA": ([], ["a.png", "b.png"]),
        "VIDEO_EDIT": ({"trim": {"start_time": 0, "duration": 1.5}},),
    }
    return rng.choice(known.get(kind, ("",)))
