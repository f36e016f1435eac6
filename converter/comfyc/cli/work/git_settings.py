"""What ``comfyc git enable``, ``disable`` and ``status`` do: lines in git's attributes, and settings of git.

The attributes say which files are compared and merged by comfyc, the settings how that is done. Lines of a
user are kept, and as they come behind ours, they win.
"""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from comfyc.cli.output.writing import note, save, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.revisions.command import call
from comfyc.safety.opening import read_regular

_BEGIN = "# comfyc git: compares and merges workflows (comfyc git disable takes these lines out)"
_END = "# comfyc git: end"
_MOST = 1 << 22
_PICTURES = ("*.png", "*.webp")
_HEADINGS = r"^([^]}{[:space:]].* #[^ ].*)$"
"""What git repeats in the heading of a hunk: the last line that names a node (``xfuncname``)."""
_CACHE = "refs/notes/textconv/comfyc"
"""Where git keeps the texts that it has asked for."""
_KEYS = (
    "diff.comfyc.textconv",
    "diff.comfyc.cachetextconv",
    "diff.comfyc.xfuncname",
    "merge.comfyc.name",
    "merge.comfyc.driver",
    "difftool.comfyc.cmd",
)


@dataclass(frozen=True, slots=True)
class GitScope:
    """Where git is set up: in the repository of the current folder, or for all repositories of the user."""

    is_global: bool
    attributes: Path

    @classmethod
    def of(cls, *, is_global: bool, attributes: Path | None) -> GitScope:
        """The scope that the flags name. Raises ComfycError if there is no repository, or no home folder."""
        if is_global and attributes is not None:
            raise ComfycError(
                "--global and --attributes cannot be used together",
                "pass one of them: a file is shared by one repository",
            )
        if not is_global:
            found = _git("rev-parse", "--git-path", "info/attributes")
            if found is None:
                raise ComfycError(
                    f"'{os.getcwd()}' is in no git repository",
                    "go into one, or pass --global for all repositories of this user",
                )
            return cls(is_global, attributes or Path(found))
        own = _git("config", "--global", "--type=path", "--get", "core.attributesFile")
        return cls(is_global, Path(own) if own else _usual_attributes())

    @property
    def flag(self) -> str:
        return "--global" if self.is_global else "--local"

    @property
    def name(self) -> str:
        return "all repositories of this user" if self.is_global else "this repository"


def enable(scope: GitScope, *, pictures: bool) -> int:
    """Set up git; the exit code. What was set up before is replaced."""
    command = _own_command()
    settings = {
        "diff.comfyc.textconv": f"{command} git textconv --",
        "diff.comfyc.xfuncname": _HEADINGS,
        "merge.comfyc.name": "workflows by node and input (comfyc)",
        "merge.comfyc.driver": f"{command} git merge -- %O %A %B %L %P",
        "difftool.comfyc.cmd": f'{command} diff --exit-zero -- "$LOCAL" "$REMOTE"',
    }
    # the cache is a commit: git diff fails where git does not know whose
    is_cached = all(_git("var", f"GIT_{who}_IDENT") is not None for who in ("AUTHOR", "COMMITTER"))
    if is_cached:
        settings["diff.comfyc.cachetextconv"] = "true"
    else:
        _git("config", scope.flag, "--unset-all", "diff.comfyc.cachetextconv")
    for name, value in settings.items():
        _set(scope, name, value)
    lines = [
        "*.json diff=comfyc merge=comfyc",
        *(f"{pattern} diff=comfyc" for pattern in _PICTURES if pictures),
    ]
    before = _read(scope.attributes)
    _write(scope.attributes, before, "\n".join([_BEGIN, *lines, _END]) + "\n" + _without(before))
    files = " and ".join(["workflows (*.json)", *(["pictures (*.png, *.webp)"] if pictures else [])])
    note(f"git compares {files} by meaning in {scope.name}, and merges workflows by node and input")
    if not is_cached:
        note(
            "note: git caches no texts, as it does not know your name: set user.name and user.email, and "
            "call comfyc git enable again to make git log -p faster"
        )
    return 0


def disable(scope: GitScope) -> int:
    """Take back what :func:`enable` has set; the exit code. A file of attributes that is empty then goes."""
    before = _read(scope.attributes)
    found = [name for name in _KEYS if _git("config", scope.flag, "--get", name) is not None]
    for name in found:
        _git("config", scope.flag, "--unset-all", name)
    if not scope.is_global:
        _git("update-ref", "-d", _CACHE)
    _write(scope.attributes, before, _without(before))
    if found or _BEGIN in before:
        note(f"git compares and merges workflows as other texts again in {scope.name}")
    else:
        note(f"nothing was set in {scope.name}")
    return 0


def show_status() -> int:
    """Print where git is set up, and what is done with a workflow here; the exit code."""
    lines: list[str] = []
    scopes = [GitScope.of(is_global=True, attributes=None)]
    is_inside = _git("rev-parse", "--git-dir") is not None
    if is_inside:
        scopes.insert(0, GitScope.of(is_global=False, attributes=None))
    for scope in scopes:
        textconv = _git("config", scope.flag, "--get", "diff.comfyc.textconv")
        has_lines = _BEGIN in _read(scope.attributes)
        if textconv is None and not has_lines:
            lines.append(f"{scope.name}: not enabled")
            continue
        lines.append(f"{scope.name}: enabled" if textconv and has_lines else f"{scope.name}: enabled in part")
        lines.append(f"    attributes  {scope.attributes if has_lines else 'without *.json'}")
        lines.append(f"    command     {textconv or 'not set'}")
    if is_inside:
        checked = _git("check-attr", "diff", "merge", "--", "workflow.json") or ""
        values = [line.rpartition(": ")[2] for line in checked.splitlines()]
        ways = ["by comfyc" if value == "comfyc" else "as any text" for value in values]
        lines.append(
            "a workflow.json in this folder is "
            + " and ".join(f"{verb} {way}" for verb, way in zip(("compared", "merged"), ways, strict=False))
        )
    write_stdout("\n".join(lines) + "\n")
    return 0


def _own_command() -> str:
    """How git's shell calls this comfyc: by its whole path, and in a way that imports nothing from the folder
    that git is in."""
    folder = Path(sysconfig.get_path("scripts"))
    for script in (Path(sys.argv[0]), folder / "comfyc", folder / "comfyc.exe"):
        if script.stem == "comfyc" and script.is_file():
            return _quoted(os.path.abspath(script))
    start = (
        "import sys; sys.path = [path for path in sys.path if path]; from comfyc.__main__ import main; main()"
    )
    return f"{_quoted(sys.executable)} -c {shlex.quote(start)}"


def _quoted(path: str) -> str:
    return shlex.quote(path.replace("\\", "/") if os.name == "nt" else path)


def _usual_attributes() -> Path:
    """The file that git reads if ``core.attributesFile`` is not set."""
    configuration = os.environ.get("XDG_CONFIG_HOME")
    try:
        return Path(configuration or Path.home() / ".config", "git", "attributes")
    except RuntimeError as error:
        raise ComfycError("there is no home folder", "set HOME, or leave --global away") from error


def _set(scope: GitScope, name: str, value: str) -> None:
    answer = call(os.getcwd(), ["config", scope.flag, "--replace-all", name, value])
    if answer.code:
        raise ComfycError(f"git does not take the setting '{name}': {answer.complaint}")


def _git(*arguments: str) -> str | None:
    """What git answers in the current folder; None if it fails."""
    answer = call(os.getcwd(), list(arguments))
    return None if answer.code else answer.text


def _read(path: Path) -> str:
    try:
        return os.fsdecode(read_regular(path, _MOST))
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ComfycError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from error


def _write(path: Path, before: str, after: str) -> None:
    if after == before:
        return
    if after:
        save(path, os.fsencode(after))
    else:
        path.unlink(missing_ok=True)


def _without(text: str) -> str:
    """A file of attributes without our lines."""
    start, end = text.find(_BEGIN + "\n"), text.find(_END + "\n")
    return text if start < 0 or end < start else text[:start] + text[end + len(_END) + 1 :]
