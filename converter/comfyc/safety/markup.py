"""HTML in which nothing but our own text is markup.

:func:`tag` escapes every child that is not :class:`Html` already, and every value of an attribute.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from comfyc.safety.escaping import json_escaped, visible

_VOID = frozenset({"img", "input", "link", "meta"})
_BREAKS = re.compile(r"[_./-]+(?=\w)")


class Html(str):
    """Text that is markup."""

    __slots__ = ()


Child = str | None
NOTHING = Html("")


def text(given: str) -> Html:
    """A text as it is, in lines; characters that no page should have are spelt."""
    return Html("\n".join(escape(visible(line)) for line in given.split("\n")))


def breakable(given: str) -> Html:
    """A name, which may be broken behind the characters that part its words."""
    return Html(_BREAKS.sub(r"\g<0><wbr>", text(given)))


def tag(element: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. A None among the children, and an attribute that is None or false, is left out; ``class_``
    and ``data_x`` are the attributes ``class`` and ``data-x``."""
    parts = [f"<{element}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{escape(visible(str(value)))}"')
    parts.append(">")
    if element not in _VOID:
        parts += [together(children), f"</{element}>"]
    return Html("".join(parts))


def together(children: Iterable[Child]) -> Html:
    """Several texts and elements after one another."""
    return Html("".join(one if isinstance(one, Html) else text(one) for one in children if one is not None))


def table(header: Iterable[str], rows: Iterable[Iterable[Child]], **attributes: str) -> Html:
    """A table in a box that scrolls if it is too wide."""
    head = tag("thead", tag("tr", *(tag("th", one, scope="col") for one in header)))
    body = tag("tbody", *(tag("tr", *(tag("td", one) for one in row)) for row in rows))
    return tag("div", tag("table", head, body, **attributes), class_="scroll")


def fold(summary: Child, *children: Child, is_open: bool = False, **attributes: str | None) -> Html:
    """A part of a page that can be folded away."""
    return tag("details", tag("summary", summary), *children, open=is_open, **attributes)


def link(where: str, /, *children: Child, **attributes: str | None) -> Html:
    """A link; to one that leaves the site it is not said where it was."""
    if where.startswith(("http://", "https://")):
        attributes["rel"] = "noreferrer"
    return tag("a", *children, href=where, **attributes)


def script_data(name: str, value: Any) -> Html:
    """A JSON value for the script of the page, in which nothing ends the element."""
    made = json_escaped(json.dumps(value, ensure_ascii=True, separators=(",", ":")))
    for char in "<>&":
        made = made.replace(char, f"\\u{ord(char):04x}")
    return Html(f'<script type="application/json" id="{name}">{made}</script>')


def source_hash(code: str) -> str:
    """A script or a style sheet as the policy of a page names it (CSP, ``script-src`` and ``style-src``)."""
    digest = base64.b64encode(hashlib.sha256(code.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
