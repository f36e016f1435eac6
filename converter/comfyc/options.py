"""The policies of a conversion: an enum for each, and :class:`Options`, which holds them.

The command line takes the same enums for its flags.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from comfyc.safety.limits import DEFAULTS, Limits

if TYPE_CHECKING:
    import datetime

_Policy = TypeVar("_Policy", bound=enum.Enum)


class Meta(enum.Enum):
    """What of each node's ``_meta`` is written: all that frontend 1.58.1 writes, the title as older
    frontends do, or nothing."""

    FULL = "full"
    TITLE = "title"
    NONE = "none"


class UnknownTypes(enum.Enum):
    """What becomes of a node whose type is in no catalogue: its class, and its values under the names that
    the file has for them; or a node without a class, as the browser writes it."""

    FROM_FILE = "class"
    BROWSER = "browser"


class DynamicPrompts(enum.Enum):
    """Which alternative of ``{a|b}`` is written: the first, one at random as in the browser, or all of them
    as they stand in the file."""

    FIRST = "first"
    RANDOM = "random"
    KEEP = "keep"


class Button(enum.Enum):
    """Whose prompt is made: that of File > Export (API), or the one that the Queue button would run. The
    scripts of some custom-node packs act only when a prompt is queued."""

    EXPORT = "export"
    QUEUE = "queue"


class Product(enum.Enum):
    """What is made of a file: the prompt, as ``convert`` does, or a workflow, as ``to_workflow`` does."""

    PROMPT = "prompt"
    WORKFLOW = "workflow"


class Arrangement(enum.Enum):
    """What workflow is made of a prompt: the editor's, with what the editor loses; or ours, which has the
    subgraphs of ids such as "12:3" again, loses as little as can be, and is laid out for reading."""

    EDITOR = "editor"
    TIDY = "tidy"


@dataclass(frozen=True, slots=True)
class Options:
    """The policies of a conversion.

    A policy may also be given as the value of its enum: ``Options(meta="title")``. ``ValueError`` for a value
    that the enum does not have.
    """

    meta: Meta = Meta.FULL
    js_numbers: bool = False
    """Whether integers beyond 2^53 are rounded as the browser rounds them."""
    unknown: UnknownTypes = UnknownTypes.FROM_FILE
    dynamic_prompts: DynamicPrompts = DynamicPrompts.FIRST
    random_seed: int | None = None
    """The seed of everything that is drawn at random; without one a seed is drawn, and finding N242 tells
    it."""
    now: datetime.datetime | None = None
    """The moment that ``%date%`` shows; None is the time of the conversion."""
    button: Button = Button.EXPORT
    browser_exact: bool = False
    """Whether to reproduce what the browser gets wrong: it exports muted and bypassed nodes of some kinds,
    and drops links that it could read."""
    limits: Limits = DEFAULTS
    """What a document may cost."""

    def __post_init__(self) -> None:
        for name, kind in _POLICIES.items():
            value = getattr(self, name)
            if value.__class__ is not kind:
                object.__setattr__(self, name, _policy(name, kind, value))


_POLICIES: dict[str, type[enum.Enum]] = {
    "meta": Meta,
    "unknown": UnknownTypes,
    "dynamic_prompts": DynamicPrompts,
    "button": Button,
}


def _policy(name: str, kind: type[_Policy], value: object) -> _Policy:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(repr(one.value) for one in kind)
        raise ValueError(f"{name} is one of {choices} ({kind.__name__}), got {value!r}") from None
