"""GET from a ComfyUI server with the standard library: bounded in time and size, credentials kept quiet.

Only ``urllib`` is used, so that a conversion needs no HTTP library. Nothing here knows what the answers
mean.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
import zlib
from typing import IO, Any
from urllib.parse import urlsplit

from converter.catalog_address import ADDRESS_HINT, TLS_HINT, Answer, Server, UnreachableError
from converter.catalog_bundle import SIZE_LIMIT, gunzip

_CHUNK = 1 << 18
_PATIENCE = 20
"""An answer that is still dripping in after this many times the timeout is given up."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_REACH_HINT = "check the address, and that ComfyUI runs there"


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
        raise _unreachable(server, error) from None


def status_of(server: Server, path: str, query: str, *, timeout: float) -> int:
    """The status with which ``HEAD path?query`` is answered; ``UnreachableError`` if it is not."""
    url = f"{server.base}{path}?{query}" + (f"&{server.query}" if server.query else "")
    try:
        request = urllib.request.Request(url, method="HEAD")
        for name, value in server.headers.items():
            request.add_unredirected_header(name, value)
        request.add_header("User-Agent", "comfyc")
        try:
            with _opener(server).open(request, timeout=timeout) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(server, error) from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow http and https only, never from https to http, and give credentials to the same host only."""

    # Python 3.10 does not know 308, which for a GET is 307.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302

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
        known = 307 if code == 308 else code
        follow = super().redirect_request(req, fp, known, msg, headers, newurl)
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
        handlers.append(secure(context=server.ssl_context))
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


def _unreachable(server: Server, error: Exception) -> UnreachableError:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    reason, hint = _reason(error), _REACH_HINT
    kind = type(error).__name__  # ssl is imported by those who have reached it
    if kind == "SSLCertVerificationError":
        reason, hint = (
            f"its certificate is not trusted ({getattr(error, 'verify_message', reason)})",
            TLS_HINT,
        )
    elif kind.startswith("SSL"):
        reason, hint = f"the encrypted connection failed ({getattr(error, 'reason', reason)})", ADDRESS_HINT
    return UnreachableError(f"cannot reach '{server.base}': {reason}", hint)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error) if "takes" in str(error) else "it does not answer in time"
    if isinstance(error, http.client.IncompleteRead | zlib.error):
        return "the answer broke off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
