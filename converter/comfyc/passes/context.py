"""What the passes need besides the graph: the loaded workflow, the findings, and the policies."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from comfyc.collector import Collector
from comfyc.editor.state import Editor
from comfyc.editor.tokens import Replacements
from comfyc.given import NOTHING, Given
from comfyc.graph import NO_OPTIONS
from comfyc.passes.dynamicprompts import DynamicPromptRenderer

if TYPE_CHECKING:
    import random


class DynamicPrompts(enum.Enum):
    """How ``{a|b}`` is exported: one alternative at random as in the browser, the first, or unchanged."""

    RANDOM = "random"
    FIRST = "first"
    KEEP = "keep"


@dataclass
class Context:
    """Shared by all passes of one conversion."""

    editor: Editor
    diagnostics: Collector
    replacements: Replacements
    """Fills in what ``%...%`` stands for in file names."""
    dynamic_prompts: DynamicPrompts = DynamicPrompts.RANDOM
    random_seed: int | None = None
    now: datetime.datetime | None = None
    js_numbers: bool = False
    as_queue: bool = False
    document: Mapping[str, Any] = NO_OPTIONS
    """The document as it was parsed."""
    given: Given = NOTHING
    """Values that the caller sets."""

    @cached_property
    def random(self) -> random.Random:
        """The source of random choices, created on first use."""
        from random import Random  # noqa: PLC0415

        return Random(self.random_seed)

    @cached_property
    def renderer(self) -> DynamicPromptRenderer:
        """Renders the dynamic prompts of this conversion."""
        return DynamicPromptRenderer()

    def fill_presets(self, text: str) -> str:
        """Expand the built-in presets of Custom-Scripts, if the catalogue includes that pack."""
        from comfyc.packs.custom_scripts import SIGN, fill_presets  # noqa: PLC0415 - rarely needed

        filled = fill_presets(text)
        return filled if filled != text and SIGN in self.editor.catalog else text

    def choose(self, count: int) -> int:
        """Choose a number below ``count``: at random, or 0 under the policy ``FIRST``."""
        return 0 if self.dynamic_prompts is DynamicPrompts.FIRST else self.random.randrange(count)
