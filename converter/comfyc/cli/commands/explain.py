"""``comfyc explain CODE``."""

from __future__ import annotations

import typer

from comfyc.cli.flags.common import JSON
from comfyc.diagnostics import ComfycError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(
        code: str = typer.Argument(
            "",
            metavar="[CODE]",
            help="Show the page of this code (N201) or rule, or list the codes that begin like this (N2). "
            "Default: list all.",
            show_default=False,
        ),
        everything: bool = typer.Option(False, "--all", help="List all rules."),
        as_json: bool = JSON,
    ) -> None:
        """Explain a finding's code: what it means and what to do about it. Or list the codes."""
        from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415
        from comfyc.report.pages import page, rule_list, rules_of  # noqa: PLC0415

        if code and everything:
            raise ComfycError("CODE and --all cannot be used together", "pass one of them")
        rules = rules_of(code)
        if as_json:
            from comfyc.cli.output.envelope import JsonAnswer  # noqa: PLC0415
            from comfyc.report.pages import rule_as_json  # noqa: PLC0415

            JsonAnswer("explain", [rule_as_json(rule) for rule in rules]).print(0)
        elif len(rules) == 1:
            write_stdout(page(rules[0]) + "\n")
        else:
            write_stdout(rule_list(rules))
