"""Which inputs the columns of a study set: by the names that ``--set`` and ``--in`` take, or by that of the
input alone where only one node has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from comfyc import codes
from comfyc.diagnostics import ComfycError
from comfyc.interface.apps import app_of, app_setting
from comfyc.interface.assigning import decides, linked, refuse_shared
from comfyc.interface.names import named_settings
from comfyc.interface.refused import RefusedError
from comfyc.interface.requests import Requests
from comfyc.interface.settings import Interface, Setting
from comfyc.suggestions import closest, did_you_mean

COMMENT = "#"
"""What the names of columns begin with that set nothing."""
_LISTED = 8


@dataclass(slots=True)
class Resolved:
    """What the columns are in a document with some values: the settings of each, or why there are none.
    ``deciding`` are those whose values decide which inputs there are."""

    interface: Interface
    columns: list[tuple[Setting, ...] | RefusedError] = field(default_factory=list)
    deciding: tuple[int, ...] = ()


def resolve(interface: Interface, names: Sequence[str], requests: Requests) -> Resolved:
    """What columns with these names set in a document."""
    made = Resolved(interface)
    for name in names:
        try:
            found = () if name.startswith(COMMENT) else tuple(_settings(interface, name, requests))
            made.columns.append(found)
        except RefusedError as error:
            made.columns.append(error)
    made.deciding = tuple(
        index
        for index, column in enumerate(made.columns)
        if not isinstance(column, ComfycError) and any(decides(interface, one) for one in column)
    )
    return made


def _settings(interface: Interface, name: str, requests: Requests) -> list[Setting]:
    found = _named(interface, name, requests)
    for one in found:
        if one.link and not requests.unlink:
            raise linked(interface, one)
        if decides(interface, one):
            refuse_shared(interface, one)
    return found


def _named(interface: Interface, name: str, requests: Requests) -> list[Setting]:
    """The settings that the name of a column means. Raises :class:`RefusedError`."""
    if not name:
        raise RefusedError(
            codes.COLUMN_UNKNOWN, "the column has no name", "name an input, or begin the name with #"
        )
    app = app_of(interface)
    if app is not None and app.inputs:
        try:
            return [app_setting(interface, name)]
        except RefusedError as error:
            if error.rule is not codes.APP_INPUT_UNKNOWN:
                raise
    if "." in name:
        return named_settings(interface, name, several=requests.several)
    return _bare(interface, name, requests)


def _bare(interface: Interface, name: str, requests: Requests) -> list[Setting]:
    """The settings of the inputs with a name, of whatever node, that are neither linked nor overridden."""
    free = [one for one in interface.settings if not one.link and one.held_by is None and one.targets]
    for fold in (False, True):
        wanted = name.casefold() if fold else name
        found = [one for one in free if wanted in _names_of(one, fold=fold)]
        if len(found) == 1 or (found and requests.several):
            return found
        if found:
            names = [f"{one.path} ('{one.title}')" for one in found]
            raise RefusedError(
                codes.COLUMN_AMBIGUOUS,
                f"{len(found)} nodes have an input '{name}': {_listed(names)}",
                "put the node in front, or pass --set-all to set all of them",
            )
    every = [one for one in interface.settings if name in _names_of(one, fold=False)]
    if every and every[0].link:
        raise linked(interface, every[0])
    of_node = [f"{name}.{one.input}" for one in free if name in (one.node, one.title)]
    if of_node:
        raise RefusedError(
            codes.COLUMN_UNKNOWN,
            f"'{name}' is a node, and not one of its inputs",
            f"its inputs are: {_listed(of_node)}",
        )
    known = dict.fromkeys(each for one in free for each in (one.input, one.path))
    raise RefusedError(
        codes.COLUMN_UNKNOWN,
        f"no node has an input '{name}'",
        did_you_mean(closest(name, known, 3)) or f"the inputs are: {_listed(list(known))}",
    )


def _names_of(one: Setting, *, fold: bool) -> tuple[str, ...]:
    names = (one.input, one.label)
    return tuple(name.casefold() for name in names) if fold else names


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
