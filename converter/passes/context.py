"""What the passes need beside the graph: the loaded workflow, where to report, and the policies."""

from __future__ import annotations

import datetime
import enum
import random
from dataclasses import dataclass, field

from converter.diagnostics import Diagnostics
from converter.editor.load import Editor
from converter.editor.replace import Replacements


class DynamicPrompts(enum.Enum):
    """Which alternative of ``{a|b}`` is written: one at random as in the browser, the first, or all."""

    RANDOM = "random"
    FIRST = "first"
    KEEP = "keep"


@dataclass(slots=True)
class Context:
    """Shared by all passes of one conversion."""

    editor: Editor
    diagnostics: Diagnostics
    dynamic_prompts: DynamicPrompts = DynamicPrompts.RANDOM
    random: random.Random = field(default_factory=random.Random)
    now: datetime.datetime | None = None
    replacements: Replacements = field(init=False)

    def __post_init__(self) -> None:
        self.replacements = Replacements(self.editor, self.now)
