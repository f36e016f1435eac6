"""Connections to addresses that a stranger may have chosen: none into this machine's own network.

The name is resolved here, all of its addresses are judged, and the connection is made to one of those that
were judged: a name that gives another address the next time (DNS rebinding) gains nothing. TLS and the header
Host go by the name all the same.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

import httpcore

from comfyc.diagnostics import ComfycError
from comfyc.running.http.counting import CountingBackend
from comfyc.running.http.waiting import within

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "::1/128",
            "fc00::/7",
        ),
    )
)
"""What ``private`` allows: this machine, its network, and that of the provider (RFC 6598). Link-local
addresses are never allowed: clouds answer there with the keys of the machine."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TRIES = 4


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Makes connections to public addresses, and to private ones if these are allowed; for ``http``, which is
    not encrypted, to private ones alone.

    ``ComfycError`` if any address of a name is another one.
    """

    def __init__(self, scheme: str, *, private: bool) -> None:
        self._scheme = scheme
        self._private = private
        self._inner = CountingBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in (await self._addresses(host, port, timeout))[:_TRIES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            found = await within(timeout or 10.0, resolve(host, port))
        except asyncio.TimeoutError as error:
            raise httpcore.ConnectTimeout("the name is not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for address in found:
            if not may_connect(address, private=self._private):
                raise ComfycError(
                    f"'{host}' is at {address}, which is no public address",
                    "pass --allow-private-downloads if it is a server of yours"
                    if may_connect(address, private=True)
                    else "download the file yourself, and pass its path after @",
                )
            if self._scheme == "http" and may_connect(address, private=False):
                raise ComfycError(
                    f"'{host}' is a public server, which is not asked without encryption (http)",
                    "use its address with https://",
                )
        return found


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order of the system. ``OSError``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for _, _, _, _, where in found))


def may_connect(text: str, *, private: bool) -> bool:
    """Whether an IP address is a public one, or one of a private network where these are allowed."""
    address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    if any(address in one for one in _PRIVATE):
        return private
    is_special = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    return address.is_global and not is_special


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
