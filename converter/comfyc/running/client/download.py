"""GET /view: the files that a prompt put out, streamed to a temporary name and renamed when whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.client.stop import Stop
from comfyc.running.http.response import AnswerTooLargeError, Response
from comfyc.running.http.transport import Http, HttpAnswer, NoAnswerError
from comfyc.running.records.events import FileSaved
from comfyc.running.records.out_folder import OutFolder, safe_parts
from comfyc.running.records.outcome import Output, Run
from comfyc.running.records.redaction import redacted
from comfyc.safety.atomic import Folder

_AWAY = (429, 502, 503, 504)
"""What a proxy says while the server behind it is away or busy; it says nothing about the file."""
_RETRIED = (408, 425, 500)
_TOGETHER = 4
"""Files that are fetched at the same time."""
_REFUSALS = 100
"""After so many files in a row that cannot be had, no more of the run are asked for."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Where outputs go and which: folders of the server ("output", "temp"), texts as files or not.

    No output is written over the files ``spared``, or takes the place of one that is not there yet; nor, with
    ``overwrite``, over another output that was saved with the same object.
    """

    out_dir: Path
    overwrite: bool = False
    folders: tuple[str, ...] = ("output", "temp")
    texts: bool = False
    spared: tuple[Path, ...] = ()
    folder: OutFolder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", OutFolder(self.out_dir, self.spared))


class _AwayError(NoAnswerError):
    """The server itself was not there to answer."""


async def save_outputs(
    http: Http,
    run: Run,
    saving: Saving,
    on_saved: Callable[[FileSaved], None] | None = None,
    stop: Stop | None = None,
) -> Run:
    """Download the files of a run; returns the run with their paths and sizes.

    A file that cannot be had is no exception: its ``problem`` says why, and the others are saved all the
    same. After ``stop`` is requested no download begins again, and those that go on have ``Pace.grace``
    seconds left.
    """
    stop = stop or Stop()
    wanted: dict[tuple[str, str, str], tuple[str, Output]] = {}
    for node, output in run.each_output():
        if output.kind == "file" and (output.location[0] in saving.folders or output.picture is not None):
            wanted.setdefault(output.location, (node, output))
    files: dict[tuple[str, str, str], Output] = {}
    waiting = iter(wanted.items())
    stopped = asyncio.Event()
    # A server that did not come back while the prompt was there is not waited for once more
    is_final = run.reason == "unreachable"
    refused = 0

    async def fetch() -> None:
        nonlocal refused
        for key, (node, output) in waiting:
            if refused >= _REFUSALS:
                files[key] = replace(
                    output, problem=f"not downloaded: the {_REFUSALS} files before it failed"
                )
                continue
            done = await _save_file(http, output, saving, lambda: is_final or stopped.is_set())
            refused = 0 if done.path is not None else refused + 1
            if on_saved is not None and done.path is not None:
                on_saved(redacted(http.access, FileSaved(run.prompt_id, node, done.path, done.size or 0)))
            files[key] = done

    tasks = [asyncio.create_task(fetch()) for _ in range(min(_TOGETHER, len(wanted)))]
    try:
        with stop.watching(stopped.set, stopped.set):
            await _until_done(tasks, stopped, http.pace.grace)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()  # an error there is one of ours
    outputs = {node: _saved(node, found, files, saving) for node, found in run.outputs.items()}
    return redacted(http.access, replace(run, outputs=outputs))


async def _until_done(tasks: Iterable[asyncio.Task[None]], stopped: asyncio.Event, seconds: float) -> None:
    """Wait for all tasks, once it is ``stopped`` for so many seconds at the most."""
    left = set(tasks)
    if not left:
        return
    stopping = asyncio.create_task(stopped.wait())
    try:
        while left and not stopping.done():
            await asyncio.wait({*left, stopping}, return_when=asyncio.FIRST_COMPLETED)
            left = {task for task in left if not task.done()}
        if left:
            await asyncio.wait(left, timeout=seconds)
    finally:
        stopping.cancel()


def _saved(
    node: str, outputs: Sequence[Output], files: Mapping[tuple[str, str, str], Output], saving: Saving
) -> tuple[Output, ...]:
    found = []
    for number, output in enumerate(outputs):
        key = output.location
        done = files.get(key) if output.kind == "file" else None
        if done is not None:
            found.append(replace(output, path=done.path, size=done.size, problem=done.problem))
        elif output.kind == "file" and (output.location[0] in saving.folders or output.picture is not None):
            found.append(replace(output, problem="the download was stopped before the file was complete"))
        elif output.kind == "text" and saving.texts:
            found.append(_save_text(node, number, output, saving))
        else:
            found.append(output)
    return tuple(found)


async def _save_file(http: Http, output: Output, saving: Saving, is_final: Callable[[], bool]) -> Output:
    """Download it. A server that is away is waited for as long as for a run, a broken answer tried again."""
    pace = http.pace
    pause, tries, away = pace.retry, 0, 0.0
    while True:
        try:
            if output.picture is not None:
                path, size = _write(output, saving, output.picture.read())
            else:
                path, size = await _download(http, output, saving)
            return replace(output, path=str(path), size=size)
        except NoAnswerError as error:
            now = time.monotonic()
            if isinstance(error, _AwayError) or not error.arrived:
                away = away or now
                is_over = now + pause - away > pace.unreachable
            else:
                tries, away = tries + 1, 0.0
                is_over = tries >= pace.attempts
            if is_over or is_final():
                return replace(output, problem=str(error))
        except ComfycError as error:
            return replace(output, problem=str(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, pace.retry_most)


async def _download(http: Http, output: Output, saving: Saving) -> tuple[Path, int]:
    kind, subfolder, filename = output.location
    query = {"filename": filename, "subfolder": subfolder, "type": kind}
    # Unpacked on the way, the length of the file could not be compared with the one that was announced
    headers = {"Accept-Encoding": "identity"}
    with _target(output, saving) as (folder, name):
        async with http.stream("GET", "/view", params=query, headers=headers) as response:
            if response.status_code != 200:
                raise _refusal(http, response, output)
            with folder.part(like=name if saving.overwrite else None) as part:
                try:
                    size = await _copy(http, response, part.file)
                except AnswerTooLargeError:
                    raise ComfycError(f"the file is larger than {http.limits.file} bytes") from None
                return saving.folder.settle(part, name, overwrite=saving.overwrite), size


def _write(output: Output, saving: Saving, data: bytes) -> tuple[Path, int]:
    with (
        _target(output, saving) as (folder, name),
        folder.part(like=name if saving.overwrite else None) as part,
    ):
        part.file.write(data)
        return saving.folder.settle(part, name, overwrite=saving.overwrite), len(data)


@contextmanager
def _target(output: Output, saving: Saving) -> Iterator[tuple[Folder, str]]:
    """The folder for an output, open, and its name there.

    ``ComfycError`` for whatever the file system has against them.
    """
    *folders, name = output.target or safe_parts(output.subfolder, output.filename)
    with saving.folder.within(folders) as folder:
        try:
            yield folder, name
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ComfycError(f"cannot write '{folder.path / name}': {reason}") from None


async def _copy(http: Http, response: Response, file: Any) -> int:
    limits, began, size = http.limits, time.monotonic(), 0
    async for chunk in response.aiter_bytes(limits.file):
        size += len(chunk)
        took = time.monotonic() - began
        if took > http.pace.read and size < took * limits.slowest:
            raise http.no_answer(f"the download is too slow ({size} bytes in {took:.0f} s)")
        file.write(chunk)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and size != int(announced):
        raise http.no_answer(f"the download ended after {size} of {announced} bytes")
    return size


def _refusal(http: Http, response: Response, output: Output) -> ComfycError:
    status = response.status_code
    if status in (*_AWAY, *_RETRIED):
        error = _AwayError if status in _AWAY else NoAnswerError
        return error(f"the server could not deliver '{output.filename}' (HTTP {status})")
    if status == 404:
        return ComfycError(f"the server no longer has the file '{output.filename}' (HTTP 404)")
    return http.refusal(HttpAnswer(status, b"", response.headers.get("location")), "/view")


def _save_text(node: str, number: int, output: Output, saving: Saving) -> Output:
    file = Output("file", output.key, f"{node}-{output.key}{f'-{number}' if number else ''}.txt")
    try:
        path, size = _write(file, saving, output.text.encode("utf-8", "surrogatepass"))
        return replace(output, path=str(path), size=size)
    except ComfycError as error:
        return replace(output, problem=str(error))
