"""Files at addresses (``https:``, ``http:``, ``data:``) as values of inputs that take files.

What an address may be is decided here, before anything is sent; ``running/client/fetching.py`` fetches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from comfyc.safety.limits import DEFAULTS

_ADDRESS = re.compile(r"(?:https?://|data:)", re.IGNORECASE)
_LONGEST = 200


class AddressError(ValueError):
    """An address that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What may be fetched: files of at most so many bytes, and whether ``private`` addresses may be asked."""

    most: int = DEFAULTS.downloads
    private: bool = False


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file at an address, for an input that takes files of these kinds ("image", "animation", "video",
    "audio", "model").

    As a text it is its address without the query, which may hold a secret.
    """

    address: str = field(repr=False)
    kinds: tuple[str, ...] = ()

    @property
    def is_data(self) -> bool:
        return self.address[:5].lower() == "data:"

    @property
    def name(self) -> str:
        """What the file is called: the end of the path."""
        if self.is_data:
            return "data"
        return unquote(urlsplit(self.address).path).rstrip("/").rpartition("/")[2] or "file"

    def __str__(self) -> str:
        return shown_address(self.address)


def is_address(text: str) -> bool:
    """Whether a text is an address of the web, or one that holds the data itself."""
    return _ADDRESS.match(text) is not None


def shown_address(address: str) -> str:
    """An address for messages: without the query, and of data only how much there is."""
    if address[:5].lower() == "data:":
        kind, _, data = address.partition(",")
        return f"{kind[:_LONGEST]},... ({len(data):,} characters)"
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address.partition(':')[0][:_LONGEST]}:..."
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return shown[:_LONGEST] + ("?..." if parts.query else "")


def split_address(address: str, *, private: bool) -> SplitResult:
    """The parts of an address of the web that may be asked. :class:`AddressError` for any other.

    Without encryption, anybody on the way can put another file in: ``http:`` is for private addresses.
    """
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise AddressError("it is not an address") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or not has_port:
        raise AddressError("only addresses that begin with https:// can be fetched")
    if parts.username is not None:
        raise AddressError("it holds a user name, and comfyc sends no credentials")
    if parts.scheme == "http" and not private:
        raise AddressError("it is not encrypted (http), which is for private addresses only")
    return parts
