"""What workflows need as tables for people, in the order in which an artist acts on it: models, input files,
packs, partner nodes, ComfyUI. Text, Markdown and HTML are made of these tables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from comfyc.needs.comfyui import numbers
from comfyc.needs.downloads import plain_url
from comfyc.needs.model import InputFile, Model, Needs, PackRow, PartnerNode, Status, User
from comfyc.prices.estimates import total_of
from comfyc.prices.wording import estimate_text, total_text

SHOWN = 4
"""Nodes or files that a cell names."""
_COMMIT = re.compile(r"^([0-9a-f]{7})[0-9a-f]{33}$")
_RANK = {"missing": 0, "unknown": 1, "present": 2}
Cells = Sequence[str]
Names = Mapping[str, str]
"""The names of several files in the tables; empty for a single file, whose nodes are named."""


def sections(needs: Needs) -> Iterator[tuple[str, Sequence[str], list[Cells]]]:
    """Title, header and rows of each table that is not empty."""
    names = _names(needs.files)
    by = "NEEDED BY" if names else "NODES"
    header: Cells
    if needs.models:
        header = ("MODEL", "FOLDER", "STATUS", by, "FROM")
        states = [one.status for one in needs.models if one.is_needed]
        yield _title("Models", states), header, [_model(one, names) for one in in_order(needs.models)]
    if needs.input_files:
        header = ("INPUT FILE", "KIND", "STATUS", by, "ON THIS MACHINE")
        files = sorted(needs.input_files, key=lambda one: _RANK[one.status])
        title = _title("Input files", [one.status for one in files])
        yield title, header, [_input_file(one, names) for one in files]
    if needs.packs:
        header = ("PACK", "TO INSTALL", "VERSION", "BUNDLED", "NODES", "STATUS", *_by(names))
        lacking = sum(bool(row.pack.missing) for row in needs.packs)
        title = f"Packs: {len(needs.packs)}" + (f", {lacking} missing or too old" if lacking else "")
        yield title, header, [_pack(row, names) for row in needs.packs]
    if needs.partner_nodes:
        header = ("PARTNER NODE", by, "PRICE")
        rows: list[Cells] = [
            (one.title, users(one.users, names), price_of(one, needs)) for one in needs.partner_nodes
        ]
        yield _price_title(needs), header, rows
    yield from _comfyui(needs, by, names)


def _names(files: Sequence[str]) -> Names:
    """The names of several files, as short as they are different."""
    if len(files) < 2:
        return {}
    short = {file: os.path.basename(file) for file in files}
    return short if len(set(short.values())) == len(short) else {file: file for file in files}


def in_order(models: Iterable[Model]) -> list[Model]:
    """Models for reading: what is missing first, what nobody loads last, else by folder and name."""
    return sorted(
        models,
        key=lambda one: (not one.is_needed, _RANK[one.status], one.folder or "~", one.name.casefold()),
    )


def address_of(one: Model) -> str | None:
    """The first address that a model is declared to be at, as a link may hold it; None if there is none."""
    return next((plain for text in one.urls if (plain := plain_url(text)) is not None), None)


def _by(names: Names) -> tuple[str, ...]:
    return ("NEEDED BY",) if names else ()


def _title(what: str, states: Sequence[Status]) -> str:
    counts = ", ".join(
        f"{states.count(state)} {state}" for state in ("missing", "present", "unknown") if state in states
    )
    return f"{what}: {len(states)}" + (f" ({counts})" if set(states) - {"unknown"} else "")


def _model(one: Model, names: Names) -> Cells:
    needed = one.users or [declared.user for declared in one.declarations]
    return (one.name, one.folder or "not known", model_status(one), users(needed, names), source_of(one))


def model_status(one: Model) -> str:
    """The status of a model in words; "" if there is nothing to say."""
    if one.is_off:
        return "not loaded: muted or bypassed"
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


def _input_file(one: InputFile, names: Names) -> Cells:
    name = one.name if one.folder == "input" else f"{one.name} [{one.folder}]"
    status = "" if one.status == "unknown" else one.status
    return (name, one.kind, status, users(one.users, names), one.local)


def _pack(row: PackRow, names: Names) -> Cells:
    pack = row.pack
    versions = few([_COMMIT.sub(r"\1", version) for version in pack.versions], 2)
    if row.standing in ("older", "newer"):
        versions += f" ({row.standing} than bundled)"
    bundled = pack.bundled.partition(" ")[0] or "no"
    missing = f"{_several(len(pack.missing), 'type')} missing: {few(pack.missing)}" if pack.missing else ""
    kinds = f"{sum(pack.types.values())} ({_several(len(pack.types), 'type')})"
    files = (few([names[file] for file in row.files]),) if names else ()
    return (pack.name, pack.source or "not known", versions, bundled, kinds, missing, *files)


def price_of(one: PartnerNode, needs: Needs) -> str:
    """What the nodes of a type cost, as far as they would run."""
    own = {(user.file, user.node) for user in one.users}
    texts = [
        estimate_text(each)
        for file, estimates in needs.estimates.items()
        for each in estimates.nodes
        if (file, each.node) in own
    ]
    return few(list(dict.fromkeys(texts))) or "nothing: no output needs it"


def _price_title(needs: Needs) -> str:
    title = "Partner nodes, which cost credits of a Comfy account"
    total = total_of((estimates, 1) for estimates in needs.estimates.values())
    run = "a run of each file" if len(needs.files) > 1 else "a run"
    return f"{title}: {run} costs {total_text(total)}" if total.high or total.open else title


def _comfyui(needs: Needs, by: str, names: Names) -> Iterator[tuple[str, Sequence[str], list[Cells]]]:
    core = needs.comfyui
    known = []
    if core.newest:
        known.append(f"saved with {'up to ' * bool(names)}{core.newest}")
    if core.frontends:
        known.append(f"frontend {'up to ' * bool(names)}{max(core.frontends, key=numbers)}")
    if core.server:
        known.append(f"the server has {core.server}")
    rows: list[Cells] = [
        (
            one.type,
            f"the server puts '{one.becomes}' in its place" if one.becomes else "missing",
            users(one.users, names),
        )
        for one in core.types
    ]
    if known or rows:
        title = "ComfyUI" + (f": {', '.join(known)}" if known else "")
        yield title, ("NODE TYPE", "STATUS", by), rows


def users(given: Sequence[User], names: Names) -> str:
    """Who needs something: the nodes by id and title, or the files if there are several."""
    if names:
        return few(list(dict.fromkeys(names[one.file] for one in given)))
    nodes = dict.fromkeys(f"{one.node} {one.title or one.type}".strip() or "the workflow" for one in given)
    return few(list(nodes))


def few(names: Sequence[str], most: int = SHOWN) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
