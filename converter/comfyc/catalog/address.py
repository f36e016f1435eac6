"""The address of a server, with its secrets kept apart, and the shape of its answers.

This module is separate from ``http`` so that a cached catalogue does not pay for importing ``urllib.request``
(30 ms).
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    import ssl


ADDRESS_HINT = "pass the address at which a browser shows ComfyUI, such as http://127.0.0.1:8188"
LOGIN_HINT = (
    "pass the credentials that the server requires: --token, --header 'Name: value' or user:password@"
    " in the URL; or set $COMFYC_TOKEN, and $COMFYC_SERVER to this address"
)
TLS_HINT = (
    "pass the certificate of its authority with --cacert, or --insecure to skip the check; "
    "or name the certificate in $SSL_CERT_FILE"
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The address of a server. ``base`` may be shown and stored; ``query`` and ``headers`` may hold secrets.

    ``ssl_context`` says which certificates to trust (``None``: those that the system trusts).
    """

    base: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False)


DEFAULT_PORT = 8188
"""The port on which ComfyUI listens by default (comfy/cli_args.py)."""

DEFAULT_SERVER = f"http://127.0.0.1:{DEFAULT_PORT}"

_PUBLIC_HEADERS = ("accept", "accept-language", "user-agent", "origin", "referer", "comfy-usage-source")
_URL_HINT = f"write it like {DEFAULT_SERVER}"
_HOST = r"(?:[^/@\s]*@)?(?:\[[^/\]]+\]|[\w-]+(?:\.[\w-]+)*)"
_WITH_PORT = re.compile(rf"{_HOST}:\d+(?:[/?].*)?")
_HOST_ALONE = re.compile(rf"{_HOST}/?")
_BARE_IPV6 = re.compile(r"(?=.*:.*:)[0-9A-Fa-f:.]+")
_FILE = re.compile(r".*\.(?:json|jsonl|gz|txt)", re.IGNORECASE)


class UnreachableError(ComfycError):
    """The server gives no answer at present: no connection, a timeout, a truncated answer, a failing
    server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: the HTTP status, the unpacked body (empty unless the status is 200), and the ETag, if
    any."""

    status: int
    body: bytes
    etag: str | None


def server_url(address: str) -> str:
    """The URL for the address of a server. The scheme defaults to http, and if the port is missing too, it is
    ComfyUI's own ("gpu-box" is http://gpu-box:8188)."""
    text = address.strip()
    if "://" in text:
        return text
    if _BARE_IPV6.fullmatch(text):
        text = f"[{text}]"
    if _HOST_ALONE.fullmatch(text):
        text = f"{text.rstrip('/')}:{DEFAULT_PORT}"
    return f"http://{text}"


def names_server(text: str, folder: str = "") -> bool:
    """Whether a text names a server rather than a file in ``folder``: it has the form of an address
    ("http://host", "host:8188", "gpu-box", but not "object_info.json"), and there is no file of this name."""
    text = text.strip()
    if "://" in text:
        return True
    if os.path.exists(os.path.join(folder, text)):
        return False
    if _WITH_PORT.fullmatch(text) or _BARE_IPV6.fullmatch(text):
        return True
    return _HOST_ALONE.fullmatch(text) is not None and _FILE.fullmatch(text) is None


def is_same_server(address: str, other: str) -> bool:
    """Whether two addresses name the same server, however they are written."""
    try:
        return parse_server(address).base == parse_server(other).base
    except ComfycError:
        return False


def parse_server(url: str, headers: Mapping[str, str] | None = None) -> ServerAddress:
    """Parse the address of a server: a URL, or an address that :func:`server_url` turns into one.

    The path may be a base path, may end with a slash and may be that of ``/object_info`` itself. A user name
    and password in the URL become an ``Authorization`` header, unless ``headers`` has one. Raises
    ``ComfycError``, whose message has none of the secrets, if the URL or a header is malformed.
    """
    try:
        url.encode()  # an argument of the command line need not be valid text
        parts = urlsplit(server_url(url))
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ComfycError("the URL of the server is malformed", _URL_HINT)
    if parts.scheme.lower() not in ("http", "https"):
        raise ComfycError("the URL of the server is neither http nor https", _URL_HINT)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    before, found, after = path.partition("/object_info")
    if found and (not after or after.startswith("/")):
        path = before
    netloc = f"[{host}]" if ":" in host else host
    if port is not None:
        netloc += f":{port}"
    sent = _check_headers(headers or {})
    if parts.username is not None and not any(name.lower() == "authorization" for name in sent):
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    base = urlunsplit((parts.scheme.lower(), netloc, path.rstrip("/"), "", ""))
    return ServerAddress(base, quote(parts.query, safe="/%:@!$&'()*+,;=~?"), sent)


def _check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Reject malformed headers, which http.client would reject with a message that quotes the value."""
    for name, value in headers.items():
        sound = name and name.isascii() and name.isprintable() and not set(name) & set(" :")
        if not sound or not value.isprintable() or not value.isascii():
            raise ComfycError("a header for the server is malformed", "pass an ASCII name and value")
    return dict(headers)


def secrets_of(headers: Mapping[str, str], query: str) -> Iterator[str]:
    """The secrets that are sent with each request and must not be shown: the query and the values in it, the
    values of headers, and parts of these values ("Bearer abc", "key=abc; other=def", the user name and
    password of basic authentication).
    """
    yield query
    for pair in query.split("&"):
        yield pair.partition("=")[2]
    for name, value in headers.items():
        if name.lower() in _PUBLIC_HEADERS:
            continue
        yield value
        scheme, _, rest = value.partition(" ")
        if rest and "=" not in scheme:
            yield rest
        if scheme.lower() == "basic":
            yield from _password(rest)
        for part in value.split(";"):
            yield part.partition("=")[2].strip()


def _password(encoded: str) -> Iterator[str]:
    try:
        pair = base64.b64decode(encoded, validate=True).decode("utf-8")
    except ValueError:
        return
    user, _, password = pair.partition(":")
    yield pair
    yield password or user  # without a password, the user name is a key
