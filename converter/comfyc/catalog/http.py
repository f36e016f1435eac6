"""GET from a ComfyUI server with the standard library, with bounded time and size, without leaking
credentials.

Only ``urllib`` is used, so that a conversion needs no HTTP library. This module does not interpret the
answers.
"""

from __future__ import annotations

import functools
import http.client
import io
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from comfyc.catalog.address import ADDRESS_HINT, TLS_HINT, Answer, ServerAddress, UnreachableError
from comfyc.catalog.bundle import SIZE_LIMIT
from comfyc.safety.inflating import Inflater

_CHUNK = 1 << 16
_OVERHEAD = 1 << 20
"""Bytes that an answer may have besides its body, for headers and the framing of chunks."""
_PATIENCE = 4
"""A whole answer may take this many times the timeout, counted from the first connection."""
_REDIRECTS = 5
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_REACH_HINT = "check the address, and that ComfyUI runs there"


def get(server: ServerAddress, path: str, *, etag: str | None = None, timeout: float) -> Answer:
    """GET ``path`` below the server's base; an answer of any status is returned.

    ``timeout`` is the number of seconds that may pass without receiving a byte. An answer with all its
    redirections may take 4 times as long and have 64 MiB, packed and unpacked. Raises ``UnreachableError`` if
    there is no complete answer.
    """
    url = server.base + path + (f"?{server.query}" if server.query else "")
    headers = {"Accept-Encoding": "gzip", **({"If-None-Match": etag} if etag is not None else {})}
    with _answered(server, "GET", url, headers, timeout) as response:
        body = _read(response) if response.status == 200 else b""
        return Answer(response.status, body, response.headers.get("ETag"))


def status_of(server: ServerAddress, path: str, query: str, *, timeout: float) -> int:
    """The HTTP status of the answer to ``HEAD path?query``; ``UnreachableError`` if there is no answer."""
    url = f"{server.base}{path}?{query}" + (f"&{server.query}" if server.query else "")
    with _answered(server, "HEAD", url, {}, timeout) as response:
        return int(response.status)


@contextmanager
def _answered(
    server: ServerAddress, method: str, url: str, headers: dict[str, str], timeout: float
) -> Iterator[Any]:
    """The answer after all redirections. Every failure to get it or to read it is an ``UnreachableError``."""
    watch = _Watch(timeout)
    opener = _opener(server, watch)
    keys = dict(server.headers)
    try:
        for left in reversed(range(_REDIRECTS + 1)):
            request = urllib.request.Request(url, method=method)
            for name, value in {**headers, **keys, "User-Agent": "comfyc"}.items():
                request.add_unredirected_header(name, value)
            with opener.open(request, timeout=timeout) as response:
                target = _redirected(url, response) if left else None
                if target is None:
                    yield response
                    return
            if not _is_same_service(url, target):
                keys = {}
            url = target
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(server, error) from None


def _redirected(url: str, response: Any) -> str | None:
    """The target of a redirection that is followed; None for other answers. Targets must be http or https,
    and a redirection from https to http is not followed."""
    location = response.headers.get("Location")
    if response.status not in (301, 302, 303, 307, 308) or not location:
        return None
    target: str = urljoin(url, location)
    old, new = urlsplit(url).scheme, urlsplit(target).scheme
    if new not in ("http", "https") or (old, new) == ("https", "http") or target == url:
        return None  # the redirection itself becomes the answer
    return target


def _is_same_service(url: str, target: str) -> bool:
    """Whether credentials for the one URL may be sent to the other."""
    old, new = urlsplit(url), urlsplit(target)
    standard = (None, 80, 443)
    same_port = old.port == new.port or (old.port in standard and new.port in standard)
    return old.hostname == new.hostname and same_port


class _Watch:
    """Bounds the time and the bytes of a request, including all its redirections."""

    def __init__(self, timeout: float) -> None:
        self._until = time.monotonic() + _PATIENCE * timeout
        self._timeout = timeout
        self._left = SIZE_LIMIT + _OVERHEAD

    def left(self) -> float:
        """The seconds within which the next byte must arrive; ``TimeoutError`` if none are left."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        return min(left, self._timeout)

    def count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError(f"the answer is larger than {SIZE_LIMIT} bytes")


class _Watched(io.RawIOBase):
    """The bytes of a socket, headers included, counted and timed by a watch."""

    def __init__(self, raw: Any, sock: Any, watch: _Watch) -> None:
        self._raw, self._sock, self._watch = raw, sock, watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._watch.left())
        try:
            size: int = self._raw.readinto(buffer)
        except TimeoutError:
            self._watch.left()  # raises with another message if the whole answer takes too long
            raise
        self._watch.count(size)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


def _response(sock: Any, *arguments: Any, watch: _Watch, **options: Any) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(sock, *arguments, **options)
    response.fp = io.BufferedReader(_Watched(response.fp.detach(), sock, watch), _CHUNK)
    return response


def _connection(kind: Any, watch: _Watch, *arguments: Any, **options: Any) -> Any:
    connection = kind(*arguments, **options)
    connection.response_class = functools.partial(_response, watch=watch)
    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connect: Any = functools.partial(_connection, http.client.HTTPConnection, self._watch)
        return self.do_open(connect, req)


def _https(context: Any, watch: _Watch) -> urllib.request.BaseHandler:
    """A handler for https. Its class is made on demand, because without ssl there is no base class."""

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            connect: Any = functools.partial(_connection, http.client.HTTPSConnection, watch)
            return self.do_open(connect, req, context=context)

    return Https(context=context)


def _opener(server: ServerAddress, watch: _Watch) -> urllib.request.OpenerDirector:
    """An opener for http and https only, which uses no proxy for servers on the local machine."""
    opener = urllib.request.OpenerDirector()
    local = urlsplit(server.base).hostname in _LOOPBACK
    opener.add_handler(urllib.request.ProxyHandler({} if local else None))
    opener.add_handler(_Http(watch))
    if hasattr(urllib.request, "HTTPSHandler"):
        opener.add_handler(_https(server.ssl_context, watch))
    return opener


def _read(response: Any) -> bytes:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise ValueError("the answer has an encoding that was not requested")
    inflater = Inflater() if coding not in ("", "identity") else None
    found, size = bytearray(), 0
    while chunk := response.read1(_CHUNK):
        size += len(chunk)
        for piece in inflater.feed(chunk) if inflater is not None else (chunk,):
            found += piece
            if len(found) > SIZE_LIMIT:
                raise ValueError(f"the answer is larger than {SIZE_LIMIT} bytes")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and str(size) != (announced.lstrip("0") or "0"):
        raise ValueError(f"the answer ended after {size} of {announced[:20]} bytes")
    if inflater is not None:
        inflater.finish()
    return bytes(found)


def _unreachable(server: ServerAddress, error: Exception) -> UnreachableError:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    reason, hint = _reason(error), _REACH_HINT
    kind = type(error).__name__  # by name, so that ssl need not be imported here
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
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
