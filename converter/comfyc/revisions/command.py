"""One call of git: which program, in which environment, and what its failures mean."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from comfyc.diagnostics import ComfycError

_ALWAYS = (
    "--no-pager",
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
)
"""Nothing is written or started by the way, and a name with ``*`` or ``:`` in it is a name."""

_IGNORED = ("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_EXTERNAL_DIFF")
"""Variables that contradict :data:`_ALWAYS` or start a program."""

_ERROR_LINES = ("fatal: ", "error: ")


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """How a call ended: the exit code, what git wrote, and its complaint in one line."""

    code: int
    out: bytes
    complaint: str

    @property
    def text(self) -> str:
        """The output, if it is a name or a path: the line end behind it is taken off."""
        return os.fsdecode(self.out.removesuffix(b"\n").removesuffix(b"\r"))

    @property
    def items(self) -> list[str]:
        """The output of a call with ``-z``: texts that a zero byte ends."""
        return [os.fsdecode(item) for item in self.out.split(b"\0")[:-1]]


def call(folder: str, arguments: Sequence[str]) -> GitAnswer:
    """Call git in a folder. Raises ComfycError if there is no git, or if it cannot be started."""
    try:
        ended = subprocess.run(
            [program(), *_ALWAYS, *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as error:  # ValueError: a zero byte in a name
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ComfycError(f"git cannot be started: {reason.lower()}") from error
    return GitAnswer(ended.returncode, ended.stdout, _complaint(ended.stderr))


@cache
def program() -> str:
    """The path of git: found in ``PATH`` only, as Windows looks in the current folder first, where anything
    may be called ``git``. Raises ComfycError if there is none."""
    for folder in os.get_exec_path():
        found = shutil.which(os.path.join(folder, "git")) if os.path.isabs(folder) else None
        if found is not None:
            return found
    raise ComfycError(
        "git is not installed, or not in PATH", "install it from https://git-scm.com, or compare two files"
    )


def folder_to_call_in(folder: str) -> str:
    """The folder in which git looks for the repository of a folder.

    A hook gets ``GIT_DIR`` relative to the folder it runs in. As in git, the variable counts whatever file is
    asked for.
    """
    return os.getcwd() if os.environ.get("GIT_DIR") else folder


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _IGNORED}
    return {**kept, "LC_ALL": "C", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0"}


def _complaint(err: bytes) -> str:
    lines = err.decode("utf-8", "replace").splitlines()
    found = next((line for line in lines if line.startswith(_ERROR_LINES)), lines[0] if lines else "")
    for start in _ERROR_LINES:
        found = found.removeprefix(start)
    return found.strip()
