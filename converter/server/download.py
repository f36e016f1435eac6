"""GET /view: the files that a prompt put out, streamed to a temporary name and renamed when whole."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ConverterError
from converter.server.client import attempt
from converter.server.events import Saved
from converter.server.outcome import Output, Run
from converter.server.places import choose_folder, safe_parts, settle_file
from converter.server.transport import Answer, Http, NoAnswerError

if TYPE_CHECKING:
    import httpx

_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_TOGETHER = 4
"""Files that are fetched at the same time."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Where outputs go and which: folders of the server ("output", "temp"), texts as files or not."""

    out_dir: Path
    overwrite: bool = False
    folders: tuple[str, ...] = ("output", "temp")
    texts: bool = False


async def save_outputs(
    http: Http, run: Run, saving: Saving, on_saved: Callable[[Saved], None] | None = None
) -> Run:
    """Download the files of a run; returns the run with their paths and sizes.

    A file that cannot be had is no exception: its ``problem`` says why, and the others are saved all the
    same. ``ConverterError`` only if the folder cannot be written to.
    """
    choose_folder(saving.out_dir, ())
    gate = asyncio.Semaphore(_TOGETHER)
    tasks: dict[tuple[str, str, str], asyncio.Task[Output]] = {}

    async def fetch(node: str, output: Output) -> Output:
        async with gate:
            done = await _save_file(http, output, saving)
        if on_saved is not None and done.path is not None:
            on_saved(Saved(run.prompt_id, node, done.path, done.size or 0))
        return done

    for node, output in run.each_output():
        if output.kind == "file" and output.type in saving.folders:
            key = (output.type, output.subfolder, output.filename)
            if key not in tasks:
                tasks[key] = asyncio.create_task(fetch(node, output))
    try:
        await asyncio.gather(*tasks.values())
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    files = {key: task.result() for key, task in tasks.items()}
    return replace(
        run, outputs={node: _saved(node, found, files, saving) for node, found in run.outputs.items()}
    )


def _saved(
    node: str, outputs: Sequence[Output], files: Mapping[tuple[str, str, str], Output], saving: Saving
) -> tuple[Output, ...]:
    found = []
    for number, output in enumerate(outputs):
        done = files.get((output.type, output.subfolder, output.filename)) if output.kind == "file" else None
        if done is not None:
            found.append(replace(output, path=done.path, size=done.size, problem=done.problem))
        elif output.kind == "text" and saving.texts:
            found.append(_save_text(node, number, output, saving))
        else:
            found.append(output)
    return tuple(found)


async def _save_file(http: Http, output: Output, saving: Saving) -> Output:
    try:
        path, size = await attempt(http, lambda: _download(http, output, saving))
    except ConverterError as error:
        return replace(output, problem=str(error))
    return replace(output, path=str(path), size=size)


async def _download(http: Http, output: Output, saving: Saving) -> tuple[Path, int]:
    *folders, name = safe_parts(output.subfolder, output.filename)
    folder = choose_folder(saving.out_dir, tuple(folders))
    temporary = folder / f".{name[:100]}.{os.urandom(6).hex()}.part"
    query = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}
    # Unpacked on the way, the length of the file could not be compared with the one that was announced
    headers = {"Accept-Encoding": "identity"}
    try:
        async with http.stream("GET", "/view", params=query, headers=headers) as response:
            if response.status_code != 200:
                raise _refusal(http, response, output)
            with temporary.open("xb") as file:
                size = await _copy(http, response, file)
        return settle_file(temporary, folder / name, overwrite=saving.overwrite), size
    except OSError as error:
        raise ConverterError(f"cannot write '{folder / name}': {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


async def _copy(http: Http, response: httpx.Response, file: Any) -> int:
    limits, began, size = http.limits, time.monotonic(), 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > limits.file:
            raise ConverterError(f"the file is larger than {limits.file} bytes")
        took = time.monotonic() - began
        if took > http.pace.read and size < took * limits.slowest:
            raise http.no_answer(f"the file comes too slowly ({size} bytes in {took:.0f} s)")
        file.write(chunk)
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and size != int(announced):
        raise http.no_answer(f"the file broke off after {size} of {announced} bytes")
    return size


def _refusal(http: Http, response: httpx.Response, output: Output) -> ConverterError:
    status = response.status_code
    if status in _RETRIED:
        return NoAnswerError(f"the server fails to deliver '{output.filename}' (HTTP {status})")
    if status == 404:
        return ConverterError(f"the server has no file '{output.filename}' any more (HTTP 404)")
    return http.refusal(Answer(status, b"", response.headers.get("Location")), "/view")


def _save_text(node: str, number: int, output: Output, saving: Saving) -> Output:
    *_, name = safe_parts("", f"{node}-{output.key}{f'-{number}' if number else ''}.txt")
    temporary = saving.out_dir / f".{name[:100]}.{os.urandom(6).hex()}.part"
    data = output.text.encode("utf-8", "surrogatepass")
    try:
        temporary.write_bytes(data)
        path = settle_file(temporary, saving.out_dir / name, overwrite=saving.overwrite)
        return replace(output, path=str(path), size=len(data))
    except OSError as error:
        return replace(output, problem=f"cannot write '{name}': {error.strerror or error}")
    finally:
        temporary.unlink(missing_ok=True)
