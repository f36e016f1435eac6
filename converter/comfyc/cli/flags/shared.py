"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from comfyc.catalog import Catalog
from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import DEFAULTS, Limits

OBJECT_INFO = typer.Option(
    "",
    "--object-info",
    metavar="FILE|URL",
    help="The node catalogue: a saved object_info or a server's address. Default: the bundled ComfyUI core.",
    show_default=False,
)
ONE_SERVER = typer.Option(
    "",
    "--server",
    metavar="URL",
    help="Take the node catalogue from this server: http://HOST:PORT, HOST:PORT or HOST.",
    show_default=False,
)
SKIP_OTHERS = typer.Option(
    False,
    "--skip-others",
    help="Treat named files as if found in a folder: skip what holds no workflow or is excluded.",
)
ALLOW_EMPTY = typer.Option(False, "--allow-empty", help="Do not fail if there is no workflow at all.")
ALSO = typer.Option(
    [],
    "--also",
    metavar="FORMAT=FILE",
    help="Write another report of the findings as well; - is stdout.",
    show_default=False,
)
TRUST_CONFIG = typer.Option(
    False,
    "--trust-config",
    help="Use a repository's settings even if they name a server or a file elsewhere, or are another user's.",
)
JOBS = typer.Option(0, "--jobs", metavar="N", min=0, help="Processes; 0 is one for each core.")
JSON = typer.Option(False, "--json", help="Print JSON on stdout: results, findings and errors.")
HEADER = typer.Option([], "--header", metavar="'K: V'", help="A header to send.", show_default=False)
TOKEN = typer.Option(
    None,
    "--token",
    metavar="TOKEN",
    help="A bearer token. $COMFYC_TOKEN keeps it out of the list of processes.",
)
CACERT = typer.Option(None, "--cacert", metavar="FILE", help="Certificates (PEM) to trust for https.")
INSECURE = typer.Option(False, "--insecure", help="Trust any certificate.")
REFRESH = typer.Option(False, "--refresh", help="Ask the server again, whatever is cached.")
SET = typer.Option(
    [],
    "--set",
    metavar="NODE.INPUT=VALUE",
    help="Set an input of the node with this id, title or class. @FILE reads a file, @@ is a plain @.",
    show_default=False,
)
RANDOM_SEED = typer.Option(
    None, "--random-seed", metavar="N", help="Make the choices of dynamic prompts repeatable."
)
SET_ALL = typer.Option(False, "--set-all", help="Let --set set all nodes that it fits, not only one.")
STRICT = typer.Option(False, "--strict", help="Treat warnings as errors.")
LIMIT = typer.Option(
    [],
    "--limit",
    metavar="NAME=VALUE",
    help="Raise a limit on what a file may cost: values=4000000, unpacked=256MiB. A wrong name lists them.",
    show_default=False,
)
VERBOSE = typer.Option(False, "--verbose", "-v", help="Show notes too, not only errors and warnings.")
QUIET = typer.Option(False, "--quiet", "-q", help="Show errors only.")


def limits_of(given: Sequence[str]) -> Limits:
    """The limits with those that ``--limit`` names; ``ComfycError`` for what names none."""
    if not given:
        return DEFAULTS
    from comfyc.cli.flags.limits import parse_limits  # noqa: PLC0415

    return parse_limits(given)


def load_catalog(
    object_info: str,
    server: str = "",
    *,
    refresh: bool = False,
    headers: Sequence[str] = (),
    token: str | None = None,
    cacert: Path | None = None,
    insecure: bool = False,
) -> Catalog:
    """The catalogue that ``--object-info`` or ``--server`` names; the bundled core if neither does.

    What is about getting in is for a server only.
    """
    if server and object_info:
        raise ComfycError("--server and --object-info exclude each other", "pass one of them")
    if (headers or token or cacert or insecure) and (server or _is_server(object_info)):
        from comfyc.cli.flags.servers import Login, catalog_of, open_servers  # noqa: PLC0415

        login = Login(headers, token, cacert, insecure)
        return catalog_of(open_servers([server or object_info], login)[0].access, refresh=refresh)
    if server:
        from comfyc.catalog.address import server_url  # noqa: PLC0415

        object_info = server_url(server)
    return Catalog.load(object_info or None, refresh=refresh, headers=_token_for(object_info))


def file_or_stdout(path: Path | None) -> Path | None:
    """The file that ``-o`` names; None for stdout, which is called ``-`` too."""
    return None if path is None or str(path) == "-" else path


def _is_server(object_info: str) -> bool:
    from comfyc.catalog.address import names_server  # noqa: PLC0415

    return names_server(object_info)


def _token_for(url: str) -> dict[str, str]:
    """The header with the token of the environment, for the server of the environment and no other."""
    token, own = os.environ.get("COMFYC_TOKEN"), os.environ.get("COMFYC_SERVER")
    if not token or not own or not url:
        return {}
    from comfyc.catalog.address import is_same_server  # noqa: PLC0415

    return {"Authorization": f"Bearer {token}"} if is_same_server(url, own) else {}
