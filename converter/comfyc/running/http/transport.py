"""One HTTP client for one server: bounded in time and size, no redirects, no secret in any message."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from comfyc.catalog.address import ADDRESS_HINT, LOGIN_HINT, TLS_HINT, UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.http.access import Access
from comfyc.running.http.form import UploadForm
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.http.response import AnswerTooLargeError, BrokenError, NotConnectedError, Response
from comfyc.running.http.waiting import within
from comfyc.safety.foreign import MAX_VALUES, parse, shallow

if TYPE_CHECKING:
    from comfyc.running.http.client import HttpClient

_REACH_HINT = "check that ComfyUI runs there, or pass another address with --server"
_NUMBER = re.compile(r"\[Errno (\d+)\]")
_BYTES_A_VALUE = 32
"""In the proportion of the longest answer: 64 MiB may hold 2 million values."""
_WHOLE_ANSWER = 4
"""A whole answer may take this many times as long as the wait for its next bytes."""


class NoAnswerError(UnreachableError):
    """There was no whole answer. ``arrived`` is false only if the request certainly never got there."""

    def __init__(self, message: str, hint: str | None = None, *, arrived: bool = True) -> None:
        super().__init__(message, hint)
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The status, the (unpacked) body and where the server would have us go, if it redirects."""

    status: int
    body: bytes
    location: str | None = None
    most_values: int = MAX_VALUES

    def json(self) -> Any:
        """The body as JSON, ``None`` if it is none."""
        try:
            return self.parsed()
        except ValueError:
            return None

    def parsed(self) -> Any:
        """The body as JSON that is nowhere too deep; ``ValueError`` if it is none, or too much."""
        return shallow(parse(self.body, most_values=self.most_values))


class Http:
    """Requests to the server behind ``access``. Use as an async context manager."""

    def __init__(self, access: Access, pace: Pace, limits: ServerLimits) -> None:
        self.access = access
        self.pace = pace
        self.limits = limits
        self._client: HttpClient | None = None

    def __repr__(self) -> str:
        return f"Http({self.access.base!r})"

    async def __aenter__(self) -> Http:
        from comfyc.running.http.client import HttpClient  # noqa: PLC0415 - takes 70 ms

        headers = {"User-Agent": "comfyc", "Accept": "*/*", **self.access.headers}
        self._client = HttpClient(self.access, headers, self.pace.connect)
        return self

    async def __aexit__(self, *_: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: UploadForm | None = None,
        read: float | None = None,
        most: int | None = None,
    ) -> HttpAnswer:
        """Send one request and read its whole answer; every status is an answer.

        ``form`` is a multipart body. ``NoAnswerError`` if the answer is not complete within ``read`` seconds
        of silence (four times that in all; ``Pace.upload`` for a form) or is larger than ``most`` bytes
        (``ServerLimits.receipt``). The body of a redirection or a refusal is not read, except that of
        HTTP 400, with which ComfyUI says what is wrong with a prompt.
        """
        wait = read or self.pace.read
        exchange = self._exchange(method, path, params, content, form, wait, most or self.limits.receipt)
        try:
            return await within(self.pace.upload if form is not None else wait * _WHOLE_ANSWER, exchange)
        except asyncio.TimeoutError:
            raise self.no_answer("it does not answer in time") from None

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        form: UploadForm | None,
        wait: float,
        most: int,
    ) -> HttpAnswer:
        headers = {"Accept-Encoding": "gzip"}
        if form is not None:
            headers["Content-Type"] = form.content_type
        elif content is not None:
            headers["Content-Type"] = "application/json"
        body = form if form is not None else content
        async with self.stream(
            method, path, params=params, headers=headers, content=body, read=wait
        ) as response:
            found = bytearray()
            if response.status_code < 300 or response.status_code == 400:
                try:
                    async for chunk in response.aiter_bytes(most):
                        found += chunk
                except AnswerTooLargeError:
                    raise self.no_answer(f"the answer is larger than {most} bytes") from None
            location = response.headers.get("location")
            return HttpAnswer(response.status_code, bytes(found), location, most // _BYTES_A_VALUE)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | UploadForm | None = None,
        read: float | None = None,
    ) -> AsyncIterator[Response]:
        """The response as soon as its head is there; whatever goes wrong with it is a ``NoAnswerError``."""
        if self._client is None:
            raise ComfycError("the connection to the server is closed", "open it with 'async with'")
        target = self.access.url(path).removeprefix(_origin(self.access.base)) or "/"
        if params:
            # A name from a server may hold halves of characters, which no URL can
            sound = {key: value.encode("utf-8", "replace") for key, value in params.items()}
            target += ("&" if "?" in target else "?") + urlencode(sound)
        try:
            async with self._client.stream(
                method, target, headers=headers or {}, content=content, read=read or self.pace.read
            ) as response:
                yield response
        except NotConnectedError as error:
            raise self.no_answer(*cause_in_words(error), arrived=False) from None
        except BrokenError as error:
            raise self.no_answer(*cause_in_words(error)) from None

    def no_answer(self, why: str, hint: str = _REACH_HINT, *, arrived: bool = True) -> NoAnswerError:
        """The error for a request that got no whole answer."""
        text = self.access.redact(f"cannot reach '{self.access.base}': {why}")
        return NoAnswerError(text, hint, arrived=arrived)

    def refusal(self, answer: HttpAnswer, path: str) -> ComfycError:
        """The error for an answer that is none of those that ComfyUI gives to a sound request."""
        base, status = self.access.base, answer.status
        if 300 <= status < 400 and answer.location:
            where = answer.location.partition("?")[0][:200]
            return self._error(f"'{base}' redirects to '{where}' (HTTP {status})", ADDRESS_HINT)
        if status in (401, 403, 407):
            return self._error(f"'{base}' refused the request (HTTP {status})", LOGIN_HINT)
        if status in (404, 405):
            return self._error(f"'{base}' has no {path} (HTTP {status})", ADDRESS_HINT)
        if status == 413:
            hint = "start the server with a larger --max-upload-size, or raise the limit of the proxy"
            return self._error(f"'{base}' rejected the request as too large (HTTP 413)", hint)
        if status >= 500 or status == 429:
            message = self.access.redact(f"'{base}' failed (HTTP {status})")
            return NoAnswerError(message, "look at the server's log")
        return self._error(f"'{base}' answered {path} with HTTP {status}", ADDRESS_HINT)

    def _error(self, message: str, hint: str) -> ComfycError:
        return ComfycError(self.access.redact(message), hint)


def _origin(base: str) -> str:
    """The address without its path."""
    return base[: len(base) - len(urlsplit(base).path)]


def cause_in_words(error: Exception) -> tuple[str, str]:
    """The reason in words, and what to try. The library's own texts may hold more than is wanted."""
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})", TLS_HINT
        if isinstance(cause, ssl.SSLError):
            return f"the encrypted connection failed ({cause.reason})", ADDRESS_HINT
        if isinstance(cause, TimeoutError | asyncio.TimeoutError):
            return "it does not answer in time", _REACH_HINT
        if isinstance(cause, OSError) and (cause.strerror or _NUMBER.search(str(cause))):
            return os_reason(cause), _REACH_HINT
    is_broken = isinstance(error, BrokenError)
    if is_broken and error.args:
        return str(error), ADDRESS_HINT
    return "the connection was lost" if is_broken else "no connection was made", _REACH_HINT


def os_reason(error: OSError) -> str:
    """What the system says went wrong; for several addresses the libraries name these instead."""
    if isinstance(error.errno, int) and error.errno > 0:
        return os.strerror(error.errno).lower()
    several = _NUMBER.search(str(error))  # one error for each address that the name stands for
    if several is not None:
        return os.strerror(int(several[1])).lower()
    return (error.strerror or str(error)).lower()


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 16:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
