"""The catalogue: the ``/object_info`` entries of all node types, from a file, a server or the package.

Nothing is built up front. An entry is checked (and, in a bundle, parsed) when its type is looked up, so that
a large catalogue costs its ``json.loads`` and no more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from comfyc.catalog.bundle import Bundle
from comfyc.catalog.bundled import bundle_name, core_entries, input_order, pack_entries, prices, titles
from comfyc.catalog.entry import clean_entry, keep_entries
from comfyc.catalog.order import are_sorted, in_order_of
from comfyc.catalog.scanned import Scanned
from comfyc.catalog.shelf import Chosen, Edition, Shelf
from comfyc.diagnostics import ComfycError, Diagnostics

if TYPE_CHECKING:
    import ssl

    from comfyc.catalog.matching import Matches

MAX_AGE = 600.0
"""Seconds for which a cached answer of a server is used without asking the server again."""
TIMEOUT = 30.0
"""Seconds without receiving a byte after which a server counts as unreachable."""

NO_FINDINGS = Diagnostics()
_MOST_VIEWS = 16
"""Upper bound on the views that a catalogue keeps for further files."""


class Catalog:
    """All node types of a ComfyUI installation. Iterating yields their names.

    ``name`` is the origin of the catalogue, for people. ``node_replacements`` is the server's answer to
    ``/node_replacements`` (old type -> list of rules), ``{}`` if unknown. ``lists_files`` says whether combos
    of files list those on a real server: false for bundled catalogues, whose server had no models, so that a
    missing name proves nothing. ``version`` is the ComfyUI version of the bundled core, else None.
    ``embeddings`` are the names of a server's embeddings, which no combo lists.
    ``diagnostics`` are the findings in the files of which the catalogue was made.
    """

    __slots__ = (
        "_matches",
        "_orders",
        "_seen",
        "_sorts",
        "_sources",
        "_views",
        "diagnostics",
        "embeddings",
        "lists_files",
        "memo",
        "name",
        "node_replacements",
        "version",
    )

    def __init__(
        self,
        sources: tuple[Mapping[str, Any], ...],
        *,
        name: str,
        node_replacements: Any = None,
        lists_files: bool = True,
        version: str | None = None,
        embeddings: Sequence[str] = (),
        diagnostics: Diagnostics = NO_FINDINGS,
    ) -> None:
        """``sources`` map types to entries of ``/object_info``; for each type, the first source that has it
        counts."""
        self.name = name
        self.node_replacements: Mapping[str, Any] = (
            node_replacements if isinstance(node_replacements, dict) else {}
        )
        self.embeddings = tuple(embeddings)
        self.lists_files = lists_files
        self.version = version
        self.diagnostics = diagnostics
        self.memo: dict[str, Any] = {}
        """Results of later stages per node type, by stage and type. They live as long as the catalogue."""
        self._sources = sources
        self._seen: dict[str, dict[str, Any]] = {}
        self._matches: Matches | None = None
        self._sorts: bool | None = None
        self._orders: dict[str, bool] = {}
        self._views: dict[frozenset[tuple[str, Edition]], Catalog] = {}

    @classmethod
    def load(
        cls,
        source: str | os.PathLike[str] | None = None,
        *,
        refresh: bool = False,
        headers: Mapping[str, str] | None = None,
        max_age: float = MAX_AGE,
        allow_stale: bool = False,
        timeout: float = TIMEOUT,
        ssl_context: ssl.SSLContext | None = None,
    ) -> Catalog:
        """Load a catalogue.

        ``source`` is ``None`` for the bundled catalogues, the path of a saved object_info (JSON, possibly
        gzipped, or the answer for a single type), or the address of a server: "http://host:8188", or, unless
        there is a file of that name, "host:8188" or "host".

        For a server, ``headers`` are sent with each request. A cached answer is used for ``max_age`` seconds
        or, if the server sends ETags, for as long as the server says that nothing has changed. ``refresh``
        ignores the cache, and ``allow_stale`` uses even an old copy if the server cannot be reached.
        ``timeout`` is the number of seconds without receiving a byte after which the server counts as
        unreachable. ``ssl_context`` says which certificates to trust.

        Raises ``ComfycError`` if no catalogue can be loaded from ``source``.
        """
        if source is None:
            return bundled_core(with_packs=True)
        text = os.fspath(source)
        is_server = isinstance(source, str) and _names_server(text)
        if is_server and ("://" not in text or text.lower().startswith(("http://", "https://"))):
            from comfyc.catalog.fetch import load_server  # noqa: PLC0415

            loaded = load_server(
                text,
                refresh=refresh,
                headers=headers,
                max_age=max_age,
                allow_stale=allow_stale,
                timeout=timeout,
                ssl_context=ssl_context,
            )
            return cls(
                (loaded.entries,),
                name=loaded.name,
                node_replacements=loaded.node_replacements,
                embeddings=loaded.embeddings,
            )
        if "://" in text:
            scheme = text.partition("://")[0]
            raise ComfycError(f"comfyc cannot fetch '{scheme}' URLs", "pass an http or https URL")
        from comfyc.catalog.saved import read_saved  # noqa: PLC0415 - the bundle needs none of it

        entries, node_replacements = read_saved(text)
        return cls((entries,), name=text, node_replacements=node_replacements)

    @classmethod
    def from_object_info(
        cls,
        object_info: Mapping[str, Any],
        *,
        name: str = "object_info",
        node_replacements: Mapping[str, Any] | None = None,
        embeddings: Sequence[str] = (),
    ) -> Catalog:
        """A catalogue from the parsed answer of ``/object_info``, which must not be changed afterwards."""
        entries = keep_entries(object_info)
        return cls((entries,), name=name, node_replacements=node_replacements, embeddings=embeddings)

    def extended(self, scanned: Scanned, diagnostics: Diagnostics = NO_FINDINGS) -> Catalog:
        """This catalogue with node types that were read from source, such as those of
        :func:`comfyc.read_custom_nodes`.

        Those of a server or a saved catalogue count before them, and they count before the bundled packs.
        ComfyUI's own nodes, if their source was read, count before the bundled ones. ``diagnostics`` are
        added to those of the catalogue.
        """
        own = [source for source in self._sources if not isinstance(source, (Shelf, Chosen))]
        core = () if self.version is None or not scanned.core else (scanned.of_core(),)
        packs = scanned if core else scanned.with_core()
        return Catalog(
            (*core, *own, packs, *self._sources[len(own) :]),
            name=self.name,
            node_replacements=self.node_replacements,
            lists_files=self.lists_files,
            version=None if core else self.version,
            embeddings=self.embeddings,
            diagnostics=Diagnostics([*self.diagnostics, *diagnostics]),
        )

    def lent(self) -> Catalog:
        """This catalogue with all bundled node types behind its own: for reading a file that uses types that
        it lacks. Which of its combos list files, only this catalogue says."""
        return Catalog(
            (*self._sources, core_entries(), pack_entries()),
            name=self.name,
            node_replacements=self.node_replacements,
            lists_files=False,
        )

    def lists_files_of(self, node_type: str) -> bool:
        """Whether the combos of this type list the files of a real server (see ``lists_files``)."""
        for source in self._sources if self.lists_files else ():
            if node_type in source:
                return not isinstance(source, (Chosen, Scanned, Shelf))
        return False

    def info(self, node_type: str) -> dict[str, Any] | None:
        """The entry of a type in the shape of ``/object_info``, or ``None``. It must not be changed.

        Whatever the source holds, the entry has the structure that ``entry.clean_entry`` describes.
        """
        found = self._seen.get(node_type)
        if found is None:
            for source in self._sources:
                if node_type in source:
                    found = clean_entry(node_type, source[node_type])
                    break
            if found is not None:
                if self.sorts_inputs and not found.get("input_order"):
                    found = self._in_bundled_order(node_type, found)
                self._seen[node_type] = found
        return found

    def written(self, node_type: str) -> Mapping[str, Any] | None:
        """The entry of a type as its source has it, unchecked; ``None`` if there is none, or no mapping."""
        found = next((source[node_type] for source in self._sources if node_type in source), None)
        return found if isinstance(found, dict) else None

    def price_badge(self, node_type: str) -> Any:
        """The ``price_badge`` of a type as its source has it, unchecked: what it costs to run a partner node;
        ``None`` if there is none. Those of the bundled catalogue have no expression."""
        entry = self.written(node_type)
        if entry is None or "price_badge" in entry or self.version is None:
            return entry.get("price_badge") if entry is not None else None
        return prices().get(node_type)

    @property
    def sorts_inputs(self) -> bool:
        """Whether the inputs of all types are sorted by name and ``input_order`` is missing.

        This happens when a program sorts the keys of an object_info that has no ``input_order``. Saved values
        can then not be matched to widgets by position.
        """
        if self._sorts is None:
            own = [source for source in self._sources if not isinstance(source, (Bundle, Scanned, Shelf))]
            self._sorts = bool(own) and are_sorted(entry for source in own for entry in source.values())
        return self._sorts

    def lent_orders(self) -> Mapping[str, bool]:
        """For each type looked up so far whose order of inputs is lost: whether a bundled catalogue has
        it."""
        return self._orders

    def _in_bundled_order(self, node_type: str, entry: dict[str, Any]) -> dict[str, Any]:
        """An entry whose inputs have lost their order, with the order of a bundled catalogue if there is
        one."""
        order = in_order_of(entry["input"], input_order(node_type))
        self._orders[node_type] = order is not None
        return entry if order is None else {**entry, "input_order": order}

    def title(self, node_type: str) -> str:
        """The title that frontend 1.58.1 gives a node of this type when the file has none.

        The server's ``display_name``, else the English text bundled in the frontend (looked up with ``_`` for
        ``.``), else the entry's own ``name``: ``src/i18n.ts resolveNodeDefText``. (In 1.49.6 the bundled text
        came first.)
        """
        entry = self.info(node_type) or {}
        own = entry.get("name")
        name = own if isinstance(own, str) and own else node_type
        return entry.get("display_name") or titles().get(name.replace(".", "_")) or name

    def source_of(self, node_type: str) -> str | None:
        """The origin of a type's entry, for people; ``None`` if there is no entry."""
        for source in self._sources:
            if node_type in source:
                if isinstance(source, Scanned):
                    return source.name
                edition = source.edition_of(node_type) if isinstance(source, (Shelf, Chosen)) else None
                return self.name if edition is None else bundle_name(edition.volume.title)
        return None

    def edition_of(self, node_type: str) -> Edition | None:
        """The bundled definition that a type comes from; ``None`` if it is not from a pack's bundle."""
        for source in self._sources:
            if node_type in source:
                return source.edition_of(node_type) if isinstance(source, (Shelf, Chosen)) else None
        return None

    def bundled_sources(self) -> tuple[Mapping[str, Any], ...]:
        """The sources of this catalogue that are bundles of packs."""
        found = tuple(source for source in self._sources if isinstance(source, (Shelf, Chosen)))
        return found if not found or isinstance(found[-1], Shelf) else (*found, pack_entries())

    def in_view_of(self, nodes: Iterable[tuple[str, Mapping[str, Any]]]) -> Catalog:
        """This catalogue with the bundled definitions that a file asks for.

        ``nodes`` are the types and ``properties`` of the nodes in the file. Types that are not from a bundle
        stay as they are; if the file needs nothing else than what is here, the result is this catalogue.
        """
        own = [source for source in self._sources if not isinstance(source, (Shelf, Chosen))]
        custom = [node for node in nodes if not any(node[0] in source for source in own)]
        if not custom:
            return self
        from comfyc.catalog.choosing import choose_editions  # noqa: PLC0415 - only for nodes of packs

        editions = choose_editions(custom, pack_entries())
        if not editions:
            return self
        key = frozenset(editions.items())
        view = self._views.get(key)
        if view is None:
            view = Catalog(
                (*own, Chosen(pack_entries(), editions), *self._sources[len(own) :]),
                name=self.name,
                node_replacements=self.node_replacements,
                lists_files=self.lists_files,
                version=self.version,
                embeddings=self.embeddings,
                diagnostics=self.diagnostics,
            )
            if len(self._views) >= _MOST_VIEWS:
                self._views.clear()
            self._views[key] = view
        return view

    def close_matches(self, node_type: str) -> list[str]:
        """Up to three types of this catalogue that an unknown name may mean, best first.

        Case, blanks and punctuation are ignored, and the English titles of nodes are compared as well.
        """
        if self._matches is None:
            from comfyc.catalog.matching import Matches  # noqa: PLC0415 - only for what is wrong

            self._matches = Matches(self._sources)
        return self._matches.of(node_type)

    def __contains__(self, node_type: object) -> bool:
        return isinstance(node_type, str) and self.info(node_type) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for source in self._sources for name in source))

    def __len__(self) -> int:
        if len(self._sources) == 1:
            return len(self._sources[0])
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Catalog {self.name!r}>"


def bundled_packs(catalog: Catalog | None = None) -> Catalog:
    """The bundled catalogues of custom node packs alone, for types that a server's catalogue lacks.

    With a ``catalog`` that is a view for a file (:meth:`Catalog.in_view_of`), in the editions of that file.
    """
    lent = catalog.bundled_sources() if catalog is not None else ()
    return Catalog(lent or (pack_entries(),), name="bundled packs", lists_files=False)


def bundled_core(*, with_packs: bool = False) -> Catalog:
    """The bundled catalogue of ComfyUI's own nodes; ``with_packs`` adds those of custom node packs."""
    bundle = core_entries()
    return Catalog(
        (bundle, pack_entries()) if with_packs else (bundle,),
        name=bundle_name(bundle.header.get("title")),
        node_replacements=bundle.header.get("node_replacements"),
        lists_files=False,
        version=bundle.header.get("version"),
    )


def _names_server(text: str) -> bool:
    if os.path.isfile(text):
        return False
    from comfyc.catalog.address import names_server  # noqa: PLC0415 - a file needs none of it

    return names_server(text)
