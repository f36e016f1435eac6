"""ComfyUI's own node types that the editor treats in a way of its own: one row for each.

What is special about a type is a trait. Code that handles a trait asks for the types that have it, and names
none of them. A type that the editor begins to treat so is a row here, or has a further trait in its row. C96
and the like are rules in docs/spec/conversion.md.
"""

from __future__ import annotations

import enum


class Trait(enum.Enum):
    """What the editor does with a type."""

    NOTE = enum.auto()
    """It stays in the editor, and has neither inputs nor outputs (C96)."""
    REROUTE = enum.auto()
    """It stays in the editor, and its output stands for its input (C96 to C99)."""
    PRIMITIVE = enum.auto()
    """It stays in the editor, and its value is written into the widgets that it is linked to (C89 to C93)."""
    AUDIO_PLAYER = enum.auto()
    """It has a player as a further input (C43; ``extensions/core/uploadAudio.ts``)."""
    MODEL_PREVIEW = enum.auto()
    """It has the view of a model as a further input (C43)."""
    SCENE = enum.auto()
    """It has a scene as a further input (C43)."""


class CoreType:
    """A row: a type and its traits; ``title`` for one that stays in the editor, as no server knows it."""

    __slots__ = ("name", "title", "traits")

    def __init__(self, name: str, *traits: Trait, title: str | None = None) -> None:
        self.name = name
        self.traits = traits
        self.title = title


CORE_TYPES = (
    CoreType("Load3DAdvanced", Trait.SCENE),
    CoreType("LoadAudio", Trait.AUDIO_PLAYER),
    CoreType("MarkdownNote", Trait.NOTE, title="Markdown Note"),
    CoreType("Note", Trait.NOTE, title="Note"),
    CoreType("Preview3D", Trait.MODEL_PREVIEW),
    CoreType("PreviewAudio", Trait.AUDIO_PLAYER),
    CoreType("PrimitiveNode", Trait.PRIMITIVE, title="Primitive"),
    CoreType("Reroute", Trait.REROUTE, title="Reroute"),
    CoreType("SaveAudio", Trait.AUDIO_PLAYER),
    CoreType("SaveAudioAdvanced", Trait.AUDIO_PLAYER),
    CoreType("SaveAudioMP3", Trait.AUDIO_PLAYER),
    CoreType("SaveAudioOpus", Trait.AUDIO_PLAYER),
    CoreType("SaveGLB", Trait.MODEL_PREVIEW),
)


def types_with(trait: Trait) -> frozenset[str]:
    """The types that have a trait."""
    return frozenset(row.name for row in CORE_TYPES if trait in row.traits)


(PRIMITIVE,) = types_with(Trait.PRIMITIVE)
(REROUTE,) = types_with(Trait.REROUTE)

EDITOR_ONLY = {row.name: row.title for row in CORE_TYPES if row.title is not None}
"""The types that stay in the editor, with their titles."""
