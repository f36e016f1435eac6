"""``comfyc`` called in this process, which is ten times as fast as in one of its own.

typer takes as long to build a command from its functions as many a command takes to run. Here that is done
once for each; what a process does for itself is left to the tests that start one.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import typer

from comfyc.cli import COMMANDS, build_app, main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def comfyc(
    *arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Ended:
    """Run a command as in a folder, with an input and more variables of the environment."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin))
    code = 0
    with (
        _inside(cwd),
        mock.patch.dict(os.environ, {"COLUMNS": "200", **(env or {})}),
        mock.patch.multiple(sys, stdin=given, stdout=out, stderr=err),
        mock.patch("comfyc.cli.build_app", lambda name=None: _built(name if name in COMMANDS else None)),
    ):
        try:
            main(list(map(str, arguments)))
        except SystemExit as ended:
            code = int(ended.code or 0)
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Ended(code, *texts)


@functools.cache
def _built(command: str | None) -> Any:
    return typer.main.get_command(build_app(command))


@contextlib.contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)
