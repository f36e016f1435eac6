"""``comfyc catalog save | list | show``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    CACERT,
    HEADER,
    INSECURE,
    JSON,
    OBJECT_INFO,
    ONE_SERVER,
    REFRESH,
    TOKEN,
    load_catalog,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Show bundled node catalogues and node classes, or save a server's catalogue.")
    app.add_typer(group, name="catalog")

    @group.command("list")
    def list_(as_json: bool = JSON) -> None:
        """List the catalogues that come with comfyc."""
        from comfyc.cli.work.catalogs import list_catalogs  # noqa: PLC0415

        list_catalogs(as_json=as_json)

    @group.command()
    def show(
        class_type: str = typer.Argument(..., metavar="CLASS", help="A node's class, for example KSampler."),
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
    ) -> None:
        """Show one node class: its inputs with defaults and limits, its outputs."""
        from comfyc.cli.work.catalogs import show_class  # noqa: PLC0415

        show_class(load_catalog(object_info, server, refresh=refresh), class_type, as_json=as_json)

    @group.command()
    def save(
        server: str = typer.Argument(
            "",
            metavar="[URL]",
            help="A server: http://HOST:PORT, HOST:PORT or HOST. Default: $COMFYC_SERVER, else "
            "http://127.0.0.1:8188.",
            show_default=False,
        ),
        output: Path = typer.Option(
            ...,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the catalogue to this file; .gz compresses it, - is stdout.",
        ),
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Save the object_info of a running server, to convert with later."""
        from comfyc.cli.flags.servers import Login, open_servers  # noqa: PLC0415
        from comfyc.cli.work.catalogs import save_catalog  # noqa: PLC0415

        login = Login(headers, token, cacert, insecure)
        access = open_servers([server] if server else [], login)[0].access
        save_catalog(access, output, reads=[cacert], as_json=as_json)
