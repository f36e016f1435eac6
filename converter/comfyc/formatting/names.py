"""What in a text names a person's files and folders."""

from __future__ import annotations

import re
from typing import Literal

from comfyc.diagnostics import Pointer

OWN_EXTRAS: tuple[Pointer, ...] = (
    ("extra", "prompt"),
    ("extra", "workspace_info"),
    ("extra", "info", "author"),
)
"""Members in which tools keep a copy of the prompt, the name of the file, and that of its author."""

_MODEL = re.compile(r"\.(?:safetensors|sft|ckpt|pth?|bin|gguf|onnx|engine|ya?ml|json)\Z", re.IGNORECASE)
_MEDIA = re.compile(
    r"(?P<name>[^\n]{1,250})\.(?P<ending>png|jpe?g|webp|gif|bmp|tiff?|exr|avif|heic|svg|psd|mp4|mov|mkv|webm|avi|m4v"
    r"|mp3|wav|flac|ogg|opus|m4a|aac|glb|gltf|obj|fbx|stl|ply|splat|spz|usdz|txt|csv|srt|pdf|latent)"
    r"(?P<folder> \[(?:input|output|temp)\])?",
    re.IGNORECASE,
)
_ROOTS = (
    "home|Users|root|mnt|media|Volumes|data|tmp|private|var|opt|srv|workspace|content|notebooks|kaggle"
    "|teamspace"
)
_ABSOLUTE = re.compile(rf"(?:/(?:{_ROOTS})/|~[/\\]|[A-Za-z]:[\\/]|\\\\[\w.$-]+\\)[^\n]*")
_HOME = re.compile(r"((?:(?<![\w.-])/(?:home|Users)/|\b[A-Za-z]:[\\/]+[Uu]sers[\\/]+))[^\\/\s\"'<>|:]+")
_DATA = re.compile(r"data:(?:image|video|audio)/[\w.+-]+;base64,")
_WORD = re.compile(r"[^\W\d_]{3}|[^\W\d_a-zA-Z]")
"""Three letters, or one that is not Latin."""
_FUNCTIONAL = frozenset(
    {"expression", "regex_pattern", "regex", "pattern", "delimiter", "separator", "sigmas"}
)
_FEW_WORDS = 4
_SHORTEST = 12
_EXAMPLE = "example"


def reads_as_text(value: str) -> bool:
    """Whether a value of which nothing is known is rather a text of a person than a choice or a model."""
    if _MODEL.search(value) or "://" in value:
        return False
    return "\n" in value or ", " in value or len(value.split()) >= _FEW_WORDS


def has_words(text: str, name: str) -> bool:
    """Whether the text of an input of this name says something: "1:1" and "a/2" do not, nor do patterns."""
    return name not in _FUNCTIONAL and _WORD.search(text) is not None


def is_worth_a_search(text: str) -> bool:
    """Whether a text says so much that the same text elsewhere in the document is a copy."""
    return len(text) >= _SHORTEST and (" " in text.strip() or not text.isascii())


def without_names(text: str, *, is_title: bool = False) -> tuple[str, Literal["file", "path", "picture"]]:
    """A text without the names of a person's files and folders, and what was in it.

    A picture, video, sound, 3D model or text file is called ``example``; of the path of any other file its
    name is left, and of a folder nothing. ``is_title`` is for texts that may look like the name of a file.
    """
    if _DATA.match(text):
        return "", "picture"
    if _ABSOLUTE.fullmatch(text):
        name = re.split(r"[\\/]", text)[-1]
        return (without_names(name)[0] if "." in name else ""), "path"
    media = None if is_title or "://" in text else _MEDIA.fullmatch(text)
    if media is not None:
        return f"{_EXAMPLE}.{media['ending'].lower()}{media['folder'] or ''}", "file"
    return _HOME.sub(r"\1user", text), "path"
