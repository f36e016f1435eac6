"""``comfyc plan``: ``comfyc run`` up to the moment in which it would send something."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import typer

from comfyc.cli.commands.run import run
from comfyc.cli.flags.running import AFTER_PLANNING

OUTPUT = typer.Option(
    None, "--output", "-o", metavar="FILE", help="Write the plan to this file, for `comfyc run`; - is stdout."
)
_LEFT_OUT = AFTER_PLANNING | {"dry_run", "print_prompt"}


def register(app: typer.Typer) -> None:
    """Add the command, with the options of ``run``."""

    def plan(ctx: typer.Context, **given: Any) -> None:
        """Show what `comfyc run` would do with the same arguments, before it does it: what is set and
        uploaded, which outputs run on which servers, with which seeds, and what it costs.

        Nothing is sent but questions. `comfyc run job.plan` runs what -o has written, and nothing else.
        """
        ctx.obj = given.pop("output")
        left = {name: parameters[name].default.default for name in _LEFT_OUT}
        run(ctx, **{**left, **given, "dry_run": True})

    parameters = dict(inspect.signature(run, eval_str=True).parameters)
    kept = [one for name, one in parameters.items() if name not in _LEFT_OUT]
    kind = inspect.Parameter.KEYWORD_ONLY
    own = inspect.Parameter("output", kind, default=OUTPUT, annotation=Path | None)
    plan.__signature__ = inspect.Signature([*kept, own])  # type: ignore[attr-defined]
    plan.__annotations__ = {one.name: one.annotation for one in (*kept, own)}
    app.command("plan")(plan)
