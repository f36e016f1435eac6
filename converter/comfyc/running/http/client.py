"""The HTTP client: httpcore, the layer of httpx that sends requests and reads answers.

What httpx adds to it must be off here (redirects, cookies, unpacking without a limit), it gives no way to
count what comes over a connection, and with typer installed it imports a command line of its own.
docs/decisions.md has the figures.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import unquote, urlsplit

import httpcore

from comfyc.diagnostics import ComfycError
from comfyc.running.http.access import Access
from comfyc.running.http.counting import CountedStream, CountingBackend
from comfyc.running.http.form import UploadForm
from comfyc.running.http.response import BrokenError, NotConnectedError, Response
from comfyc.running.http.waiting import within

_SAFE = ("GET", "HEAD")
_IDLE = 5.0
"""Seconds for which a connection is used again: servers and proxies close idle ones."""
_LOGGERS = ("httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")
_NO_CONNECTION = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.ProxyError)


class HttpClient:
    """Sends requests to the server behind ``access``, through the proxy of the environment if it has one.

    ``connect`` is how many seconds a connection may take to be made. With a ``backend``, that alone makes the
    connections, and no proxy is asked. ``ComfycError`` if the certificates or the proxy cannot be used.
    """

    def __init__(
        self,
        access: Access,
        headers: Mapping[str, str],
        connect: float,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        parts = urlsplit(access.base)
        self._scheme, self._host, self._port = parts.scheme, parts.hostname or "", parts.port
        self._headers = headers
        self._connect = connect
        context = access.ssl_context()
        proxy = _proxy(access) if access.has_proxy and backend is None else None

        def pool(kept: int | None) -> httpcore.AsyncConnectionPool:
            return httpcore.AsyncConnectionPool(
                ssl_context=context,
                proxy=proxy,
                max_connections=None,
                max_keepalive_connections=kept,
                keepalive_expiry=_IDLE,
                network_backend=backend or CountingBackend(),
            )

        # On a connection that the server is just closing, a request may be lost or not. A question can be
        # asked again, so it may go that way; what changes something gets a connection of its own.
        self._asking, self._changing = pool(None), pool(0)
        self._quiet = _Quiet(access)
        if access.secrets:
            for name in _LOGGERS:
                logging.getLogger(name).addFilter(self._quiet)

    async def aclose(self) -> None:
        """Close all connections."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._quiet)
        await self._asking.aclose()
        await self._changing.aclose()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | UploadForm | None,
        read: float,
    ) -> AsyncIterator[Response]:
        """Send a request for ``target`` (path and query); the answer as soon as its head is complete.

        ``read`` is how many seconds may pass without a byte. ``NotConnectedError``, ``BrokenError``.
        """
        pool = self._asking if method in _SAFE else self._changing
        with _reporting():
            request = self._request(method, target, headers, content, read)
            sending = pool.handle_async_request(request)
            # The timeout of the library starts again with each byte: a head that drips must end as well
            answer = await (
                sending if isinstance(content, UploadForm) else within(self._connect + read, sending)
            )
        try:
            connection = answer.extensions.get("network_stream")
            allow = connection.allow if isinstance(connection, CountedStream) else lambda size: None
            yield Response(answer.status, _joined(answer.headers), _body(answer), allow)
        finally:
            await answer.aclose()

    def _request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes | UploadForm | None,
        read: float,
    ) -> httpcore.Request:
        host = self._host.encode("ascii" if ":" in self._host else "idna")
        shown = b"[%s]" % host if b":" in host else host
        sent = {
            "Host": shown.decode() + (f":{self._port}" if self._port is not None else ""),
            **self._headers,
            **headers,
        }
        if content is not None:
            sent["Content-Length"] = str(content.length if isinstance(content, UploadForm) else len(content))
        return httpcore.Request(
            method,
            httpcore.URL(scheme=self._scheme, host=host, port=self._port, target=target.encode("ascii")),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in sent.items()],
            content=_blocks(content) if isinstance(content, UploadForm) else content,
            extensions={"timeout": {"connect": self._connect, "read": read, "write": read}},
        )


async def _blocks(form: UploadForm) -> AsyncIterator[bytes]:
    for block in form:
        yield block


async def _body(answer: httpcore.Response) -> AsyncIterator[bytes]:
    with _reporting():
        async for chunk in answer.aiter_stream():
            yield chunk


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in lower case; the values of a name that comes several times are joined."""
    found: dict[str, str] = {}
    for raw, content in headers:
        name, value = raw.decode("latin-1").lower(), content.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


@contextmanager
def _reporting() -> Iterator[None]:
    """Tell errors of the library apart: was there a connection at all?"""
    try:
        yield
    except _NO_CONNECTION as error:
        raise NotConnectedError from error
    except UnicodeError as error:  # a host that is no name
        raise NotConnectedError from error
    except (httpcore.TimeoutException, asyncio.TimeoutError):
        raise BrokenError from TimeoutError()
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, EOFError) as error:
        raise BrokenError from error


def _proxy(access: Access) -> httpcore.Proxy | None:
    """The proxy that the environment or the system names for the server, as urllib understands them."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - takes 30 ms

    parts, proxies = urlsplit(access.base), getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    if not address or proxy_bypass(parts.netloc):
        return None
    named = urlsplit(address if "://" in address else f"http://{address}")
    if named.scheme not in ("http", "https", "socks5", "socks5h") or not named.hostname:
        raise ComfycError(
            "the proxy in the environment variables cannot be used", "use an http, https or socks5 proxy"
        )
    if named.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise ComfycError(
            "the environment variables name a SOCKS proxy, but the package socksio is missing",
            "install socksio beside comfyc, or unset the variable (ALL_PROXY)",
        )
    auth = (unquote(named.username), unquote(named.password or "")) if named.username is not None else None
    url = httpcore.URL(scheme=named.scheme, host=named.hostname, port=named.port, target=b"/")
    return httpcore.Proxy(url, auth=auth)


class _Quiet(logging.Filter):
    """Takes secrets out of what the library logs at level DEBUG: it writes the headers of answers."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._access.redact(record.getMessage()), ()
        return True
