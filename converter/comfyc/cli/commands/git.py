"""``comfyc git enable | disable | status | textconv | merge | resolve``: workflows in git, by meaning."""

from __future__ import annotations

from pathlib import Path

import typer

GLOBAL = typer.Option(False, "--global", help="For all repositories of this user, not just this one.")
ATTRIBUTES = typer.Option(
    None,
    "--attributes",
    metavar="FILE",
    help="Put the lines into this file, such as .gitattributes, which others get with the repository; each "
    "of them has to enable comfyc too. Default: .git/info/attributes.",
    show_default=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Let git diff, git log -p and git merge read workflows by meaning.")
    app.add_typer(group, name="git")

    @group.command()
    def enable(
        for_all: bool = GLOBAL,
        attributes: Path | None = ATTRIBUTES,
        pictures: bool = typer.Option(
            False, "--pictures", help="Also compare what PNG and WebP pictures carry."
        ),
    ) -> None:
        """Let git show what changed in workflows by meaning, and merge them by node and input."""
        from comfyc.cli.work.git_settings import GitScope, enable  # noqa: PLC0415

        raise typer.Exit(enable(GitScope.of(is_global=for_all, attributes=attributes), pictures=pictures))

    @group.command()
    def disable(for_all: bool = GLOBAL, attributes: Path | None = ATTRIBUTES) -> None:
        """Take back what enable has set, and nothing else."""
        from comfyc.cli.work.git_settings import GitScope, disable  # noqa: PLC0415

        raise typer.Exit(disable(GitScope.of(is_global=for_all, attributes=attributes)))

    @group.command()
    def status() -> None:
        """Show where comfyc is enabled, and what git does with a workflow in this folder."""
        from comfyc.cli.work.git_settings import show_status  # noqa: PLC0415

        raise typer.Exit(show_status())

    @group.command()
    def textconv(
        file: str = typer.Argument(
            ..., metavar="FILE", help="A workflow, prompt or picture, or any other file."
        ),
    ) -> None:
        """Print a workflow as lines that git can compare, and any other file as it is. git calls this."""
        from comfyc.cli.work.git_text import print_text  # noqa: PLC0415

        raise typer.Exit(print_text(file))

    @group.command()
    def merge(
        base: str = typer.Argument(
            ..., metavar="BASE", help="What both versions were made of; may be empty."
        ),
        ours: str = typer.Argument(..., metavar="OURS", help="Our version, which gets the result."),
        theirs: str = typer.Argument(..., metavar="THEIRS", help="Their version."),
        marker_size: int = typer.Argument(7, metavar="[SIZE]", help="How long git's marks of conflicts are."),
        name: str = typer.Argument("", metavar="[NAME]", help="What the file is called in reports."),
    ) -> None:
        """Merge two versions of a workflow by node and input; other files line by line. git calls this."""
        from comfyc.cli.work.merge_files import merge_files  # noqa: PLC0415

        raise typer.Exit(merge_files(base, ours, theirs, marker_size, name or ours))

    @group.command()
    def resolve(
        file: str = typer.Argument(
            ..., metavar="FILE", help="A workflow or prompt with conflicts of a merge."
        ),
        ours: bool = typer.Option(False, "--ours", help="Keep what is in the file."),
        theirs: bool = typer.Option(False, "--theirs", help="Put in their values, links and nodes."),
    ) -> None:
        """List the conflicts of a merge that are noted in a workflow, or settle them all."""
        from comfyc.cli.work.merge_files import resolve_file  # noqa: PLC0415

        raise typer.Exit(resolve_file(file, ours=ours, theirs=theirs))
