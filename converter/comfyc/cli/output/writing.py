"""The product of a command: to stdout as it is, or to a file, whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic import write_file
from comfyc.safety.escaping import json_visible, plain


def write_stdout(text: str | bytes) -> None:
    """Write the product as it is, in UTF-8; on a terminal with a newline at its end."""
    sys.stdout.flush()
    data = encoded(text) if isinstance(text, str) else text
    left = memoryview(data + b"\n" if sys.stdout.isatty() and not data.endswith(b"\n") else data)
    while left:  # with PYTHONUNBUFFERED, as in many containers, a write may end early
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def write_product(text: str | bytes) -> None:
    """The same for what others wrote, a prompt or a catalogue: to a file or a pipe as it is; on a terminal as
    the same JSON, with everything spelt that a terminal may obey."""
    if sys.stdout.isatty():
        text = json_visible(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    write_stdout(text)


def note(line: str) -> None:
    """Tell something on stderr, in one line that neither a terminal nor a CI system obeys."""
    sys.stderr.write(plain(line) + "\n")


def encoded(text: str) -> bytes:
    """UTF-8. What that cannot hold (half a surrogate pair, a byte of a file name) is spelt as in JSON."""
    return text.encode("utf-8", "backslashreplace")


def is_same_file(target: Path, name: str) -> bool:
    """Whether writing to ``target`` would overwrite the file of this name, by whatever other name."""
    try:
        return target.is_file() and target.samefile(name)
    except (OSError, ValueError):
        return False


def spare(
    outputs: Iterable[Path | None],
    workflows: Iterable[str] = (),
    others: Iterable[str | Path | None] = (),
    results: Iterable[Path] = (),
) -> None:
    """``ComfycError`` if a product of a call is one of its inputs or another product, by whatever name.

    ``others`` are files that are read beside the workflows: a catalogue, a configuration, a text; what is
    empty or no file counts for nothing. ``results`` are products of which there may be many. Devices and
    pipes may be written more than once.
    """
    hint = "choose another output file"
    own = {_identity(name): name for name in workflows if name != "-"}
    read = {_identity(name): name for name in others if name}
    paths: dict[str, Path] = {}
    folded: dict[str, Path] = {}
    few = [output for output in outputs if output is not None]
    for output in (*few, *results):
        identity = _identity(output)
        if identity is not None and identity in own:
            raise ComfycError(f"'{output}' would overwrite the workflow itself", hint)
        if identity is not None and identity in read:
            raise ComfycError(
                f"'{output}' would overwrite '{read[identity]}', which this command reads", hint
            )
        path = _real_path(output)
        if not path:
            continue
        first = paths.setdefault(path, output)
        if first is output and (like := folded.setdefault(path.casefold(), output)) is not output:
            first = like if _folds_case(os.path.dirname(path)) else output
        if first is not output:
            message = f"'{first}' and '{output}' would be written to the same file"
            raise ComfycError(message, "write each of them to its own file")


def texts_read(assignments: Iterable[str]) -> list[str]:
    """The files that ``--set NODE.INPUT=@FILE`` reads."""
    values = (text.partition("=")[2] for text in assignments)
    return [value[1:] for value in values if value.startswith("@") and not value.startswith("@@")]


def _identity(name: str | Path) -> tuple[int, int] | None:
    """The device and the number of a regular file, links followed."""
    try:
        info = os.stat(name)
    except (OSError, ValueError):
        return None
    return (info.st_dev, info.st_ino) if stat.S_ISREG(info.st_mode) else None


def _real_path(output: Path) -> str:
    """Where a product will be, links followed; "" for a device or a pipe."""
    try:
        path = os.path.realpath(output)
        return "" if os.path.exists(path) and not os.path.isfile(path) else path
    except (OSError, ValueError):
        return ""


def _folds_case(folder: str) -> bool:
    """Whether names that differ in case only are one name, as far as the folder's own name can tell."""
    above, name = os.path.split(folder)
    if name.swapcase() == name:
        return sys.platform in ("darwin", "win32")
    return os.path.lexists(os.path.join(above, name.swapcase()))


def save(path: Path, text: str | bytes) -> None:
    """Write a file whole or not at all, and the folders above it; ``ComfycError`` if that fails.

    A symbolic link stays, and what it leads to is written; so are devices and pipes.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, encoded(text) if isinstance(text, str) else text)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
        raise ComfycError(
            f"'{path}' cannot be written: {reason}", "check the folder and its permissions"
        ) from error
