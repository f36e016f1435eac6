"""``comfyc explain CODE``."""

from __future__ import annotations

import typer

from comfyc.cli.flags.shared import JSON
from comfyc.diagnostics import ComfycError


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(
        code: str = typer.Argument(
            "",
            metavar="[CODE]",
            help="A code (N201) or a rule's name: its page. The start of codes (N2): a list. Default: all.",
            show_default=False,
        ),
        everything: bool = typer.Option(False, "--all", help="List all rules."),
        as_json: bool = JSON,
    ) -> None:
        """Print the page of a finding's code, what it means and what to do; or list the codes."""
        from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415
        from comfyc.report.pages import page, rule_list, rules_of  # noqa: PLC0415

        if code and everything:
            raise ComfycError("CODE and --all exclude each other", "pass one of them")
        rules = rules_of(code)
        if as_json:
            from comfyc.cli.output.answer import Answer  # noqa: PLC0415
            from comfyc.report.pages import rule_as_json  # noqa: PLC0415

            Answer("explain", [rule_as_json(rule) for rule in rules]).print(0)
        elif len(rules) == 1:
            write_stdout(page(rules[0]) + "\n")
        else:
            write_stdout(rule_list(rules))
