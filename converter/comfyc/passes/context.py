"""What the passes need besides the graph: the loaded workflow, the findings, and the policies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from comfyc.collector import Collector
from comfyc.editor.loading.tokens import Replacements
from comfyc.editor.nodes.state import Editor
from comfyc.given import NOTHING, Given
from comfyc.options import DynamicPrompts, Options
from comfyc.passes.dynamicprompts import DynamicPromptRenderer

if TYPE_CHECKING:
    import random


@dataclass
class Context:
    """Shared by all passes of one conversion."""

    editor: Editor
    diagnostics: Collector
    replacements: Replacements
    """Fills in what ``%...%`` stands for in file names."""
    options: Options
    document: Mapping[str, Any]
    """The document as it was parsed."""
    given: Given = NOTHING
    """Values that the caller sets."""

    @cached_property
    def seed(self) -> int | None:
        """The seed of all random choices: that of the options, else a new one. None if nothing is chosen at
        random, under the policy ``FIRST``."""
        if self.options.dynamic_prompts is DynamicPrompts.FIRST:
            return None
        given = self.options.random_seed
        return int.from_bytes(os.urandom(4), "big") if given is None else given

    @cached_property
    def random(self) -> random.Random:
        """The source of random choices, created on first use."""
        from random import Random  # noqa: PLC0415

        return Random(self.seed)

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
        return 0 if self.seed is None else self.random.randrange(count)
