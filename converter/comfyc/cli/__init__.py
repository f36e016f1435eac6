"""The command line: flags in, one call of the library, a report out, an exit code.

Each command is a module of ``commands`` with a ``register(app)``; only the module of the command that was
asked for is imported, so that ``comfyc convert`` does not wait for what it does not use.

Exit codes: 0 done; 1 the workflow is bad or failed; 2 could not do the job (usage, unreadable file,
unreachable server); 130 interrupted (143 by SIGTERM); 141 nobody reads our output any more. stdout carries
the product only, everything else is stderr. Wrong arguments are told like any other error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    import typer

COMMANDS = {
    "convert": "convert",
    "convert-and-run": "run",
    "run": "run",
    "plan": "plan",
    "resume": "studies",
    "retry": "studies",
    "studies": "studies",
    "sheet": "sheet",
    "wait": "wait",
    "queue": "queues",
    "cancel": "queues",
    "interrupt": "queues",
    "status": "queues",
    "validate": "validate",
    "inputs": "inputs",
    "set": "set",
    "format": "format",
    "needs": "needs",
    "graph": "graph",
    "diff": "diff",
    "report": "report",
    "packs": "packs",
    "schema": "schema",
    "catalog": "catalog",
    "git": "git",
    "explain": "explain",
}
"""Commands by name: the module in ``commands`` that registers it."""
GROUPS = {
    "catalog": ("list", "search", "show", "save", "scan", "diff"),
    "studies": ("list", "show"),
}
"""The commands that have commands of their own which take ``--json``."""
_SIGNAL = 128
"""An exit code beyond it is this and the number of a signal."""
_COMPLETION = "_COMFYC_COMPLETE"
"""The variable that the completion scripts of typer set (bash, zsh, fish, PowerShell)."""


def build_app(command: str | None = None) -> typer.Typer:
    """The typer application with one command, or with all of them for help and unknown names."""
    import typer  # noqa: PLC0415 - takes a moment, in which Ctrl-C is to be heard
    from typer.core import TyperGroup  # noqa: PLC0415

    from comfyc.cli.output.streams import give_up  # noqa: PLC0415

    class Commands(TyperGroup):
        """Typer itself would end with 1 when the reader of our output has gone."""

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except OSError as error:
                raise typer.Exit(give_up(error)) from error
            except KeyboardInterrupt:
                raise _Stopped(130) from None
            except SystemExit as error:
                if isinstance(error.code, int) and error.code > _SIGNAL:
                    raise _Stopped(error.code) from None
                raise

    app = typer.Typer(
        name="comfyc",
        cls=Commands,
        help="The compiler for ComfyUI workflows: the editor's files in, its exact API format out, offline.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def show_version(value: bool) -> None:
        if value:
            from comfyc.version import version  # noqa: PLC0415

            typer.echo(f"comfyc {version()}")
            raise typer.Exit

    @app.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", callback=show_version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        pass

    modules = [COMMANDS[command]] if command in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    for module in modules:
        import_module(f"comfyc.cli.commands.{module}").register(app)
    return app


class _Stopped(BaseException):
    """Ctrl-C or a signal ended a command, with this exit code."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


def main(argv: Sequence[str] | None = None) -> None:
    """Run ``comfyc`` with these arguments (those of the process by default) and exit."""
    try:
        from comfyc.cli.output.colors import colors_for_rich  # noqa: PLC0415
        from comfyc.cli.output.event_stream import evented  # noqa: PLC0415
        from comfyc.cli.output.streams import give_up, mend_streams  # noqa: PLC0415
        from comfyc.safety.signals import stoppable  # noqa: PLC0415

        mend_streams()
        given = list(sys.argv[1:] if argv is None else argv)
        with evented(given):
            try:
                with stoppable(), colors_for_rich():
                    sys.exit(_run(given))
            except OSError as error:
                sys.exit(give_up(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> int:
    """Run the command that is asked for; the exit code."""
    if _COMPLETION in os.environ:  # the shell asks what may come next: its words are in other variables
        os.environ["COLUMNS"] = "10000"  # or rich would wrap the help of an option, which is one line here
        build_app()(prog_name="comfyc")
    command = next((item for item in arguments if not item.startswith("-")), None)
    app = build_app(command)
    if not arguments:
        app(["--help"], prog_name="comfyc", standalone_mode=False)
        return 2
    try:
        _refuse_dashes(arguments)
        code = app(arguments, prog_name="comfyc", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except ComfycError as error:
        return _fail(error, arguments)
    except _Stopped as stop:
        if _wants_json(arguments):
            _print_error(ComfycError("the command was stopped before its end"), arguments, stop.exit_code)
        return stop.exit_code
    except _usage_error() as error:
        from comfyc.cli.output.usage_errors import in_our_words  # noqa: PLC0415

        return _fail(in_our_words(error, command_name(arguments)), arguments)


def _refuse_dashes(arguments: Sequence[str]) -> None:
    """``ComfycError`` if what would be taken for an option is the name of a file that is there.

    Patterns of a shell and lists of changed files bring such names: a repository may hold a file that is
    called ``--output=x.json``. Behind ``--`` there are names only, unless that is such a file itself.
    """
    from os.path import lexists  # noqa: PLC0415

    if "--" in arguments and not lexists("--"):
        return
    for name in arguments:
        if name.startswith("-") and name != "-" and lexists(name):
            raise ComfycError(
                f"'{name}' is an option, but there is also a file of this name",
                f"for the file write ./{name}, or put -- before the names of files; for the option put -- "
                "after it",
            )


def _usage_error() -> type[Exception]:
    """What typer raises for wrong arguments: the class is click's, of which newer versions have a copy."""
    import typer  # noqa: PLC0415

    return typer.BadParameter.__mro__[1]


def _fail(error: ComfycError, arguments: Sequence[str]) -> int:
    """Say why the job could not be done, in JSON too if that was asked for; the exit code."""
    from comfyc.cli.output.findings import complain  # noqa: PLC0415

    complain(error)
    if _wants_json(arguments):
        _print_error(error, arguments, 2)
    return 2


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in (arguments[: arguments.index("--")] if "--" in arguments else arguments)


def _print_error(error: ComfycError, arguments: Sequence[str], exit_code: int) -> None:
    from comfyc.cli.output.envelope import JsonAnswer  # noqa: PLC0415

    JsonAnswer(command_name(arguments), errors=[error]).print(exit_code)


def command_name(arguments: Sequence[str]) -> str | None:
    """The command that is asked for, as ``--json`` names it; None if there is none of that name."""
    words = [item for item in arguments if not item.startswith("-")]
    if not words or words[0] not in COMMANDS:
        return None
    if words[0] in GROUPS:
        return " ".join(words[:2]) if words[1:2] and words[1] in GROUPS[words[0]] else words[0]
    return "run" if words[0] == "convert-and-run" else words[0]
