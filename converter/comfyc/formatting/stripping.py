"""Take out of a workflow what is only its owner's: seeds (``--strip-seeds``), and texts and names
(``--strip-names``).

Links, nodes, models and all other values stay, so that the workflow runs as before with other seeds or texts.
docs/format.md says what is touched; a test compares.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.catalog.core_types import Trait, types_with
from comfyc.catalog.seeds import seed_limits
from comfyc.diagnostics import ComfycError, Pointer
from comfyc.documents import is_prompt, is_workflow, value_at
from comfyc.editor.nodes.live import CONTROL_MODES
from comfyc.formatting.names import OWN_EXTRAS, has_words, is_worth_a_search, reads_as_text, without_names
from comfyc.formatting.saved import SavedValue, leaves, saved_values
from comfyc.graph import ABSENT
from comfyc.options import Options
from comfyc.prompt import Prompt
from comfyc.safety.limits import Limits
from comfyc.saving.draft import Draft

Kind = Literal["seed", "text", "file", "path", "picture", "member"]
_NO_TEXTS = types_with(Trait.NOTE) | types_with(Trait.OWN_OPTIONS)
"""Notes are for those who get the workflow, and the options of a combo are what it works with."""
_SEED_NAMES = ("seed", "noise_seed")
_CHANGING = frozenset(CONTROL_MODES) - {"fixed"}
_LARGE = 65535
"""A larger number before the word "fixed", in a node of an unknown type, is a seed."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A value that was taken out. ``pointer`` leads to it; ``node`` and ``input`` name it where it is the
    value of a node, else they are ""."""

    what: Kind
    pointer: Pointer
    node: str = ""
    input: str = ""


def strip(
    document: Any, catalog: Catalog | None, limits: Limits, *, seeds: bool, names: bool
) -> tuple[Any, list[Stripped]]:
    """A changed copy of a workflow or prompt, and what was taken out of it. What does not change is shared.

    ``ComfycError`` for a document that only wraps a workflow, which may hold the values a second time, and
    for one whose other values would change, too.
    """
    if not is_workflow(document) and not is_prompt(document):
        raise ComfycError(
            "the workflow is inside another document, whose values cannot be stripped",
            "extract the workflow first",
        )
    catalog = Catalog.load() if catalog is None else catalog
    options = Options(limits=limits, now=datetime.datetime.now())  # the same for both conversions
    conversion = convert_parsed(document, catalog, options)
    draft, found = Draft(document), list[Stripped]()
    texts: set[str] = set()
    for one in list(saved_values(document, conversion)):
        what: Kind = "seed"
        new = _without_seed(one, document) if seeds else ABSENT
        if names and new is ABSENT:
            what, new = "text", _without_text(one)
        if new is ABSENT or new == one.value:
            continue
        if what == "text" and is_worth_a_search(one.value):
            texts.add(one.value)
        draft.put(one.pointer, new)
        found.append(Stripped(what, one.pointer, one.node, one.name))
    if names:
        found += _sweep(draft, texts)
    if found:
        written = [draft.get(one.pointer) for one in found]
        _require_same(conversion.prompt, convert_parsed(draft.value, catalog, options).prompt, written)
    return draft.value, found


def _require_same(before: Prompt, after: Prompt, written: list[Any]) -> None:
    """``ComfycError`` if more has changed than what was written: which value belongs to which input may
    depend on what the values are."""
    allowed = {value for value in written if isinstance(value, str | int)}
    is_same = list(before) == list(after)
    for ident, node in before.items() if is_same else ():
        old, new = dict(leaves(node["inputs"])), dict(leaves(after[ident]["inputs"]))
        is_same &= list(old) == list(new) and all(
            new[pointer] == value or (isinstance(new[pointer], str | int) and new[pointer] in allowed)
            for pointer, value in old.items()
        )
    if not is_same:
        raise ComfycError(
            "other values would be read in another way if these were taken out",
            "open the workflow in the editor, save it, and strip that file",
        )


def _without_seed(one: SavedValue, document: Any) -> Any:
    """The fixed value for a seed; ABSENT if the value is none.

    An integer that merely has a control, such as that of a PrimitiveInt, is a seed only if the control
    changes it.
    """
    if one.value.__class__ is not int:
        return ABSENT
    *around, at = one.pointer
    control = value_at(document, (*around, at + 1)) if isinstance(at, int) else None
    control = control if isinstance(control, str) else ""
    if one.spec is None:
        is_seed = one.name in _SEED_NAMES or control in _CHANGING
        return 0 if is_seed or (control in CONTROL_MODES and one.value > _LARGE) else ABSENT
    limits = seed_limits(one.spec.name, one.spec.options)
    if limits is None or one.spec.type != "INT":
        return ABSENT
    return max(0, limits[0]) if "seed" in one.spec.name or control in _CHANGING else ABSENT


def _without_text(one: SavedValue) -> Any:
    """The default of a text input; ABSENT for what is no text."""
    if not isinstance(one.value, str) or one.type in _NO_TEXTS:
        return ABSENT
    if one.spec is None:
        return "" if reads_as_text(one.value) else ABSENT
    if one.spec.type != "STRING" or not has_words(one.value, one.spec.name):
        return ABSENT
    default = one.spec.options.get("default")
    return default if isinstance(default, str) else ""


def _sweep(draft: Draft, texts: set[str]) -> Iterator[Stripped]:
    """Take names of files and paths out of the whole document, and texts that were taken out elsewhere."""
    for pointer in OWN_EXTRAS:
        if draft.get(pointer) is not ABSENT:
            del draft.own(pointer[:-1])[pointer[-1]]
            yield Stripped("member", pointer)
    for pointer, value in list(leaves(draft.value)):
        if not isinstance(value, str):
            continue
        if value in texts:
            draft.put(pointer, "")
            yield Stripped("text", pointer)
            continue
        new, what = without_names(value, is_title=pointer[-1] in ("title", "name", "label"))
        if new != value:
            draft.put(pointer, new)
            yield Stripped(what, pointer)
