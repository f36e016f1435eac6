"""One HTTP client for one server: bounded in time and size, no redirects, no secret in any message.

httpx is imported when a client is opened: a conversion never pays for it. Measured over a bare
interpreter with asyncio: httpx + websockets 66 ms, aiohttp (which would do both) 200 ms.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter.catalog_address import ADDRESS_HINT, LOGIN_HINT, TLS_HINT, UnreachableError
from converter.diagnostics import ConverterError
from converter.server.access import Access
from converter.server.pace import Limits, Pace
from converter.server.waiting import within

if TYPE_CHECKING:
    import httpx

_REACH_HINT = "check that ComfyUI runs there, or pass another address with --server"
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_WHOLE_ANSWER = 4
"""A whole answer may take this many times as long as the wait for its next bytes."""


class NoAnswerError(UnreachableError):
    """There was no whole answer. ``arrived`` is false only if the request certainly never got there."""

    def __init__(self, message: str, hint: str | None = None, *, arrived: bool = True) -> None:
        super().__init__(message, hint)
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the (unpacked) body and where the server would have us go, if it redirects."""

    status: int
    body: bytes
    location: str | None = None

    def json(self) -> Any:
        """The body as JSON, ``None`` if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class _Quiet(logging.Filter):
    """Takes secrets out of what the HTTP library logs: it writes whole addresses, queries included."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._access.redact(record.getMessage()), ()
        return True


class Http:
    """Requests to the server behind ``access``. Use as an async context manager."""

    def __init__(self, access: Access, pace: Pace, limits: Limits) -> None:
        self.access = access
        self.pace = pace
        self.limits = limits
        self._client: httpx.AsyncClient | None = None
        self._quiet = _Quiet(access)

    def __repr__(self) -> str:
        return f"Http({self.access.base!r})"

    async def __aenter__(self) -> Http:
        _load_httpx()
        import httpx  # noqa: PLC0415

        pace = self.pace
        if self.access.secrets:
            for name in _LOGGERS:
                logging.getLogger(name).addFilter(self._quiet)
        # For plain http nothing is ever verified, and loading the certificates would cost 30 ms
        context = self.access.ssl_context()
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "comfyc", "Accept-Encoding": "gzip, deflate", **self.access.headers},
            verify=context if context is not None else False,
            timeout=httpx.Timeout(pace.read, connect=pace.connect),
            follow_redirects=False,
            trust_env=not self.access.is_local,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._client = self._client, None
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._quiet)
        if client is not None:
            await client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: tuple[Mapping[str, str], Mapping[str, Any]] | None = None,
        read: float | None = None,
    ) -> Answer:
        """Send one request and read its whole answer; every status is an answer.

        ``form`` is (fields, files) of a multipart body. ``NoAnswerError`` if there is none within
        ``read`` seconds of silence (four times that in all; ``Pace.upload`` for a form) or if it is larger
        than ``Limits.answer``.
        """
        wait = read or self.pace.read
        exchange = self._exchange(method, path, params, content, form, wait)
        try:
            most = self.pace.upload if form is not None else wait * _WHOLE_ANSWER
            return await within(most, exchange)
        except asyncio.TimeoutError:
            raise self.no_answer("it does not answer in time") from None

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        form: tuple[Mapping[str, str], Mapping[str, Any]] | None,
        wait: float,
    ) -> Answer:
        import httpx  # noqa: PLC0415

        options: dict[str, Any] = {"timeout": httpx.Timeout(wait, connect=self.pace.connect)}
        if content is not None:
            options["content"] = content
            options["headers"] = {"Content-Type": "application/json"}
        if form is not None:
            options["data"], options["files"] = form
        async with self.stream(method, path, params=params, **options) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.limits.answer:
                    raise self.no_answer(f"the answer is larger than {self.limits.answer} bytes")
            return Answer(response.status_code, bytes(body), response.headers.get("Location"))

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, **options: Any
    ) -> AsyncIterator[httpx.Response]:
        """The response as soon as its head is there; whatever goes wrong with it is a ``NoAnswerError``."""
        import httpx  # noqa: PLC0415

        if self._client is None:
            raise ConverterError("the connection to the server is closed", "open it with 'async with'")
        try:
            url = httpx.URL(self.access.url(path))
            if params:
                # A name from a server may hold halves of characters, which no URL can
                sound = {key: value.encode("utf-8", "replace").decode() for key, value in params.items()}
                url = url.copy_merge_params(sound)
            async with self._client.stream(method, url, **options) as response:
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise self.no_answer(*_why(error), arrived=False) from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise self.no_answer(*_why(error)) from None

    def no_answer(self, why: str, hint: str = _REACH_HINT, *, arrived: bool = True) -> NoAnswerError:
        """The error for a request that got no whole answer."""
        text = self.access.redact(f"cannot reach '{self.access.base}': {why}")
        return NoAnswerError(text, hint, arrived=arrived)

    def refusal(self, answer: Answer, path: str) -> ConverterError:
        """The error for an answer that is none of those that ComfyUI gives to a sound request."""
        base, status = self.access.base, answer.status
        if 300 <= status < 400 and answer.location:
            where = answer.location.partition("?")[0][:200]
            return self._error(f"'{base}' redirects to '{where}' (HTTP {status})", ADDRESS_HINT)
        if status in (401, 403, 407):
            return self._error(f"'{base}' refuses the request (HTTP {status})", LOGIN_HINT)
        if status in (404, 405):
            return self._error(f"'{base}' has no {path} (HTTP {status})", ADDRESS_HINT)
        if status == 413:
            hint = "start the server with a larger --max-upload-size, or raise the limit of the proxy"
            return self._error(f"'{base}' finds the request too large (HTTP 413)", hint)
        if status >= 500 or status == 429:
            message = self.access.redact(f"'{base}' fails (HTTP {status})")
            return NoAnswerError(message, "look at the log of the server")
        return self._error(f"'{base}' answers {path} with HTTP {status}", ADDRESS_HINT)

    def _error(self, message: str, hint: str) -> ConverterError:
        return ConverterError(self.access.redact(message), hint)


def _load_httpx() -> None:
    """Import httpx without its command line, which it takes along wherever click and rich are installed.

    That costs 50 ms and is for nothing here. A module that is ``None`` cannot be imported, and httpx gets
    on without it; it can be imported again afterwards.
    """
    if "httpx" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules["httpx._main"] = None
    try:
        import httpx  # noqa: F401, PLC0415
    finally:
        del modules["httpx._main"]


def _why(error: Exception) -> tuple[str, str]:
    """The reason in words, and what to try. The library's own texts may hold more than is wanted."""
    import httpx  # noqa: PLC0415

    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})", TLS_HINT
        if isinstance(cause, ssl.SSLError):
            return f"the encrypted connection failed ({cause.reason})", ADDRESS_HINT
        if isinstance(cause, OSError) and cause.strerror:
            return os_reason(cause), _REACH_HINT
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time", _REACH_HINT
    if isinstance(error, httpx.ConnectError):
        return "no connection", _REACH_HINT
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        return "the connection broke off", _REACH_HINT
    return str(error) or type(error).__name__, _REACH_HINT


def os_reason(error: OSError) -> str:
    """What the system says went wrong; asyncio puts the addresses it tried in the place of that."""
    if isinstance(error.errno, int) and error.errno > 0:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).lower()


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 16:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
