"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import os

import typer

from converter.catalog import Catalog

OBJECT_INFO = typer.Option(
    "",
    "--object-info",
    metavar="FILE|URL",
    help="The node catalogue: a saved object_info or a server's address. Default: the bundled ComfyUI core.",
    show_default=False,
)
REFRESH = typer.Option(False, "--refresh", help="Ask the server again, whatever is cached.")
SET = typer.Option(
    [],
    "--set",
    metavar="NODE.INPUT=VALUE",
    help="Set an input of the node with this id, title or class. @FILE reads a file, @@ is a plain @.",
    show_default=False,
)
SET_ALL = typer.Option(False, "--set-all", help="Let --set set all nodes that it fits, not only one.")
STRICT = typer.Option(False, "--strict", help="Treat warnings as errors.")
VERBOSE = typer.Option(False, "--verbose", "-v", help="Show notes too, not only errors and warnings.")
QUIET = typer.Option(False, "--quiet", "-q", help="Show errors only.")


def load_catalog(source: str, *, refresh: bool = False) -> Catalog:
    """The catalogue that ``--object-info`` names."""
    return Catalog.load(source or None, refresh=refresh, headers=token_for(source))


def token_for(url: str) -> dict[str, str]:
    """The header with the token of the environment, for the server of the environment and no other."""
    token = os.environ.get("COMFYC_TOKEN")
    if not token or not url or url != os.environ.get("COMFYC_SERVER"):
        return {}
    return {"Authorization": f"Bearer {token}"}
