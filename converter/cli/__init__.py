"""The command line: flags in, one call of the library, a report out, an exit code.

Each command is a module with a ``register(app)``; only the module of the command that was asked for
is imported, so that ``comfyc convert`` does not wait for what it does not use.

Exit codes: 0 done; 1 the workflow is bad or failed; 2 could not do the job (usage, unreadable file,
unreachable server); 130 interrupted (143 by SIGTERM); 141 nobody reads our output any more. stdout carries
the product only, everything else is stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ConverterError

if TYPE_CHECKING:
    import typer

COMMANDS = {
    "convert": "convert",
    "convert-and-run": "run",
    "run": "run",
    "wait": "wait",
    "queue": "jobs",
    "cancel": "jobs",
    "interrupt": "jobs",
    "status": "jobs",
    "validate": "validate",
    "inputs": "inputs",
    "packs": "packs",
    "schema": "schema",
    "catalog": "catalog",
    "explain": "explain",
}
"""Commands by name: the module in this package that registers it."""


def build_app(command: str | None = None) -> typer.Typer:
    """The typer application with one command, or with all of them for help and unknown names."""
    import typer  # noqa: PLC0415 - takes a moment, in which Ctrl-C is to be heard
    from typer.core import TyperGroup  # noqa: PLC0415

    from converter.cli.streams import give_up  # noqa: PLC0415

    class Commands(TyperGroup):
        """Typer itself would end with 1 when the reader of our output has gone."""

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except OSError as error:
                raise typer.Exit(give_up(error)) from error

    app = typer.Typer(
        name="comfyc",
        cls=Commands,
        help="The compiler for ComfyUI workflows: the editor's files in, its exact API format out, offline.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def show_version(value: bool) -> None:
        if value:
            from importlib.metadata import version  # noqa: PLC0415

            typer.echo(f"comfyc {version('comfyc')}")
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
        import_module(f"converter.cli.{module}").register(app)
    return app


def main(argv: Sequence[str] | None = None) -> None:
    """Run ``comfyc`` with these arguments (those of the process by default) and exit."""
    try:
        from converter.cli.eventstream import evented  # noqa: PLC0415
        from converter.cli.stopping import stoppable  # noqa: PLC0415
        from converter.cli.streams import give_up, mend_streams  # noqa: PLC0415

        mend_streams()
        given = list(sys.argv[1:] if argv is None else argv)
        with evented(given):
            try:
                with stoppable():
                    _run(given)
            except OSError as error:
                sys.exit(give_up(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    command = next((item for item in arguments if not item.startswith("-")), None)
    try:
        build_app(command)(arguments, prog_name="comfyc")
    except ConverterError as error:
        from converter.cli.output import complain  # noqa: PLC0415

        complain(error)
        sys.exit(2)
