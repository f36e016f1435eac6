"""What workflows need as tables for people, in the order in which an artist acts on it: models, input files,
packs, partner nodes, ComfyUI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from comfyc.cli.output.tables import table_text
from comfyc.needs.model import InputFile, Model, Needs, PackRow, Status, User
from comfyc.safety.escaping import plain

SHOWN = 4
"""Nodes or files that a cell names."""
_RANK = {"missing": 0, "unknown": 1, "present": 2}
Cells = Sequence[str]
Format = Callable[[Sequence[Cells], Sequence[str]], str]
"""Makes a table of rows and a header."""


def needs_text(needs: Needs) -> str:
    """The tables, one under the other, each with its title."""
    parts = [
        f"{plain(title)}\n{table_text(rows, header, indent=2)}" if rows else f"{plain(title)}\n"
        for title, header, rows in sections(needs)
    ]
    return "\n".join(parts) or "nothing but ComfyUI's own nodes\n"


def sections(needs: Needs) -> Iterator[tuple[str, Sequence[str], list[Cells]]]:
    """Title, header and rows of each table that is not empty."""
    several = len(needs.files) > 1
    by = "NEEDED BY" if several else "NODES"
    if needs.models:
        header = ("MODEL", "FOLDER", "STATUS", by, "FROM")
        states = [one.status for one in needs.models if one.is_needed]
        yield _title("Models", states), header, [_model(one, several) for one in in_order(needs.models)]
    if needs.input_files:
        header = ("INPUT FILE", "KIND", "STATUS", by, "ON THIS MACHINE")
        files = sorted(needs.input_files, key=lambda one: _RANK[one.status])
        title = _title("Input files", [one.status for one in files])
        yield title, header, [_input_file(one, several) for one in files]
    if needs.packs:
        header = ("PACK", "TO INSTALL", "VERSION", "BUNDLED CATALOGUE", "NODES", "STATUS", *_by(several))
        lacking = sum(bool(row.pack.missing) for row in needs.packs)
        title = f"Packs: {len(needs.packs)}" + (f", {lacking} missing or too old" if lacking else "")
        yield title, header, [_pack(row, several) for row in needs.packs]
    if needs.partner_nodes:
        header = ("PARTNER NODE", "TYPE", by)
        rows: list[Cells] = [(one.title, one.type, users(one.users, several)) for one in needs.partner_nodes]
        yield "Partner nodes, which cost credits of a Comfy account", header, rows
    yield from _comfyui(needs, by, several)


def in_order(models: Iterable[Model]) -> list[Model]:
    """Models for reading: what is missing first, what nobody loads last, else by folder and name."""
    return sorted(
        models,
        key=lambda one: (not one.is_needed, _RANK[one.status], one.folder or "~", one.name.casefold()),
    )


def _by(several: bool) -> tuple[str, ...]:
    return ("NEEDED BY",) if several else ()


def _title(what: str, states: Sequence[Status]) -> str:
    counts = ", ".join(
        f"{states.count(state)} {state}" for state in ("missing", "present", "unknown") if state in states
    )
    return f"{what}: {len(states)}" + (f" ({counts})" if set(states) - {"unknown"} else "")


def _model(one: Model, several: bool) -> Cells:
    needed = one.users or [declared.user for declared in one.declarations]
    return (one.name, one.folder or "not known", model_status(one), users(needed, several), source_of(one))


def model_status(one: Model) -> str:
    """The status of a model in words; "" if there is nothing to say."""
    if one.is_off:
        return "not loaded: muted"
    if not one.is_needed:
        return "not loaded"
    if one.status == "missing" and one.similar:
        return f"missing, but the server has {' and '.join(one.similar[:2])}"
    return "" if one.status == "unknown" else one.status


def source_of(one: Model) -> str:
    """The host that a model is declared to be at."""
    if not one.urls:
        return "no address"
    try:
        return urlsplit(one.urls[0]).hostname or "no address"
    except ValueError:
        return "no address"


def _input_file(one: InputFile, several: bool) -> Cells:
    name = one.name if one.folder == "input" else f"{one.name} [{one.folder}]"
    status = "" if one.status == "unknown" else one.status
    return (name, one.kind, status, users(one.users, several), one.local)


def _pack(row: PackRow, several: bool) -> Cells:
    pack = row.pack
    versions = ", ".join(pack.versions)
    bundled = pack.bundled or "none"
    if row.standing in ("older", "newer"):
        bundled += f" (the file's is {row.standing})"
    missing = f"{_several(len(pack.missing), 'type')} missing: {few(pack.missing)}" if pack.missing else ""
    kinds = f"{sum(pack.types.values())} of {_several(len(pack.types), 'type')}"
    files = (few(row.files),) if several else ()
    return (pack.name, pack.source or "not known", versions, bundled, kinds, missing, *files)


def _comfyui(needs: Needs, by: str, several: bool) -> Iterator[tuple[str, Sequence[str], list[Cells]]]:
    core = needs.comfyui
    known = []
    if core.newest:
        known.append(f"saved with {core.newest}")
    if core.frontends:
        known.append(f"frontend {few(list(core.frontends))}")
    if core.server:
        known.append(f"the server has {core.server}")
    rows: list[Cells] = [
        (
            one.type,
            f"the server puts '{one.becomes}' in its place" if one.becomes else "missing",
            users(one.users, several),
        )
        for one in core.types
    ]
    if known or rows:
        title = "ComfyUI" + (f": {', '.join(known)}" if known else "")
        yield title, ("NODE TYPE", "STATUS", by), rows


def users(given: Sequence[User], several: bool) -> str:
    """Who needs something: the nodes by id and title, or the files if there are several."""
    if several:
        return few(list(dict.fromkeys(one.file for one in given)))
    names = dict.fromkeys(f"{one.node} {one.title or one.type}".strip() or "the workflow" for one in given)
    return few(list(names))


def few(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
