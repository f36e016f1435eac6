"""The help of ``comfyc run``, which goes on with the inputs of the files that are named."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from comfyc.cli.flags.common import load_catalog

_ARGUMENTS = "comfyc.arguments"
"""Where the context of a command keeps what it was called with."""


class RunCommand(TyperCommand):
    """A command whose help goes on with the inputs of the files that are named beside ``--help``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta.setdefault(_ARGUMENTS, tuple(args))
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        text = super().get_help(ctx)
        arguments = list(ctx.meta[_ARGUMENTS])
        given = self.make_context(ctx.info_name, arguments, ctx.parent, resilient_parsing=True).params
        if not given.get("files"):
            return text
        from comfyc.cli.work.file_help import help_of_files  # noqa: PLC0415
        from comfyc.jobs import is_job_name  # noqa: PLC0415
        from comfyc.jobs.plans import is_plan_name  # noqa: PLC0415

        server = next(iter(given["servers"]), "")
        login = {name: given[name] for name in ("headers", "token", "cacert", "insecure")} if server else {}
        catalog = load_catalog("", server, refresh=given["refresh"], **login)
        others = (is_job_name, is_plan_name)
        names = [name for name in given["files"] if name != "-" and not any(is_it(name) for is_it in others)]
        return f"{text}\n{help_of_files(names, catalog)}\n"
