"""Fetch, cache and save the catalogue of a running server.

``GET /object_info`` lists every node type, ``GET /node_replacements`` (newer servers) the types that have
been replaced, ``GET /embeddings`` the names of embeddings. ComfyUI sends no ETag today, so a cached answer is
used for some time. If a proxy adds ETags, the server is asked each time whether anything has changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc.catalog.address import (
    ADDRESS_HINT,
    LOGIN_HINT,
    Answer,
    ServerAddress,
    UnreachableError,
    parse_server,
    secrets_of,
)
from comfyc.catalog.bundle import gzip_bytes
from comfyc.catalog.cached import CachedAnswer, read_cached, write_cached
from comfyc.catalog.entry import parse_object_info
from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic import write_file
from comfyc.safety.foreign import parse, shallow
from comfyc.safety.secrets import forms_of, hide, hide_in

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class ServerCatalog:
    """The catalogue of a server: entries by node type, replacement rules, the names of embeddings, and a name
    for people."""

    entries: Mapping[str, Any]
    node_replacements: Any
    embeddings: list[str]
    name: str


def load_server(
    url: str,
    *,
    refresh: bool,
    headers: Mapping[str, str] | None,
    max_age: float,
    allow_stale: bool,
    timeout: float,
    ssl_context: ssl.SSLContext | None = None,
) -> ServerCatalog:
    """The catalogue of the server at ``url``; parameters and errors as for ``Catalog.load``."""
    server = replace(parse_server(url, headers), ssl_context=ssl_context)
    cached = read_cached(server.base)
    usable = cached if not refresh else None
    if usable is not None and usable.etag is None and 0 <= usable.age < max_age:
        return _from_cache(server, usable)
    try:
        answer = _get_object_info(server, usable.etag if usable else None, timeout)
    except UnreachableError as error:
        if cached is None:
            raise
        if allow_stale:
            return _from_cache(server, cached, stale=True)
        hint = f"{error.hint}; the cache has only a stale copy ({_ago(cached.age)})"
        raise UnreachableError(str(error), hint) from None
    if answer.status == 304 and usable is not None:
        return _from_cache(server, usable)
    entries = parse_object_info(answer.body, f"the answer of '{server.base}'", ADDRESS_HINT)
    node_replacements = get_beside(server, "/node_replacements", timeout)
    embeddings = _names(get_beside(server, "/embeddings", timeout))
    beside = {"node_replacements": node_replacements, "embeddings": embeddings}
    write_cached(server.base, entries, etag=answer.etag, beside=beside)
    return ServerCatalog(entries, node_replacements, embeddings, server.base)


def save_object_info(
    url: str,
    path: str | os.PathLike[str],
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    ssl_context: ssl.SSLContext | None = None,
) -> int:
    """Write the server's answer to ``/object_info`` to a file, unchanged. Returns the number of node types.

    The file is gzipped if ``path`` ends with ``.gz``. The cache is not used. Raises ``ComfycError`` if the
    answer is not an object_info or the file cannot be written; an earlier file is then still there.
    """
    body, count = fetch_object_info(url, headers=headers, timeout=timeout, ssl_context=ssl_context)
    target = Path(path)
    data = gzip_bytes(body) if target.suffix == ".gz" else body
    try:
        write_file(target, data)
    except OSError as error:
        raise ComfycError(
            f"cannot write '{target}': {error.strerror or error}", "pass another file with -o"
        ) from error
    return count


def fetch_object_info(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    ssl_context: ssl.SSLContext | None = None,
) -> tuple[bytes, int]:
    """The bytes of the server's answer to ``/object_info``, and its number of node types.

    The cache is not used. Raises ``ComfycError`` if the answer is not an object_info.
    """
    server = replace(parse_server(url, headers), ssl_context=ssl_context)
    answer = _get_object_info(server, None, timeout)
    return answer.body, len(parse_object_info(answer.body, f"the answer of '{server.base}'", ADDRESS_HINT))


def _get_object_info(server: ServerAddress, etag: str | None, timeout: float) -> Answer:
    answer = _without_secrets(server, _get(server, "/object_info", etag, timeout))
    status = answer.status
    if status == 200 or (status == 304 and etag is not None):
        return answer
    if status in (401, 403, 407):
        raise ComfycError(f"'{server.base}' refused the request (HTTP {status})", LOGIN_HINT)
    if status == 404:
        raise ComfycError(f"'{server.base}' has no /object_info (HTTP 404)", ADDRESS_HINT)
    if status in (301, 302, 303, 307, 308):
        raise ComfycError(
            f"'{server.base}' sent a redirect that comfyc does not follow (HTTP {status})", ADDRESS_HINT
        )
    if status >= 500 or status == 429:
        raise UnreachableError(f"'{server.base}' failed (HTTP {status})", "check the server's log")
    raise ComfycError(f"'{server.base}' answered with HTTP {status}", ADDRESS_HINT)


def _without_secrets(server: ServerAddress, answer: Answer) -> Answer:
    """The answer with all secrets of the request hidden; unchanged if it repeats none of them."""
    forms = forms_of(secrets_of(server.headers, server.query))
    text = answer.body.decode("utf-8", "replace") if forms else ""
    if forms and hide(text, forms) != text:
        try:
            clean = hide_in(shallow(parse(answer.body)), lambda text: hide(text, forms))
            answer = replace(answer, body=json.dumps(clean).encode("ascii"))
        except ValueError:
            answer = replace(answer, body=b"")
    if answer.etag is not None and hide(answer.etag, forms) != answer.etag:
        answer = replace(answer, etag=None)
    return answer


def get_beside(server: ServerAddress, path: str, timeout: float) -> Any:
    """What the server says beside the catalogue; ``{}`` if it lacks the path."""
    try:
        answer = _without_secrets(server, _get(server, path, None, timeout))
        return shallow(parse(answer.body)) if answer.status == 200 else {}
    except (UnreachableError, ValueError):
        return {}


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _get(server: ServerAddress, path: str, etag: str | None, timeout: float) -> Answer:
    from comfyc.catalog.http import get  # noqa: PLC0415

    return get(server, path, etag=etag, timeout=timeout)


def _from_cache(server: ServerAddress, cached: CachedAnswer, *, stale: bool = False) -> ServerCatalog:
    name = f"{server.base} (stale copy, {_ago(cached.age)})" if stale else server.base
    header = cached.bundle.header
    return ServerCatalog(
        cached.bundle, header.get("node_replacements"), _names(header.get("embeddings")), name
    )


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''} old"
    return "less than a minute old"
