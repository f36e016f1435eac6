"""How to reach a server: the flags that say it, and the servers that they name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from comfyc.catalog import TIMEOUT, Catalog
from comfyc.diagnostics import ComfycError
from comfyc.safety.opening import read_text

if TYPE_CHECKING:
    from comfyc.running import Access, Pace, Server, ServerLimits

SERVER = typer.Option(
    [],
    "--server",
    metavar="URL",
    help="A server: http://HOST:PORT, HOST:PORT or HOST. Several servers share the work. "
    "Default: $COMFYC_SERVER, else http://127.0.0.1:8188.",
    show_default=False,
)
API_KEY_FILE = typer.Option(
    None,
    "--api-key-file",
    metavar="FILE",
    help="A file with the Comfy account key for partner nodes. Alternatively $COMFY_API_KEY, for the "
    "server of "
    "$COMFYC_SERVER or the default one.",
)


WAIT_FOR_SERVER = typer.Option(
    0.0,
    "--wait-for-server",
    metavar="SECONDS",
    min=0.0,
    help="Wait this long for every server to answer, for scripts that have just started one.",
    show_default=False,
)
_MAX_KEY = 1 << 16
_BETWEEN = 0.5
"""Seconds between two questions to a server that is not there yet."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the flags say about getting in."""

    headers: Sequence[str] = ()
    token: str | None = None
    cacert: Path | None = None
    insecure: bool = False
    api_key_file: Path | None = None


def open_servers(
    urls: Sequence[str], login: Login, pace: Pace | None = None, limits: ServerLimits | None = None
) -> list[Server]:
    """The servers that are named, or the one of the environment. Nothing is sent yet."""
    from comfyc.running import Server, access_from_environment, open_access  # noqa: PLC0415

    key = _read_key(login.api_key_file) if login.api_key_file is not None else None
    servers: dict[str, Server] = {}
    for given in urls or (None,):
        url, token, own_key = access_from_environment(os.environ, given, token=login.token)
        access = open_access(
            url,
            token=token,
            headers=login.headers,
            api_key=key or own_key,
            cacert=login.cacert,
            insecure=login.insecure,
        )
        servers.setdefault(access.base, Server(access=access, pace=pace, limits=limits))
    return list(servers.values())


async def await_servers(servers: Sequence[Server], seconds: float) -> None:
    """Wait until all servers answer, or ``seconds`` are over; who does not answer then will be told of later.

    ``ComfycError`` at once if one is there and is no ComfyUI, or refuses us.
    """
    import asyncio  # noqa: PLC0415
    import time  # noqa: PLC0415

    from comfyc.catalog.address import UnreachableError  # noqa: PLC0415
    from comfyc.running.client.client import get_remaining  # noqa: PLC0415
    from comfyc.running.http.waiting import within  # noqa: PLC0415

    until = time.monotonic() + seconds

    async def is_there(server: Server) -> None:
        async with server:
            while True:
                left = until - time.monotonic()
                try:
                    await within(max(left, _BETWEEN), get_remaining(server.http))
                    return
                except (UnreachableError, asyncio.TimeoutError):
                    if left <= 0:
                        return
                await asyncio.sleep(min(_BETWEEN, max(left, 0)))

    await asyncio.gather(*(is_there(server) for server in servers))


def catalog_of(access: Access, *, refresh: bool = False, timeout: float = TIMEOUT) -> Catalog:
    """A server's own catalogue, from the cache unless that is old, or ``refresh``."""
    url = f"{access.base}?{access.query}" if access.query else access.base
    return Catalog.load(
        url, refresh=refresh, headers=access.headers, ssl_context=access.ssl_context(), timeout=timeout
    )


def _read_key(path: Path) -> str:
    try:
        key = read_text(path, _MAX_KEY).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise ComfycError(
            f"cannot read the key in '{path}': {reason.lower()}", "check --api-key-file"
        ) from error
    if not key:
        raise ComfycError(f"'{path}' is empty", "put the Comfy account key into it")
    return key
