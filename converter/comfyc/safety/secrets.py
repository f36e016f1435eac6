"""Secrets taken out of what a server says: it knows them, and may repeat them in any text or spelling."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "***"
_SHORTEST_SECRET = 4
"""Shorter ones are not searched for in free text: hiding every 'a' would hide the message itself."""
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_UNUSUAL = re.compile(r"[%&\\+]|[^\x20-\x7e]")
"""What a text has that may spell a secret in another way."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ROUNDS = 3
"""How often a text is taken for an escaped one: a URL in JSON in HTML."""


def forms_of(secrets: Iterable[str]) -> tuple[str, ...]:
    """Each secret as it is and in its encodings, the longest first so that no part of one is left over."""
    found: set[str] = set()
    for secret in secrets:
        for plain in {secret, unquote(secret)}:
            found.update((plain, quote(plain, safe=""), quote(plain), quote_plus(plain)))
            found.update((json.dumps(plain)[1:-1], html.escape(plain), plain.encode().hex()))
            if len(plain) >= _SHORTEST_SECRET:
                found.update(_in_base64(plain.encode()))
    return tuple(sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True))


def _in_base64(secret: bytes) -> Iterable[str]:
    """What is sure to be in the base64 of anything that holds the secret, wherever in it that stands."""
    for before in range(3):
        inside = bytes(before) + secret
        whole = base64.b64encode(inside[: len(inside) // 3 * 3])[(0, 2, 3)[before] :].decode("ascii")
        if before == 0:
            yield base64.b64encode(secret).decode("ascii").rstrip("=")
            yield base64.urlsafe_b64encode(secret).decode("ascii").rstrip("=")
        if len(whole) > 2 * _SHORTEST_SECRET:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")


def hide(text: str, forms: tuple[str, ...]) -> str:
    """``text`` without any of the secrets; nothing is left of one that spells a secret in some other way."""
    if _UNUSUAL.search(text) is not None and _is_spelt(text, forms):
        return HIDDEN
    for form in forms:
        text = text.replace(form, HIDDEN)
    return text


def _is_spelt(text: str, forms: tuple[str, ...]) -> bool:
    """Whether there are more secrets in a text than can be seen."""
    read = text
    for _ in range(_ROUNDS):
        read = _UNSEEN.sub("", unicodedata.normalize("NFKC", html.unescape(_unescaped(unquote(read)))))
        for form in forms:
            if max(read.count(form), read.replace("+", " ").count(form)) > text.count(form):
                return True
    return False


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)) if not found[3] else found[3], text)


def hide_in(
    value: Any, redact: Callable[[str], str], other: Callable[[Any], Any] = lambda value: value
) -> Any:
    """A JSON value with secrets hidden in its texts and its keys, of which no two become one.

    ``other`` does the same for what is not JSON.
    """
    if isinstance(value, str):
        return _hide_in_name(value, redact)
    if isinstance(value, Mapping):
        found: dict[Any, Any] = {}
        for key, member in value.items():
            name = _hide_in_name(key, redact) if isinstance(key, str) else key
            while name in found:
                name += "*"
            found[name] = hide_in(member, redact, other)
        return found
    if isinstance(value, list | tuple):
        return type(value)(hide_in(member, redact, other) for member in value)
    if isinstance(value, int) and redact(str(value)) == HIDDEN:
        return HIDDEN
    return other(value)


def _hide_in_name(text: str, redact: Callable[[str], str]) -> str:
    """The same for a text that may be the id of a prompt, of which a short secret may well be a part."""
    hidden = redact(text)
    return text if hidden != text and hidden != HIDDEN and _UUID.fullmatch(text) else hidden
