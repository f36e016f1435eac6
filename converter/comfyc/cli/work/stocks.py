"""What a server has, for commands that say what is missing there."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.catalog.address import ServerAddress
from comfyc.cli.flags.servers import Login, catalog_of, open_servers
from comfyc.needs.asking import Questions
from comfyc.needs.stock import Stock
from comfyc.running.client.inputs import InputFiles


def server_stock(url: str, login: Login, custom_nodes: Sequence[str] = (), *, refresh: bool = False) -> Stock:
    """The stock of a server: its own catalogue, asked for now, as its lists of files are to be those of
    today, with the packs in some folders; and how to ask it for more. ``refresh`` reads these packs anew."""
    access = open_servers([url], login)[0].access
    catalog = catalog_of(access, refresh=True)
    if custom_nodes:
        from comfyc.cli.flags.custom_nodes import with_custom_nodes  # noqa: PLC0415 - few servers need it

        catalog = with_custom_nodes(catalog, custom_nodes, refresh=refresh)
    questions = Questions(ServerAddress(access.base, access.query, access.headers, access.ssl_context()))
    return Stock(catalog, questions.folder, InputFiles(access), questions.version())
