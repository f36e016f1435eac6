"""GET from a ComfyUI server with the standard library: bounded in time and size, credentials kept quiet.

Only ``urllib`` is used, so that a conversion needs no HTTP library. Nothing here knows what the answers
mean.
"""

from __future__ import annotations

import base64
import http.client
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from converter.catalog_bundle import SIZE_LIMIT, gunzip
from converter.diagnostics import ConverterError

_CHUNK = 1 << 18
_PATIENCE = 20
"""An answer that is still dripping in after this many times the timeout is given up."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_REACH_HINT = "check that ComfyUI runs there, or pass a saved object_info.json instead"


class UnreachableError(ConverterError):
    """There is no answer to be had now (no connection, a timeout, a broken answer, a failing server)."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is. ``base`` may be shown and stored; ``query`` and ``headers`` may hold secrets."""

    base: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, the unpacked body (empty unless 200) and the ETag, if any."""

    status: int
    body: bytes
    etag: str | None


def parse_server(url: str, headers: Mapping[str, str] | None = None) -> Server:
    """Take the URL of a server apart.

    The path may be a base path, may end with a slash and may be that of ``/object_info`` itself. A user
    name and password in the URL become an ``Authorization`` header, unless ``headers`` has one.
    ``ConverterError`` (without the secrets) if the URL or a header is malformed.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ConverterError("the URL of the server is malformed", "write it like http://127.0.0.1:8188")
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
    return Server(base, quote(parts.query, safe="/%:@!$&'()*+,;=~?"), sent)


def get(server: Server, path: str, *, etag: str | None = None, timeout: float) -> Answer:
    """GET ``path`` below the server's base; any status is an answer.

    ``timeout`` is how many seconds may pass without a byte; in all, an answer may take 20 times that
    and hold 1 GiB. ``UnreachableError`` if there is no whole answer.
    """
    url = server.base + path + (f"?{server.query}" if server.query else "")
    try:
        request = urllib.request.Request(url)
        for name, value in server.headers.items():
            request.add_unredirected_header(name, value)
        request.add_header("User-Agent", "comfyc")
        request.add_header("Accept-Encoding", "gzip")
        if etag is not None:
            request.add_header("If-None-Match", etag)
        try:
            response: Any = _opener(server).open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = _read(response, time.monotonic() + _PATIENCE * timeout) if response.status == 200 else b""
            return Answer(response.status, body, response.headers.get("ETag"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableError(f"cannot reach '{server.base}': {_reason(error)}", _REACH_HINT) from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow http and https only, never from https to http, and give credentials to the same host only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme not in ("http", "https") or (old.scheme, new.scheme) == ("https", "http"):
            return None  # the redirection itself is then the answer
        follow = super().redirect_request(req, fp, code, msg, headers, newurl)
        if follow is not None and old.hostname == new.hostname and _same_service(old.port, new.port):
            for name, value in req.unredirected_hdrs.items():
                if name != "Host":
                    follow.add_unredirected_header(name, value)
        return follow


def _same_service(old: int | None, new: int | None) -> bool:
    standard = (None, 80, 443)
    return old == new or (old in standard and new in standard)


def _opener(server: Server) -> urllib.request.OpenerDirector:
    """An opener for http and https alone; a proxy of the environment is not asked for this machine."""
    opener = urllib.request.OpenerDirector()
    local = urlsplit(server.base).hostname in _LOOPBACK
    handlers = [
        urllib.request.ProxyHandler({} if local else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ]
    secure = getattr(urllib.request, "HTTPSHandler", None)
    if secure is not None:
        handlers.append(secure())
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _read(response: Any, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise ValueError(f"the answer is larger than {SIZE_LIMIT} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
        chunks.append(chunk)
    body = b"".join(chunks)
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and size < int(announced):
        raise ValueError(f"the answer broke off after {size} of {int(announced)} bytes")
    if response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip"):
        return gunzip(body)
    return body


def _check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Refuse what http.client would refuse with a message that quotes the value."""
    for name, value in headers.items():
        sound = name and name.isascii() and name.isprintable() and not set(name) & set(" :")
        if not sound or not value.isprintable() or not value.isascii():
            raise ConverterError(
                "a header for the server is malformed", "pass a name and a value of ASCII text"
            )
    return dict(headers)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, TimeoutError):
        return str(error) if "takes" in str(error) else "it does not answer in time"
    if isinstance(error, http.client.IncompleteRead | zlib.error):
        return "the answer broke off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
