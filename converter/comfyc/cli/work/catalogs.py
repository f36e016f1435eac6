"""What ``comfyc catalog list | show | save`` do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.catalog import Catalog
from comfyc.catalog.fetch import fetch_object_info, save_object_info
from comfyc.catalog.listing import BundleSummary, list_bundles, view_node
from comfyc.cli.flags.common import file_or_stdout
from comfyc.cli.output.catalogues import bundles_text, node_text
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.writing import note, spare, write_product, write_stdout
from comfyc.diagnostics import ComfycError
from comfyc.suggestions import did_you_mean

if TYPE_CHECKING:
    from comfyc.running import Access


def list_catalogs(words: Sequence[str], *, as_json: bool) -> None:
    """Print the bundled catalogues whose names have all of these words."""
    bundles = [one for one in list_bundles() if _has_words(one, words)]
    if as_json:
        rows = [
            {
                "catalogue": one.title,
                "version": one.version,
                "repository": one.repository,
                "cnr_id": one.cnr_id,
                "nodes": one.nodes,
                "size": one.size,
            }
            for one in bundles
        ]
        JsonAnswer("catalog list", rows).print(0)
    else:
        write_stdout(bundles_text(bundles))
        count = f"{len(bundles)} catalogue{'' if len(bundles) == 1 else 's'}"
        note(f"{count} with {sum(one.nodes for one in bundles)} node types")


def _has_words(bundle: BundleSummary, words: Sequence[str]) -> bool:
    names = " ".join((bundle.title, bundle.repository, bundle.cnr_id)).casefold()
    return all(word in names for text in words for word in text.casefold().split())


def show_class(catalog: Catalog, class_type: str, *, as_json: bool) -> None:
    """Print one node class; ``ComfycError`` if the catalogue has none of that name."""
    about = catalog_reports(catalog)
    show(about)
    view = view_node(catalog, class_type)
    if view is None:
        close = catalog.close_matches(class_type)
        hint = did_you_mean(close[:1]) or "find one with: comfyc catalog search WORD..."
        raise ComfycError(f"there is no node type '{class_type}' in {catalog.name}", hint)
    if as_json:
        record = asdict(view)
        answer = JsonAnswer("catalog show", [{"class": record.pop("node_type"), **record}])
        answer.add_findings(about)
        answer.print(0)
    else:
        write_stdout(node_text(view))


def save_catalog(access: Access, output: Path, *, reads: Sequence[Path | None], as_json: bool) -> None:
    """Write the object_info of a server to ``output`` ("-": stdout), but not over a file of ``reads``."""
    spare([output], others=reads)
    file = file_or_stdout(output)
    if file is None and as_json:
        raise ComfycError("the catalogue and --json would both go to stdout", "pass -o FILE")
    url, trust = access.url(""), access.ssl_context()
    if file is None:
        body, count = fetch_object_info(url, headers=access.headers, ssl_context=trust)
        write_product(body)
    else:
        count = save_object_info(url, file, headers=access.headers, ssl_context=trust)
    note(f"{file or access.base}: {count} node types")
    if as_json:
        record = {"server": access.base, "output": str(file), "nodes": count}
        JsonAnswer("catalog save", [record]).print(0)
