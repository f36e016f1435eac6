"""Remove secrets from a server's texts: the server knows them, and may repeat them in any spelling."""

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
"""Shorter secrets are not searched for in free text: hiding every 'a' would hide the message itself."""
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_UNUSUAL = re.compile(r"[%&\\+]|[^\x20-\x7e]")
"""Characters that occur in a text which may spell a secret in another way."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"//[^\s\"'<>\\^`{|}]+(?:\\u0026[^\s\"'<>\\^`{|}]+)*")
"""An address from its host on: a text may have lost its scheme, and a search for that would be slow."""
_USER = re.compile(r"(?<=//)[^/?#@]+(?=@)")
_KEY = re.compile(
    r"(?<=[?&;6])((?:access|api|auth|private|refresh|session)?[_-]?(?:key|token|secret|password|passwd|signature|sig)"
    r"|x-amz-(?:credential|signature|security-token)|client[_-]secret|authorization)=[^&#;\\]+",
    re.IGNORECASE,
)
"""What holds a secret in the query of an address; ``&`` may be spelt as in HTML or in JSON for a page."""
_ROUNDS = 3
"""How many times a text is unescaped: a URL in JSON in HTML takes three."""


def forms_of(secrets: Iterable[str]) -> tuple[str, ...]:
    """All spellings of the secrets: each as it is and in its usual encodings.

    The longest come first, so that no part of a secret is left when they are replaced in this order.
    """
    found: set[str] = set()
    for secret in secrets:
        for plain in {secret, unquote(secret)}:
            found.update((plain, quote(plain, safe=""), quote(plain), quote_plus(plain)))
            found.update((json.dumps(plain)[1:-1], html.escape(plain), plain.encode().hex()))
            if len(plain) >= _SHORTEST_SECRET:
                found.update(_in_base64(plain.encode()))
    return tuple(sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True))


def _in_base64(secret: bytes) -> Iterable[str]:
    """Texts of which one is in the base64 of any text that contains the secret, wherever it begins."""
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
    """``text`` with the secrets replaced by ``***``. A text that spells a secret in some other way is
    replaced as a whole."""
    if _UNUSUAL.search(text) is not None and _is_spelt(text, forms):
        return HIDDEN
    for form in forms:
        text = text.replace(form, HIDDEN)
    return text


def _is_spelt(text: str, forms: tuple[str, ...]) -> bool:
    """Whether a text has secrets that show only once it is unescaped."""
    read = text
    for _ in range(_ROUNDS):
        read = _UNSEEN.sub("", unicodedata.normalize("NFKC", html.unescape(_unescaped(unquote(read)))))
        for form in forms:
            if max(read.count(form), read.replace("+", " ").count(form)) > text.count(form):
                return True
    return False


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)) if not found[3] else found[3], text)


def hide_in_addresses(text: str) -> str:
    """A text with the user names, passwords and keys in its addresses replaced by ``***``.

    The text may be HTML, SVG or JSON: what is taken away ends before whatever ends a value there.
    """
    return _ADDRESS.sub(lambda found: _bare(found.group()), text) if "//" in text else text


def _bare(address: str) -> str:
    return _KEY.sub(rf"\1={HIDDEN}", _USER.sub(HIDDEN, address, count=1))


def hide_in(
    value: Any, redact: Callable[[str], str], other: Callable[[Any], Any] = lambda value: value
) -> Any:
    """A copy of a JSON value with ``redact`` applied to its texts and keys. Keys stay distinct.

    ``other`` is applied to values that are not JSON.
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
    """Redact a text, unless it is a UUID of which a secret is merely a part: ids of prompts may contain a
    short secret by chance."""
    hidden = redact(text)
    return text if hidden != text and hidden != HIDDEN and _UUID.fullmatch(text) else hidden
