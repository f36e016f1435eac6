"""A document converted with values that are set by hand, as if they had been typed into the editor first.

Tokens (``%Node.widget%``, ``%date:...%``) and alternatives (``{a|b}``) in such a value are replaced as those
in the file are, and what is set for a node stands in the file names that mention it.
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
    """The conversion with ``NODE.INPUT=VALUE`` texts applied, and what they set.

    ``plain`` is the conversion without them; one with errors is returned as it is. ``ComfycError`` for a
    text that cannot be understood.
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
    """Convert with the values given by node id and input name. ``plain`` is the conversion without them."""
    options = options or Options()
    conversion = convert(document, catalog, replace(options, given=given(values, plain.ir)))
    for (node, name), value in values.items():
        inputs = conversion.prompt[node]["inputs"] if node in conversion.prompt else {}
        if name not in inputs or isinstance(value, (list, dict)) or not is_workflow(plain.opened.value):
            inputs[name] = value
    return conversion
