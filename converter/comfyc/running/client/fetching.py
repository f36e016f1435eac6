"""Files of the web, fetched when the turn of a run comes, to be uploaded as local files are.

The address may be a stranger's: only public servers are asked (``http/guarded.py``), over https, without a
proxy, cookies or credentials; what comes is bounded in bytes and time, and must be what the input takes.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote_to_bytes, urljoin

from comfyc.diagnostics import ComfycError
from comfyc.running.client.media import HEAD, MediaType, media_type
from comfyc.running.http.access import Access
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.http.response import AnswerTooLargeError, BrokenError, NotConnectedError, Response
from comfyc.running.http.transport import cause_in_words
from comfyc.running.http.waiting import within
from comfyc.safety.limits import DEFAULTS
from comfyc.safety.web_files import AddressError, FetchRules, WebFile, shown_address, split_address

if TYPE_CHECKING:
    import tempfile

_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_KEPT = 4
"""Files that are kept for the next runs: most runs of a study share what they do not vary."""
_SAFE = "/%:@!$&'()*+,;=~-._"
_HINT = "download the file yourself, and pass its path after @"


@dataclass(slots=True)
class _Kept:
    """A file that was fetched, or is being; ``users`` need it now."""

    users: int = 0
    path: Path | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """Fetches files into a folder of its own, which is gone when it is left. Use as a context manager.

    Without ``rules`` nothing is asked of the web, and only ``data:`` addresses have a file.
    """

    def __init__(self, rules: FetchRules | None, pace: Pace | None = None) -> None:
        self._rules = rules
        self._most = rules.most if rules is not None else DEFAULTS.downloads
        self._pace = pace or Pace()
        self._slowest = ServerLimits().slowest
        self._kept: dict[WebFile, _Kept] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        folder, self._folder = self._folder, None
        self._kept.clear()
        if folder is not None:
            folder.cleanup()

    @asynccontextmanager
    async def file(self, web: WebFile) -> AsyncIterator[Path]:
        """The file at an address, for as long as the context lasts. ``ComfycError`` if it cannot be had."""
        kept = self._kept.pop(web) if web in self._kept else _Kept()
        self._kept[web] = kept  # as the newest
        kept.users += 1
        try:
            async with kept.lock:
                if kept.path is None:
                    kept.path = await self._fetch(web)
            yield kept.path
        finally:
            kept.users -= 1
            self._forget()

    def _forget(self) -> None:
        """Remove the files that were not needed for the longest time."""
        idle = [web for web, kept in self._kept.items() if not kept.users]
        for web in idle[: max(len(idle) - _KEPT, 0)]:
            path = self._kept.pop(web).path
            if path is not None:
                shutil.rmtree(path.parent, ignore_errors=True)

    async def _fetch(self, web: WebFile) -> Path:
        if self._folder is None:
            import tempfile  # noqa: PLC0415 - for those who fetch something

            self._folder = tempfile.TemporaryDirectory(prefix="comfyc-")
        self._count += 1
        folder = Path(self._folder.name, str(self._count))
        folder.mkdir()
        try:
            return await self._fetch_into(folder, web)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                reason = (error.strerror or str(error)).lower()
                raise ComfycError(f"cannot keep '{web}' in '{self._folder.name}': {reason}") from error
            raise

    async def _fetch_into(self, folder: Path, web: WebFile) -> Path:
        part = folder / "part"
        with part.open("wb") as file:
            if web.is_data:
                file.write(self._data(web))
            else:
                await self._download(web, file)
        with part.open("rb") as file:
            kind = _checked(web, file.read(HEAD))
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(web.name).stem)[:60] or "file"
        return part.rename(folder / f"{stem}{kind.suffix}")

    def _data(self, web: WebFile) -> bytes:
        kind, _, data = web.address.partition(",")
        if len(data) > 3 * self._most:
            raise _too_large(web, self._most)
        raw = unquote_to_bytes(data)
        if kind.lower().endswith(";base64"):
            try:
                raw = base64.b64decode(raw, validate=True)
            except binascii.Error as error:
                raise ComfycError(f"'{web}' is not base64", "encode the file once more") from error
        if len(raw) > self._most:
            raise _too_large(web, self._most)
        return raw

    async def _download(self, web: WebFile, file: BinaryIO) -> None:
        """Write what is at an address, or where that redirects to, into a file."""
        if self._rules is None:
            raise ComfycError(f"'{web}' is not fetched without leave", "pass --allow-download")
        address = web.address
        try:
            for _ in range(_REDIRECTS + 1):
                moved = await within(self._pace.upload, self._visit(web, address, file))
                if moved is None:
                    return
                address = urljoin(address, moved)
        except asyncio.TimeoutError:
            raise _failed(address, "it takes too long") from None
        except AddressError as error:
            raise _failed(address, str(error)) from None
        except ValueError:  # of urljoin
            raise _failed(address, "it redirects to what is not an address") from None
        except AnswerTooLargeError:
            raise _too_large(web, self._most) from None
        except (NotConnectedError, BrokenError) as error:
            raise _failed(address, cause_in_words(error)[0]) from None
        raise _failed(web.address, f"it redirects more than {_REDIRECTS} times")

    async def _visit(self, web: WebFile, address: str, file: BinaryIO) -> str | None:
        """Write what an address answers into a file; or where it says that the file is."""
        from comfyc.running.http.client import HttpClient  # noqa: PLC0415 - takes 70 ms
        from comfyc.running.http.guarded import GuardedBackend  # noqa: PLC0415

        assert self._rules is not None
        parts = split_address(address, private=self._rules.private)
        access = Access(f"{parts.scheme}://{parts.netloc}")
        target = quote(parts.path, safe=_SAFE) or "/"
        target += f"?{quote(parts.query, safe=_SAFE + '?')}" if parts.query else ""
        headers = {"User-Agent": "comfyc", "Accept": "*/*", "Accept-Encoding": "identity"}
        backend = GuardedBackend(parts.scheme, private=self._rules.private)
        client = HttpClient(access, headers, self._pace.connect, backend)
        try:
            async with client.stream("GET", target, headers={}, content=None, read=self._pace.read) as answer:
                if answer.status_code in _MOVED and "location" in answer.headers:
                    return answer.headers["location"]
                if answer.status_code != 200:
                    raise _failed(address, f"its server answers with HTTP {answer.status_code}")
                await self._receive(web, answer, file)
        finally:
            await client.aclose()
        return None

    async def _receive(self, web: WebFile, answer: Response, file: BinaryIO) -> None:
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            raise AnswerTooLargeError
        head, came, since = b"", 0, time.monotonic()
        async for chunk in answer.aiter_bytes(self._most):
            file.write(chunk)
            came += len(chunk)
            if len(head) < HEAD and len(head := head + chunk[:HEAD]) >= HEAD:
                _checked(web, head)  # the rest need not come
            if came < self._slowest * (time.monotonic() - since - self._pace.read):
                raise BrokenError("it comes too slowly")


def _checked(web: WebFile, head: bytes) -> MediaType:
    """The kind of a file that begins so. ``ComfycError`` if it is none that the input takes."""
    kind = media_type(head[:HEAD])
    if kind is None or not set(kind.kinds) & set(web.kinds):
        found = f"a file {kind.suffix}" if kind is not None else "none of the kinds of files that nodes load"
        wanted = " or ".join(web.kinds)
        raise ComfycError(f"'{web}' is {found}, and the input takes: {wanted}", "check the address")
    return kind


def _failed(address: str, why: str) -> ComfycError:
    return ComfycError(f"cannot fetch '{shown_address(address)}': {why}", _HINT)


def _too_large(web: WebFile, most: int) -> ComfycError:
    return ComfycError(f"'{web}' has {DEFAULTS._replace(downloads=most).exceeded('downloads')}")
