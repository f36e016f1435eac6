"""What the passes need beside the graph: the loaded workflow, where to report, and the policies."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from converter.diagnostics import Diagnostics
from converter.editor.load import Editor
from converter.editor.replace import Replacements

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
    replacements: Replacements = field(init=False)

    @cached_property
    def random(self) -> random.Random:
        """The source of choices; made when the first is due."""
        from random import Random  # noqa: PLC0415

        return Random(self.random_seed)

    def __post_init__(self) -> None:
        self.replacements = Replacements(self.editor, self.now)
