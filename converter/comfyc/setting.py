"""Convert a document with values that the caller sets, as if they had been typed into the editor.

Tokens (``%Node.widget%``, ``%date:...%``) and alternatives (``{a|b}``) in the set values are replaced like
those in the file, and file names that refer to a node use the values set for that node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.documents import is_workflow
from comfyc.given import given
from comfyc.options import Options
from comfyc.prompt.assign import Assignment, assignments, with_values


def set_inputs(
    plain: Conversion,
    document: Any,
    catalog: Catalog,
    options: Options | None,
    texts: Sequence[str],
    *,
    several: bool = False,
) -> tuple[Conversion, list[Assignment]]:
    """Convert with ``NODE.INPUT=VALUE`` assignments. Returns the conversion and the assignments.

    ``plain`` is the conversion without the assignments; if it has errors, it is returned unchanged.
    ``several`` allows an assignment to match more than one node. Raises ``ComfycError`` for an assignment
    that cannot be parsed or matched.
    """
    if not plain.ok:
        return plain, []
    done = assignments(plain.prompt, texts, catalog, several=several)
    values = {(one.node, one.input): one.value for one in done}
    return convert_given(document, catalog, options, values, plain), done


def convert_given(
    document: Any,
    catalog: Catalog,
    options: Options | None,
    values: Mapping[tuple[str, str], Any],
    plain: Conversion,
) -> Conversion:
    """Convert with ``values`` by (node id, input name); ``plain`` is the conversion without them."""
    beside = plain.opened.beside
    conversion = convert_parsed(document, catalog, options, given(values, plain.ir), beside=beside)
    prompt, is_typed = conversion.prompt, is_workflow(plain.opened.value)
    left = {
        (node, name): value
        for (node, name), value in values.items()
        if node in prompt
        and (name not in prompt[node]["inputs"] or isinstance(value, list | dict) or not is_typed)
    }
    return replace(conversion, prompt=with_values(prompt, left))
