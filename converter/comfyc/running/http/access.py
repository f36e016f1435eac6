"""How to reach a server: its address, what it must be told to let us in, and what must never be shown.

The address is taken apart by ``comfyc.catalog.address``; here come the tokens, the certificates and
the function that takes every secret out of a text.
"""

from __future__ import annotations

import base64
import os
import shlex
import ssl
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from comfyc.catalog.address import DEFAULT_SERVER, is_same_server, parse_server, secrets_of, server_url
from comfyc.diagnostics import ComfycError
from comfyc.safety.secrets import forms_of, hide

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Access:
    """A server and the keys to it. Only ``base`` may be shown; ``secrets`` are what :meth:`redact` hides.

    ``base`` has no trailing slash and may hold a path ("https://host/comfy"); ``query`` is sent along
    with every request; ``api_key`` is the Comfy account key that partner nodes need.
    """

    base: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_key: str | None = field(default=None, repr=False)
    cacert: str | None = None
    insecure: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_local(self) -> bool:
        """Is the server on this machine? Then no proxy of the environment is asked for it."""
        return urlsplit(self.base).hostname in _LOOPBACK

    @property
    def has_proxy(self) -> bool:
        """Does the environment, or the system, send requests for it through a proxy?"""
        if self.is_local:
            return False
        names = (name.lower() for name, value in os.environ.items() if value)
        is_named = any(name.endswith("_proxy") and name != "no_proxy" for name in names)
        return is_named or sys.platform in ("win32", "darwin")  # whose settings the libraries find

    def url(self, path: str, *, websocket: bool = False) -> str:
        """The address of ``path`` ("/queue") on the server, with the query of the base address."""
        base = "ws" + self.base.removeprefix("http") if websocket else self.base
        if not self.query:
            return base + path
        return f"{base}{path}{'&' if '?' in path else '?'}{self.query}"

    def redact(self, text: str) -> str:
        """``text`` without any of the secrets, however they are encoded (``comfyc.safety.secrets``)."""
        return hide(text, self.secrets)

    def ssl_context(self) -> ssl.SSLContext | None:
        """What to trust, ``None`` for plain http. ``ComfycError`` if the certificates cannot be read."""
        if not self.base.startswith("https:"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.cacert)
        except (OSError, ssl.SSLError) as error:
            raise ComfycError(
                f"cannot read the certificates in '{self.cacert}': {error.strerror or error}",
                "pass a file with PEM certificates with --cacert",
            ) from error
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def open_access(
    url: str | None = None,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | Iterable[str] = (),
    api_key: str | None = None,
    cacert: str | os.PathLike[str] | None = None,
    insecure: bool = False,
) -> Access:
    """Put together what is needed to talk to one server. Nothing is sent yet.

    ``url`` may lack the scheme (http), hold a base path, a query, a user name and password (basic auth,
    unless there is a token or an Authorization header). ``headers`` is a mapping or texts "Name: value".
    ``ComfycError`` if any of it is malformed; the message never holds a secret.
    """
    address = server_url(url or DEFAULT_SERVER)
    sent = dict(_headers(headers))
    if token and not any(name.lower() == "authorization" for name in sent):
        sent["Authorization"] = f"Bearer {token.strip()}"
    server = parse_server(address, sent)
    hidden = [*secrets_of(server.headers, server.query), *_userinfo(address)]
    hidden += [secret for secret in (token, api_key) if secret]
    path = os.fspath(cacert) if cacert is not None else None
    return Access(server.base, server.query, server.headers, api_key, path, insecure, forms_of(hidden))


def wait_command(prompt_id: str, base: str) -> str:
    """What to type to take up a prompt again: ``comfyc wait ID``, with the server where it must be named.

    A user name, a password and a query of the address are secrets and left out.
    """
    command = f"comfyc wait {shlex.quote(prompt_id)}"
    if base == DEFAULT_SERVER and not os.environ.get("COMFYC_SERVER"):
        return command
    return f"{command} --server {shlex.quote(base)}"


def access_from_environment(
    environment: Mapping[str, str], url: str | None = None, *, token: str | None = None
) -> tuple[str, str | None, str | None]:
    """What is not given taken from COMFYC_SERVER, COMFYC_TOKEN and COMFY_API_KEY: (url, token, API key).

    The token and the key of the environment go to the server of the environment only, the key also to the
    default one: a server named on the command line never gets a secret that was meant for another.
    """
    own = environment.get("COMFYC_SERVER")
    chosen = url or own or DEFAULT_SERVER
    if token is None and (url is None or (own is not None and is_same_server(url, own))):
        token = environment.get("COMFYC_TOKEN") or None
    is_its_own = is_same_server(chosen, own or DEFAULT_SERVER)
    return chosen, token, (environment.get("COMFY_API_KEY") or None) if is_its_own else None


def _headers(headers: Mapping[str, str] | Iterable[str]) -> Iterable[tuple[str, str]]:
    if isinstance(headers, Mapping):
        yield from headers.items()
        return
    for line in headers:
        name, colon, value = line.partition(":")
        if not colon:
            raise ComfycError(
                "expected a header 'Name: value', but there is no colon",
                "for example --header 'X-Key: value'",
            )
        yield name.strip(), value.strip()


def _userinfo(address: str) -> Iterable[str]:
    parts = urlsplit(address)
    if parts.username is not None:
        user, password = parts.username, parts.password or ""
        yield password
        if not password:
            yield user  # a key instead of a user name
        pair = f"{unquote(user)}:{unquote(password)}"
        yield base64.b64encode(pair.encode()).decode("ascii")
