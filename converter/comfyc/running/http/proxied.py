"""HTTP through a proxy that the environment names: by httpx, which knows all of their kinds.

It is imported only where there is one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from comfyc.running.http.access import Access
from comfyc.running.http.direct import BrokenError, NotConnectedError, Response
from comfyc.running.http.form import Form
from comfyc.running.http.pace import Pace
from comfyc.running.http.waiting import within

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


class _Quiet(logging.Filter):
    """Takes secrets out of what the HTTP library logs: it writes whole addresses, queries included."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._access.redact(record.getMessage()), ()
        return True


class ProxiedClient:
    """The same as :class:`comfyc.running.http.direct.DirectClient`, by way of the proxy."""

    def __init__(
        self, access: Access, pace: Pace, headers: Mapping[str, str], context: ssl.SSLContext | None
    ) -> None:
        httpx = _load_httpx()
        self._quiet = _Quiet(access)
        if access.secrets:
            for name in _LOGGERS:
                logging.getLogger(name).addFilter(self._quiet)
        self._base = access.base
        self._connect = pace.connect
        self._client = httpx.AsyncClient(
            headers=headers, verify=context if context is not None else False, follow_redirects=False
        )

    async def aclose(self) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._quiet)
        await self._client.aclose()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | Form | None,
        read: float,
    ) -> AsyncIterator[Response]:
        import httpx  # noqa: PLC0415

        origin = httpx.URL(self._base).copy_with(raw_path=target.encode("ascii"))
        sent = {**headers, "Content-Length": str(content.length)} if isinstance(content, Form) else headers
        body: Any = _blocks(content) if isinstance(content, Form) else content
        timeout = httpx.Timeout(read, connect=self._connect)
        try:
            request = self._client.build_request(method, origin, headers=sent, content=body, timeout=timeout)
            sending = self._client.send(request, stream=True)
            # The library counts the time between two bytes only; a form may take as long as it takes
            response = await (sending if isinstance(content, Form) else within(self._connect + read, sending))
            try:
                # Unpacked where it is counted, and not by the library, which does not count
                yield Response(response.status_code, response.headers, response.aiter_raw())
            finally:
                await response.aclose()
        except asyncio.TimeoutError:
            raise BrokenError from TimeoutError()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise NotConnectedError from error
        except httpx.TimeoutException:
            raise BrokenError from TimeoutError()
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise BrokenError from error


async def _blocks(form: Form) -> AsyncIterator[bytes]:
    for block in form:
        yield block


def _load_httpx() -> Any:
    """Import httpx without its command line, which it takes along wherever click and rich are installed.

    That costs 50 ms and is for nothing here. A module that is ``None`` cannot be imported, and httpx gets
    on without it; it can be imported again afterwards.
    """
    modules: dict[str, Any] = sys.modules
    if "httpx" not in modules:
        modules["httpx._main"] = None
        try:
            import httpx  # noqa: F401, PLC0415
        finally:
            del modules["httpx._main"]
    return modules["httpx"]
