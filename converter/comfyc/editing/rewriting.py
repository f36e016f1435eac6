"""From a text and what it is to say, to the splices that change no more of it than that takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.editing.alignment import aligned, is_same
from comfyc.editing.members import Container, MemberText, after_space, container_at, value_end
from comfyc.editing.style import Sort, Surroundings, line_indent, scalar_text, style_of, written

_Item = tuple[int | None, Any, str | None]
"""A member of the new container: its index in the text (None for a new one), its value, and its key."""


@dataclass(frozen=True, slots=True)
class Splice:
    """A piece of a text, from ``start`` to ``end``, and what it is replaced with."""

    start: int
    end: int
    text: str


def rewritten(text: str, old: Any, new: Any) -> str:
    """The text of the document ``new``, made of that of ``old`` with as few changes as it takes.

    ``old`` is what ``text`` parses to: of a repeated key, the last value counts. What the two documents share
    keeps its text, and is found faster if it is the same object. Integers stay exact, other numbers are
    written in JavaScript's style. A byte order mark stays. Raises ``ComfycError`` if ``text`` is not JSON.
    """
    pieces: list[str] = []
    done = 0
    for splice in splices(text, old, new):
        pieces += (text[done : splice.start], splice.text)
        done = splice.end
    return "".join((*pieces, text[done:]))


def splices(text: str, old: Any, new: Any) -> list[Splice]:
    """The changes that :func:`rewritten` makes, in the order of the text."""
    start = after_space(text, 1 if text.startswith("\ufeff") else 0)
    return list(_changes(text, start, old, new, ()))


def _changes(text: str, at: int, old: Any, new: Any, openings: Sequence[int]) -> Iterator[Splice]:
    """The changes to the value at an offset, which is inside of the containers at ``openings``."""
    if is_same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        container = container_at(text, at)
        yield from _container_changes(text, container, _of_object(container, old, new), old, openings)
    elif isinstance(old, list) and isinstance(new, list):
        container = container_at(text, at)
        items: list[_Item] = [(index, item, None) for index, item in zip(aligned(old, new), new, strict=True)]
        yield from _container_changes(text, container, items, old, openings)
    else:
        around = Surroundings(text, openings)
        yield Splice(at, value_end(text, at), written(new, line_indent(text, at), around))


def _of_object(container: Container, old: dict[str, Any], new: dict[str, Any]) -> list[_Item]:
    """The members of a changed object: those that stay in the order of the text, each repetition of a key
    too, and a new one behind the one that it follows in ``new``."""
    following: dict[str | None, list[str]] = {}
    before: str | None = None
    for key in new:
        if key in old:
            before = key
        else:
            following.setdefault(before, []).append(key)
    last = {member.key: index for index, member in enumerate(container.members)}
    items: list[_Item] = [(None, new[key], key) for key in following.get(None, ())]
    for index, member in enumerate(container.members):
        if member.key is None or member.key not in new:
            continue
        is_last = last[member.key] == index
        items.append((index, new[member.key] if is_last else None, member.key))
        if is_last:
            items += ((None, new[key], key) for key in following.get(member.key, ()))
    return items


def _container_changes(
    text: str, container: Container, items: Sequence[_Item], old: Any, openings: Sequence[int]
) -> Iterator[Splice]:
    """The changes to a container that is to have these members."""
    members = container.members
    around = Surroundings(text, (*openings, container.opening))
    last = {member.key: index for index, member in enumerate(members)}
    before: int | None = None
    added: list[tuple[str | None, Any]] = []
    for index, value, key in items:
        if index is None:
            added.append((key, value))
            continue
        yield from _gap_changes(container, before, index, added, around)
        before, added = index, []
        if key is None or last[key] == index:
            yield from _changes(
                text, members[index].value, old[index if key is None else key], value, around.openings
            )
    yield from _gap_changes(container, before, None, added, around)


def _gap_changes(
    container: Container,
    before: int | None,
    after: int | None,
    added: Sequence[tuple[str | None, Any]],
    around: Surroundings,
) -> Iterator[Splice]:
    """The change between two members that stay, by their indexes; None stands for a bracket."""
    text, members = around.text, container.members
    are_neighbours = (-1 if before is None else before) + 1 == (len(members) if after is None else after)
    if not added and are_neighbours:
        return
    start = container.opening + 1 if before is None else members[before].end
    end = container.closing if after is None else members[after].start
    if not members:
        yield Splice(start, end, _first_members(container, added, around))
        return
    if before is None and after is None and not added:
        yield Splice(start, end, "")
        return
    lead = text[container.opening + 1 : members[0].start]
    between = _between(container, before, after, around)
    indent = line_indent(text, container.opening)
    behind = between[between.index(",") + 1 :]
    if "\n" in behind or "\r" in behind:
        indent = behind[max(behind.rfind("\n"), behind.rfind("\r")) + 1 :]
    parts = [_member_text(one, indent, container, around) for one in added]
    head = lead if before is None else between if parts else ""
    if after is None:
        tail = text[members[-1].end : container.closing]
    elif parts:
        tail = between
    else:
        tail = "" if before is None else text[members[after - 1].end : end]
    yield Splice(start, end, head + between.join(parts) + tail)


def _between(container: Container, before: int | None, after: int | None, around: Surroundings) -> str:
    """The comma and white space between members near to these: those that are there in the text."""
    text, members = around.text, container.members
    if len(members) > 1:
        near = before if before is not None else 0 if after is None else after - 1
        index = min(max(near, 0), len(members) - 2)
        return text[members[index].end : members[index + 1].start]
    lead = text[container.opening + 1 : members[0].start]
    if "\n" in lead or "\r" in lead:
        return "," + lead
    sort = Sort.PLAIN_LIST if members[0].key is None else Sort.OBJECT
    style = style_of(sort, around)
    return ", " if style.newline else style.comma


def _first_members(
    container: Container, added: Sequence[tuple[str | None, Any]], around: Surroundings
) -> str:
    """What is between the brackets of a container that was empty."""
    is_object = around.text[container.opening] == "{"
    value = {key or "": item for key, item in added} if is_object else [item for _, item in added]
    outer = Surroundings(around.text, around.openings[:-1] or around.openings)
    return written(value, line_indent(around.text, container.opening), outer)[1:-1]


def _member_text(
    added: tuple[str | None, Any], indent: str, container: Container, around: Surroundings
) -> str:
    key, value = added
    text = written(value, indent, around)
    if key is None:
        return text
    first: MemberText = container.members[0]
    return scalar_text(key, around.text) + around.text[first.key_end : first.value] + text
