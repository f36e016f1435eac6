"""``comfyc catalog save | list | show``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from comfyc.cli.flags.servers import Login
from comfyc.cli.flags.shared import (
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
from comfyc.diagnostics import ComfycError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Node catalogues: what is bundled, and what a server has.")
    app.add_typer(group, name="catalog")

    @group.command("list")
    def list_(as_json: bool = JSON) -> None:
        """List the catalogues that come with comfyc."""
        from comfyc.catalog.listing import format_bundles, list_bundles  # noqa: PLC0415
        from comfyc.cli.output.answer import Answer  # noqa: PLC0415
        from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415

        bundles = list_bundles()
        if as_json:
            rows = [
                {"catalogue": one.title, "version": one.version, "nodes": one.nodes, "size": one.size}
                for one in bundles
            ]
            Answer("catalog list", rows).print(0)
        else:
            write_stdout(format_bundles(bundles) + "\n")

    @group.command()
    def show(
        class_type: str = typer.Argument(..., metavar="CLASS", help="A node's class, for example KSampler."),
        object_info: str = OBJECT_INFO,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
    ) -> None:
        """Show one node class: its inputs with defaults and limits, its outputs."""
        from comfyc.catalog.listing import format_node, view_node  # noqa: PLC0415
        from comfyc.cli.output.answer import Answer  # noqa: PLC0415
        from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415
        from comfyc.safety.escaping import plain  # noqa: PLC0415
        from comfyc.suggestions import did_you_mean  # noqa: PLC0415

        catalog = load_catalog(object_info, server, refresh=refresh)
        view = view_node(catalog, class_type)
        if view is None:
            close = catalog.close_matches(class_type)
            hint = did_you_mean(close[:1]) or "`comfyc catalog list` shows what is bundled"
            raise ComfycError(f"there is no node type '{class_type}' in {catalog.name}", hint)
        if as_json:
            record = asdict(view)
            Answer("catalog show", [{"class": record.pop("node_type"), **record}]).print(0)
        else:
            write_stdout("".join(f"{plain(line)}\n" for line in format_node(view).split("\n")))

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
            ..., "--output", "-o", metavar="FILE", help="The file to write; .gz compresses, - is stdout."
        ),
        as_json: bool = JSON,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Save the object_info of a running server, to convert with later."""
        from comfyc.catalog.fetch import fetch_object_info, save_object_info  # noqa: PLC0415
        from comfyc.cli.flags.servers import open_servers  # noqa: PLC0415
        from comfyc.cli.flags.shared import file_or_stdout  # noqa: PLC0415
        from comfyc.cli.output.answer import Answer  # noqa: PLC0415
        from comfyc.cli.output.writing import note, spare, write_product  # noqa: PLC0415

        spare([output], others=[cacert])
        login = Login(headers, token, cacert, insecure)
        access = open_servers([server] if server else [], login)[0].access
        file = file_or_stdout(output)
        if file is None and as_json:
            raise ComfycError("the catalogue and --json would both go to stdout", "pass -o FILE")
        url, trust = access.url(""), access.ssl_context()
        if file is None:
            body, count = fetch_object_info(url, headers=access.headers, ssl_context=trust)
            write_product(body)
        else:
            count = save_object_info(url, file, headers=access.headers, ssl_context=trust)
        note(f"{file or access.base}: {count} node types")
        if as_json:
            Answer("catalog save", [{"server": access.base, "output": str(file), "nodes": count}]).print(0)
