"""What workflows need, as rows: models, input files, partner nodes, and what of ComfyUI itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from comfyc.diagnostics import Diagnostics
from comfyc.needs.packs import Need
from comfyc.prices import Estimates

Status = Literal["present", "missing", "unknown"]
"""Whether a server has something; "unknown" if nobody was asked, or the answer does not tell."""


@dataclass(frozen=True, slots=True)
class User:
    """A node that needs something.

    ``node`` is its id in the prompt ("12:57"), of a node in a definition that no subgraph node uses the id in
    there, and "" for the workflow itself. ``input`` is "" for a node that only declares a model.
    """

    file: str
    node: str
    title: str = ""
    type: str = ""
    input: str = ""


def user_of(file: str, ident: str, entry: Mapping[str, Any], name: str = "") -> User:
    """A node of a prompt, and the input that needs something."""
    kind, meta = entry.get("class_type"), entry.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return User(
        file, ident, title if isinstance(title, str) else "", kind if isinstance(kind, str) else "", name
    )


@dataclass(frozen=True, slots=True)
class Declaration:
    """A model that a file declares in ``properties.models`` of a node or in its own ``models``, as it is
    written there; ``is_active`` is false for a node that is muted or bypassed."""

    user: User
    name: str
    directory: str
    url: str = ""
    hash: str = ""
    hash_type: str = ""
    is_active: bool = True


@dataclass(slots=True, eq=False)
class Model:
    """A model file.

    ``name`` is what loaders load, a path below ``models/<folder>`` with ``/``; ``folder`` is "" if it is not
    known. ``users`` are the inputs that load it, of the nodes in the prompt; ``declarations`` where files
    declare it. ``similar`` are names that the server has instead of it, in other subfolders.
    """

    name: str
    folder: str
    status: Status = "unknown"
    users: list[User] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    similar: list[str] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """Whether a node of the prompt loads it."""
        return bool(self.users)

    @property
    def is_off(self) -> bool:
        """Whether it is declared by muted and bypassed nodes only, and loaded by none."""
        return not self.users and not any(one.is_active for one in self.declarations)

    @property
    def urls(self) -> list[str]:
        """The addresses that are declared, each once, only those of http and https."""
        return list(dict.fromkeys(one.url for one in self.declarations if is_web(one.url)))

    @property
    def sha256(self) -> str:
        """The SHA-256 hash in hexadecimal digits, "" if none is declared or if they differ."""
        found = {one.hash.lower() for one in self.declarations if is_sha256(one)}
        return found.pop() if len(found) == 1 else ""


@dataclass(slots=True)
class InputFile:
    """A picture, video, sound, latent or 3D model that a server must hold.

    ``name`` is the path below ``folder`` ("input", "output", "temp"); ``kind`` says what it is; ``local`` is
    the path of a file of that name beside the workflow or in ``./input``, "" if there is none.
    """

    name: str
    folder: str
    kind: str
    status: Status = "unknown"
    local: str = ""
    users: list[User] = field(default_factory=list)


@dataclass(slots=True)
class PartnerNode:
    """A type of nodes whose work is done by another company, for money."""

    type: str
    title: str
    users: list[User] = field(default_factory=list)


@dataclass(slots=True)
class LackingType:
    """A node type of ComfyUI's own that the catalogue lacks. ``becomes`` is the type that the server puts in
    its place; "" if it has none. ``is_bundled``: whether the bundled ComfyUI has it."""

    type: str
    is_bundled: bool
    becomes: str = ""
    users: list[User] = field(default_factory=list)


@dataclass(slots=True)
class ComfyUI:
    """What files say about ComfyUI, and what a server says.

    ``versions`` counts the nodes by the version of ComfyUI that the file notes on them, ``frontends`` the
    files by that of the frontend; ``newest`` is the newest of ``versions``, with which a file was saved.
    ``bundled`` is the version of the bundled catalogue and ``server`` that of the server, "" if unknown.
    """

    versions: dict[str, int] = field(default_factory=dict)
    frontends: dict[str, int] = field(default_factory=dict)
    newest: str = ""
    bundled: str = ""
    server: str = ""
    types: list[LackingType] = field(default_factory=list)


@dataclass(slots=True)
class PackRow:
    """A pack and the files that need it; ``standing`` says how the version in the files relates to the
    bundled catalogue: "bundled", "older", "newer" or "unknown"."""

    pack: Need
    standing: str = "unknown"
    files: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Needs:
    """What one file, or several, need. ``diagnostics`` are the findings in the files, ``estimates`` what the
    partner nodes of each file cost that would run."""

    files: list[str]
    packs: list[PackRow] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    input_files: list[InputFile] = field(default_factory=list)
    partner_nodes: list[PartnerNode] = field(default_factory=list)
    comfyui: ComfyUI = field(default_factory=ComfyUI)
    estimates: dict[str, Estimates] = field(default_factory=dict)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)

    @property
    def ok(self) -> bool:
        """Whether nothing is known to be missing, and no finding is an error."""
        return not self.diagnostics.has_errors and next(self.missing(), None) is None

    def missing(self) -> Iterator[str]:
        """What is known to be missing, in words."""
        for row in self.packs:
            yield from (f"node type '{kind}'" for kind in row.pack.missing)
        yield from (f"node type '{one.type}'" for one in self.comfyui.types if not one.becomes)
        yield from (f"model '{one.name}'" for one in self.models if one.status == "missing" and one.is_needed)
        yield from (f"input file '{one.name}'" for one in self.input_files if one.status == "missing")


def is_web(url: str) -> bool:
    """Whether a text is an address of http or https with a host."""
    scheme, found, rest = url.partition("://")
    return bool(found) and scheme.lower() in ("http", "https") and rest[:1] not in ("", "/", "?", "#")


def is_sha256(declared: Declaration) -> bool:
    """Whether a declaration has a well-formed SHA-256 hash."""
    kind = declared.hash_type.replace("-", "").upper()
    return (
        kind == "SHA256"
        and len(declared.hash) == 64
        and set(declared.hash.lower()) <= set("0123456789abcdef")
    )
