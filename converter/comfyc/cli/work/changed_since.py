"""The files of a call whose meaning has changed since a revision of git (``comfyc validate --since``)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.cli.work.find_files import FoundFile
from comfyc.diagnostics import ComfycError
from comfyc.differences import differences_of, options_for
from comfyc.options import Options
from comfyc.revisions import Repository
from comfyc.safety.limits import Limits
from comfyc.sources import Source, read_source
from comfyc.sources.file import WorkflowFile, file_from


@dataclass(frozen=True, slots=True)
class _Then:
    """A repository, the names of its files at the revision, and those that have changed since, each with its
    name at the revision; None for a new one."""

    repository: Repository
    known: frozenset[str]
    changed: dict[str, str | None]


def changed_since(
    revision: str, files: Sequence[FoundFile], catalog_of: Callable[[FoundFile], Catalog], limits: Limits
) -> list[FoundFile]:
    """The files that convert to another workflow or prompt than at a revision; moves, colors and the like
    change nothing. ``catalog_of`` gives the catalogue that a file is converted with.

    A file that was renamed is compared with what it was called. What is new, unknown to git or cannot be read
    at the revision counts as changed, as does the standard input. ``ComfycError`` if there is no such
    revision, or if no file is in a repository.
    """
    known: dict[str, _Then | ComfycError] = {}
    changed = [
        one for one in files if _is_changed(one, _then(one, revision, known), revision, catalog_of, limits)
    ]
    errors = [one for one in known.values() if isinstance(one, ComfycError)]
    if errors and len(errors) == len(known):
        raise ComfycError(str(errors[0]), "leave out --since, which asks git what has changed")
    return changed


def _then(file: FoundFile, revision: str, known: dict[str, _Then | ComfycError]) -> _Then | None:
    """The repository of a file as it was; None if it is in none. ``known`` has those of folders so far, and
    by their roots."""
    if file.path == "-":
        return None
    folder = os.path.dirname(os.path.abspath(file.path))
    if folder not in known:
        try:
            repository = Repository.around(file.path)
        except ComfycError as error:
            known[folder] = error
        else:
            root = str(repository.root)
            if root not in known:
                listed = repository.changed(revision)
                changed = {one.name: one.old_name for one in listed if one.name is not None}
                known[root] = _Then(repository, repository.names(revision), changed)
            known[folder] = known[root]
    found = known[folder]
    return None if isinstance(found, ComfycError) else found


def _is_changed(
    file: FoundFile,
    then: _Then | None,
    revision: str,
    catalog_of: Callable[[FoundFile], Catalog],
    limits: Limits,
) -> bool:
    if then is None:
        return True
    name = then.repository.name_of(file.path)
    if name not in then.changed:
        return name not in then.known  # git does not list what it ignores
    old_name = then.changed[name]
    if old_name is None:
        return True
    try:
        before = then.repository.read(revision, then.repository.root / old_name, limits)
        old, new = (
            file_from(Source(old_name, before), limits),
            file_from(read_source(file.path, limits), limits),
        )
    except ComfycError:
        return True
    return old.document is None or new.document is None or _differ(old, new, catalog_of(file), limits)


def _differ(old: WorkflowFile, new: WorkflowFile, catalog: Catalog, limits: Limits) -> bool:
    options = options_for(Options(limits=limits))
    conversions = [
        convert_parsed(one.value, catalog, options, beside=one.document.beside if one.document else None)
        for one in (old, new)
    ]
    return not differences_of(*conversions).is_same
