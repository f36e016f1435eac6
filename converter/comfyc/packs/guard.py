"""The guard around every call of a pack's hook: what the hook raises becomes a finding (N241).

with Guard(behaviour, "restore", diagnostics, ...) as guard:
    behaviour.restore(saved)
if guard.failed: ...
"""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.graph import Const, Input, Widget
from comfyc.packs.behaviour import Behaviour


class Guard:
    """Reports an exception of a hook, and says in ``failed`` that there was one.

    ``hook`` is the name of the hook in :class:`Behaviour`; the rest says which node it was called for. What
    is no ``Exception`` (``KeyboardInterrupt``) passes.
    """

    __slots__ = ("_about", "_behaviour", "_diagnostics", "_hook", "failed")

    def __init__(
        self,
        behaviour: Behaviour,
        hook: str,
        diagnostics: Collector,
        pointer: Pointer = (),
        node: str | None = None,
        title: str | None = None,
    ) -> None:
        self._behaviour, self._hook, self._diagnostics = behaviour, hook, diagnostics
        self._about = pointer, node, title
        self.failed = False

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.failed = True
        pointer, node, title = self._about
        pack = self._behaviour.pack
        self._diagnostics.report(
            codes.HOOK_FAILED,
            f"the hook '{self._hook}' of the pack {pack} raised {type(error).__name__}: {error}",
            pointer=pointer,
            node=node,
            title=title,
            hint="tell the author of the pack; the conversion goes on with what the file has",
            data={"pack": pack, "hook": self._hook},
        )
        return True


Values = list[tuple[Widget, Any, Any]]
"""Widgets of a node, each with its value and where that stands in the file."""


def values_of(widgets: Iterable[Widget]) -> Values:
    """What the widgets hold before a hook changes them."""
    return [(widget, widget.value, widget.saved_at) for widget in widgets]


def put_back(values: Values) -> list[Widget]:
    """The widgets with what they held before a hook failed."""
    for widget, value, saved_at in values:
        widget.value, widget.saved_at = value, saved_at
    return [widget for widget, _, _ in values]


def checked_widgets(made: Any) -> list[Widget]:
    """What a hook leaves as the widgets of a node; ``TypeError`` if it is something else."""
    if not isinstance(made, list) or not all(isinstance(one, Widget) for one in made):
        raise TypeError(f"the widgets are no list of Widget objects, but {made!r:.100}")
    return made


def checked_stand_in(made: Any) -> Input | Const | None:
    """What an output stands for, as a hook gives it; ``TypeError`` if it is something else."""
    if made is not None and not isinstance(made, Input | Const):
        raise TypeError(f"an output stands for an Input, a Const or None, not for {made!r:.100}")
    return made
