"""ComfyUI's own node types that the editor treats specially: one row for each.

Each kind of special treatment is a trait. Code that implements a trait asks this table for the types that
have it and names no type itself. To give a type special treatment, add a row, or a trait to its row. C96 and
the like are rules in docs/spec/conversion.md.
"""

from __future__ import annotations

import enum


class Trait(enum.Enum):
    """A special treatment of a type by the editor."""

    NOTE = enum.auto()
    """It stays in the editor, and has neither inputs nor outputs (C96)."""
    REROUTE = enum.auto()
    """It stays in the editor, and its output stands for its input (C96 to C99)."""
    PRIMITIVE = enum.auto()
    """It stays in the editor, and its value is written into the widgets that it is linked to (C89 to C93)."""
    FILE_NAME = enum.auto()
    """Tokens in its ``filename_prefix`` are replaced (C118; ``extensions/core/saveImageExtraOutput.ts``)."""
    AUDIO_PLAYER = enum.auto()
    """It has an audio player as a further input (C43; ``extensions/core/uploadAudio.ts``)."""
    MODEL_PREVIEW = enum.auto()
    """It has a preview of a 3D model as a further input (C43)."""
    SCENE = enum.auto()
    """It has a 3D scene as a further input (C43)."""
    VIEWPORT_STATE = enum.auto()
    """The widget of its 3D view is called ``viewport_state`` instead of ``image`` (C51)."""
    TEXT_PREVIEW = enum.auto()
    """It has two further widgets that show a text (C50)."""
    OWN_OPTIONS = enum.auto()
    """The options of its combo are widgets of the node itself (C79)."""
    LIMITED_INTEGER = enum.auto()
    """Its properties limit its integer (C94)."""
    LIMITED_FLOAT = enum.auto()
    """Its properties limit its float (C94)."""
    CAMERA = enum.auto()
    """It has a further button that takes a picture (C52)."""
    SAMPLER = enum.auto()
    """A former name of a sampler in its values is corrected (C69)."""
    MARKDOWN = enum.auto()
    """It is a note whose text is Markdown (``extensions/core/noteNode.ts``)."""
    SHOWN_OUTSIDE = enum.auto()
    """All its widgets are promoted when the editor makes a subgraph of a group node (C85)."""


class CoreType:
    """A row: a type and its traits. An editor-only type also has a ``title``, because no server knows it."""

    __slots__ = ("name", "title", "traits")

    def __init__(self, name: str, *traits: Trait, title: str | None = None) -> None:
        self.name = name
        self.traits = traits
        self.title = title


CORE_TYPES = (
    CoreType("CLIPSave", Trait.FILE_NAME),
    CoreType("CLIPTextEncode", Trait.SHOWN_OUTSIDE),
    CoreType("CustomCombo", Trait.OWN_OPTIONS),
    CoreType("KSampler", Trait.SAMPLER),
    CoreType("KSamplerAdvanced", Trait.SAMPLER),
    CoreType("Load3DAdvanced", Trait.SCENE),
    CoreType("LoadAudio", Trait.AUDIO_PLAYER),
    CoreType("LoadImage", Trait.SHOWN_OUTSIDE),
    CoreType("LoraSave", Trait.FILE_NAME),
    CoreType("MarkdownNote", Trait.NOTE, Trait.MARKDOWN, title="Markdown Note"),
    CoreType("ModelSave", Trait.FILE_NAME),
    CoreType("Note", Trait.NOTE, title="Note"),
    CoreType("Preview3D", Trait.MODEL_PREVIEW),
    CoreType("Preview3DAdvanced", Trait.VIEWPORT_STATE),
    CoreType("PreviewAny", Trait.TEXT_PREVIEW),
    CoreType("PreviewAudio", Trait.AUDIO_PLAYER),
    CoreType("PreviewGaussianSplat", Trait.VIEWPORT_STATE),
    CoreType("PreviewImage", Trait.SHOWN_OUTSIDE),
    CoreType("PreviewPointCloud", Trait.VIEWPORT_STATE),
    CoreType("PrimitiveFloat", Trait.LIMITED_FLOAT),
    CoreType("PrimitiveInt", Trait.LIMITED_INTEGER),
    CoreType("PrimitiveNode", Trait.PRIMITIVE, title="Primitive"),
    CoreType("Reroute", Trait.REROUTE, title="Reroute"),
    CoreType("Save3DAdvanced", Trait.FILE_NAME, Trait.VIEWPORT_STATE),
    CoreType("SaveAnimatedPNG", Trait.FILE_NAME),
    CoreType("SaveAnimatedWEBP", Trait.FILE_NAME),
    CoreType("SaveAudio", Trait.FILE_NAME, Trait.AUDIO_PLAYER),
    CoreType("SaveAudioAdvanced", Trait.FILE_NAME, Trait.AUDIO_PLAYER),
    CoreType("SaveAudioMP3", Trait.FILE_NAME, Trait.AUDIO_PLAYER),
    CoreType("SaveAudioOpus", Trait.FILE_NAME, Trait.AUDIO_PLAYER),
    CoreType("SaveGLB", Trait.FILE_NAME, Trait.MODEL_PREVIEW),
    CoreType("SaveGaussianSplat", Trait.FILE_NAME, Trait.VIEWPORT_STATE),
    CoreType("SaveImage", Trait.FILE_NAME, Trait.SHOWN_OUTSIDE),
    CoreType("SaveImageAdvanced", Trait.FILE_NAME),
    CoreType("SaveLatent", Trait.FILE_NAME),
    CoreType("SavePointCloud", Trait.FILE_NAME, Trait.VIEWPORT_STATE),
    CoreType("SaveSVGNode", Trait.FILE_NAME),
    CoreType("SaveText", Trait.TEXT_PREVIEW),
    CoreType("SaveVideo", Trait.FILE_NAME),
    CoreType("SaveWEBM", Trait.FILE_NAME),
    CoreType("VAESave", Trait.FILE_NAME),
    CoreType("WebcamCapture", Trait.CAMERA),
)


def types_with(trait: Trait) -> frozenset[str]:
    """The names of the types that have a trait."""
    return frozenset(row.name for row in CORE_TYPES if trait in row.traits)


(PRIMITIVE,) = types_with(Trait.PRIMITIVE)
(REROUTE,) = types_with(Trait.REROUTE)

EDITOR_ONLY = {row.name: row.title for row in CORE_TYPES if row.title is not None}
"""The titles of the editor-only types, by type."""
