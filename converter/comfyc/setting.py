"""Converting a document with values that the caller sets, as if they had been typed into the editor.

Tokens (``%Node.widget%``, ``%date:...%``) and alternatives (``{a|b}``) in these values are replaced like
those in the file, and file names that refer to a node use the values set for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from comfyc.api import Conversion, Options, convert
from comfyc.catalog import Catalog
from comfyc.documents import is_workflow
from comfyc.given import given
from comfyc.prompt.assign import Assignment, assignments


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

    ``plain`` is the conversion without them; if it has errors it is returned unchanged. Raises
    ``ComfycError`` for an assignment that cannot be parsed.
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
    """Convert with values by (node id, input name). ``plain`` is the conversion without them."""
    options = options or Options()
    conversion = convert(document, catalog, replace(options, given=given(values, plain.ir)))
    for (node, name), value in values.items():
        inputs = conversion.prompt[node]["inputs"] if node in conversion.prompt else {}
        if name not in inputs or isinstance(value, (list, dict)) or not is_workflow(plain.opened.value):
            inputs[name] = value
    return conversion
