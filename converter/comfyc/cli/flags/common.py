"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typer

from comfyc.catalog import Catalog, bundled_core
from comfyc.diagnostics import ComfycError
from comfyc.safety.limits import DEFAULTS, Limits

OBJECT_INFO = typer.Option(
    "",
    "--object-info",
    metavar="FILE|URL",
    help="The node catalogue: a saved object_info file or a server's address. Default: the bundled "
    "ComfyUI core.",
    show_default=False,
)
CUSTOM_NODES = typer.Option(
    [],
    "--custom-nodes",
    metavar="FOLDER",
    help="Add the nodes of the packs in this folder, read from their source without running it: a "
    "custom_nodes folder, that of one pack, or that of ComfyUI. Default: the packs in $COMFYUI_PATH, unless "
    "a catalogue is named.",
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
    help="Treat the named files as if they were found in a folder: skip those without a workflow and "
    "those that the settings exclude.",
)
ALLOW_EMPTY = typer.Option(False, "--allow-empty", help="Succeed even if no workflow is found.")
ALSO = typer.Option(
    [],
    "--also",
    metavar="FORMAT=FILE",
    help="Also write the findings to a file in this format; - is stdout.",
    show_default=False,
)
TRUST_CONFIG = typer.Option(
    False,
    "--trust-config",
    help="Use a repository's settings even if they name a server or a file outside of it, or belong to "
    "another user.",
)
JOBS = typer.Option(0, "--jobs", metavar="N", min=0, help="How many processes to use; 0: one for each core.")
JSON = typer.Option(False, "--json", help="Print JSON on stdout: results, findings and errors.")
HEADER = typer.Option(
    [], "--header", metavar="'K: V'", help="Send this header to the server.", show_default=False
)
TOKEN = typer.Option(
    None,
    "--token",
    metavar="TOKEN",
    help="Send this bearer token. $COMFYC_TOKEN keeps it out of the process list.",
)
CACERT = typer.Option(None, "--cacert", metavar="FILE", help="Certificates (PEM) to trust for https.")
INSECURE = typer.Option(False, "--insecure", help="Accept any certificate.")
REFRESH = typer.Option(
    False, "--refresh", help="Fetch the catalogue, and read packs, again even if they are cached."
)
SET = typer.Option(
    [],
    "--set",
    metavar="NODE.INPUT=VALUE",
    help="Set an input, by its name or label, of the node with this id, title or class. @FILE reads a file, "
    "@@ is a plain @.",
    show_default=False,
)
RANDOM_SEED = typer.Option(
    None, "--random-seed", metavar="N", help="Make the choices of dynamic prompts repeatable."
)
SET_ALL = typer.Option(False, "--set-all", help="Let --set change all nodes that match, not just one.")
UNLINK = typer.Option(
    False, "--unlink", help="Let --set set inputs that are linked, whose links are cut then."
)
STRICT = typer.Option(False, "--strict", help="Treat warnings as errors.")
LIMIT = typer.Option(
    [],
    "--limit",
    metavar="NAME=VALUE",
    help="Change a limit on resources, as in values=4000000 or unpacked=256MiB. A wrong name lists them.",
    show_default=False,
)
VERBOSE = typer.Option(False, "--verbose", "-v", help="Show notes as well as errors and warnings.")
QUIET = typer.Option(False, "--quiet", "-q", help="Show errors only.")


def limits_of(given: Sequence[str]) -> Limits:
    """The limits with those that ``--limit`` names; ``ComfycError`` for what names none."""
    if not given:
        return DEFAULTS
    from comfyc.cli.flags.limits import parse_limits  # noqa: PLC0415

    return parse_limits(given)


def parse_time(text: str) -> datetime:
    """The moment that ``--now`` names; a time zone is dropped, as the browser shows local time."""
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError as error:
        raise ComfycError(
            f"expected a time, got '{text}'", "write the time as 2026-01-31T12:30:00"
        ) from error


def codes_of(given: Sequence[str]) -> tuple[str, ...]:
    """The codes that ``--select`` or ``--ignore`` name, which may be given several times and with commas."""
    return tuple(word for words in given for word in words.split(",") if word.strip())


def load_catalog(
    object_info: str,
    server: str = "",
    *,
    refresh: bool = False,
    headers: Sequence[str] = (),
    token: str | None = None,
    cacert: Path | None = None,
    insecure: bool = False,
    custom_nodes: Sequence[str] = (),
    within: str = "",
    with_packs: bool = True,
) -> Catalog:
    """The catalogue that ``--object-info`` or ``--server`` names; the bundled one if neither does, with the
    bundled packs unless ``with_packs`` is false.

    The packs in the folders ``custom_nodes`` are added, if they are below ``within``; for the bundled
    catalogue by default those in ``$COMFYUI_PATH``. What is about getting in is for a server only.
    """
    catalog = _named_catalog(
        object_info,
        server,
        refresh=refresh,
        headers=headers,
        token=token,
        cacert=cacert,
        insecure=insecure,
        with_packs=with_packs,
    )
    is_bundled = not (object_info or server)
    if not custom_nodes and not (is_bundled and os.environ.get("COMFYUI_PATH")):
        return catalog
    from comfyc.cli.flags.custom_nodes import folder_of_environment, with_custom_nodes  # noqa: PLC0415

    own = None if custom_nodes else folder_of_environment()
    folders = custom_nodes or ([own] if own is not None else [])
    return with_custom_nodes(catalog, folders, refresh=refresh, within=within) if folders else catalog


def _named_catalog(
    object_info: str,
    server: str,
    *,
    refresh: bool,
    headers: Sequence[str],
    token: str | None,
    cacert: Path | None,
    insecure: bool,
    with_packs: bool,
) -> Catalog:
    if server and object_info:
        raise ComfycError("--server and --object-info cannot be used together", "pass one of them")
    if (headers or token or cacert or insecure) and (server or _is_server(object_info)):
        from comfyc.cli.flags.servers import Login, catalog_of, open_servers  # noqa: PLC0415

        login = Login(headers, token, cacert, insecure)
        return catalog_of(open_servers([server or object_info], login)[0].access, refresh=refresh)
    if server:
        from comfyc.catalog.address import server_url  # noqa: PLC0415

        object_info = server_url(server)
    if not object_info:
        return bundled_core(with_packs=with_packs)
    return Catalog.load(object_info, refresh=refresh, headers=_token_for(object_info))


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
