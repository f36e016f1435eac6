"""``comfyc catalog list | search | show | save | scan | diff``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.common import (
    CACERT,
    CUSTOM_NODES,
    HEADER,
    INSECURE,
    JSON,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    REFRESH,
    TOKEN,
    VERBOSE,
    load_catalog,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Find and show node classes; list the bundled catalogues; save, scan and compare others."
    )
    app.add_typer(group, name="catalog")

    @group.command("list")
    def list_(
        words: list[str] = typer.Argument(
            None,
            metavar="[WORD...]",
            help="List only those with all of these words in their name, repository or registry id.",
            show_default=False,
        ),
        as_json: bool = JSON,
    ) -> None:
        """List the catalogues that come with comfyc: ComfyUI's own, and one for each custom-node pack."""
        from comfyc.cli.work.catalogs import list_catalogs  # noqa: PLC0415

        list_catalogs(words or [], as_json=as_json)

    @group.command()
    def search(
        words: list[str] = typer.Argument(
            None,
            metavar="[WORD...]",
            help="Words of the name, title, category or pack, in any order. Misspelt words are corrected.",
            show_default=False,
        ),
        inputs: list[str] = typer.Option(
            [],
            "--input-type",
            "--input",
            metavar="TYPE",
            help="Find only nodes with an input of this type, such as IMAGE.",
            show_default=False,
        ),
        outputs: list[str] = typer.Option(
            [],
            "--output-type",
            "--output",
            metavar="TYPE",
            help="Find only nodes with an output of this type.",
            show_default=False,
        ),
        pack: str = typer.Option(
            "",
            "--pack",
            metavar="NAME",
            help="Find only nodes of packs with this in their name, repository or registry id.",
            show_default=False,
        ),
        first: int = typer.Option(
            20, "--first", "--limit", metavar="N", min=0, help="Show so many of what is found; 0: everything."
        ),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
    ) -> None:
        """Find nodes: in the bundled catalogues of ComfyUI and custom-node packs, or in another catalogue.

        The best come first. The exit code is 1 if nothing is found.
        """
        from comfyc.catalog.search import Wanted  # noqa: PLC0415
        from comfyc.cli.work.search_catalogs import search_catalog  # noqa: PLC0415

        wanted = Wanted(words or [], inputs, outputs, pack)
        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        raise typer.Exit(search_catalog(catalog, wanted, first=first, as_json=as_json))

    @group.command()
    def show(
        class_type: str = typer.Argument(..., metavar="CLASS", help="A node's class, for example KSampler."),
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        as_json: bool = JSON,
    ) -> None:
        """Show one node class: its inputs with defaults and limits, its outputs."""
        from comfyc.cli.work.catalogs import show_class  # noqa: PLC0415

        catalog = load_catalog(object_info, server, refresh=refresh, custom_nodes=custom_nodes)
        show_class(catalog, class_type, as_json=as_json)

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

    @group.command()
    def scan(
        folders: list[Path] = typer.Argument(
            ...,
            metavar="FOLDER...",
            help="custom_nodes, the folder of one pack, or a checkout of ComfyUI.",
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
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
    ) -> None:
        """Make a catalogue of node packs from their source code. Nothing is imported or run.

        What the source does not tell, such as lists of files, is named in the key "unknown" of an entry.
        """
        from comfyc.cli.work.scan_catalogs import scan_catalogs  # noqa: PLC0415

        scan_catalogs(folders, output, as_json=as_json, verbose=verbose, quiet=quiet)

    @group.command()
    def diff(
        old: str = typer.Argument(
            ...,
            metavar="A",
            help="A saved object_info file, a server's address, a folder of packs (see --custom-nodes of "
            "convert), or the word bundled.",
        ),
        new: str = typer.Argument(..., metavar="B", help="What to compare it with; as A."),
        exit_code: bool = typer.Option(
            False, "--exit-code", help="Exit with 1 if anything differs, as git diff --exit-code does."
        ),
        refresh: bool = REFRESH,
        as_json: bool = JSON,
    ) -> None:
        """Compare two catalogues: which node types were added or removed, and what changed in the others.

        Changes that move the values that workflows have saved to other widgets are marked: "values shift". Of
        what is bundled, only those packs count that the other catalogue has nodes of.
        """
        from comfyc.cli.work.diff_catalogs import diff_catalogs  # noqa: PLC0415

        raise typer.Exit(diff_catalogs(old, new, refresh=refresh, exit_code=exit_code, as_json=as_json))
