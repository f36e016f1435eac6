"""What the passes need beside the graph: the loaded workflow, where to report, and the policies."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import Diagnostics
from comfyc.editor.load import Editor
from comfyc.editor.tokens import Replacements
from comfyc.given import NOTHING, Given
from comfyc.graph import NO_OPTIONS
from comfyc.passes.dynamicprompts import Renderer

if TYPE_CHECKING:
    import random


class DynamicPrompts(enum.Enum):
    """Which alternative of ``{a|b}`` is written: one at random as in the browser, the first, or all."""

    RANDOM = "random"
    FIRST = "first"
    KEEP = "keep"


@dataclass
class Context:
    """Shared by all passes of one conversion."""

    editor: Editor
    diagnostics: Diagnostics
    dynamic_prompts: DynamicPrompts = DynamicPrompts.RANDOM
    random_seed: int | None = None
    now: datetime.datetime | None = None
    js_numbers: bool = False
    as_queue: bool = False
    document: Mapping[str, Any] = NO_OPTIONS
    """The file itself."""
    given: Given = NOTHING
    """Values that are set by hand."""

    @cached_property
    def replacements(self) -> Replacements:
        """Fills in what ``%...%`` stands for in file names."""
        return Replacements(self.editor, self.now, self.given.places)

    @cached_property
    def random(self) -> random.Random:
        """The source of choices; made when the first is due."""
        from random import Random  # noqa: PLC0415

        return Random(self.random_seed)

    @cached_property
    def renderer(self) -> Renderer:
        """Renders the dynamic prompts of this conversion."""
        return Renderer()

    def fill_presets(self, text: str) -> str:
        """A text with the presets that Custom-Scripts has from the start, if that pack is there."""
        from comfyc.packs.custom_scripts import SIGN, fill_presets  # noqa: PLC0415 - rarely needed

        filled = fill_presets(text)
        return filled if filled != text and SIGN in self.editor.catalog else text

    def choose(self, count: int) -> int:
        """A number below ``count``: at random, or 0 if the first alternative of everything is asked for."""
        return 0 if self.dynamic_prompts is DynamicPrompts.FIRST else self.random.randrange(count)
