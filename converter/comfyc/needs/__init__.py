"""What a workflow needs before it can run: packs, models, input files, partner nodes, and ComfyUI itself.

:func:`needs_of` is public. It converts the file, looks at what the nodes of the prompt load
(``loaders.py``, ``input_files.py``) and at what the file declares (``declared.py``), and asks a catalogue,
or a server, what of it is there (``stock.py``). Nothing is downloaded, and nothing is changed on a server.
"""

from __future__ import annotations

import os

from comfyc.api import Convertible
from comfyc.catalog import Catalog
from comfyc.diagnostics import Diagnostics
from comfyc.needs.gathering import needs_parsed
from comfyc.needs.merging import merged
from comfyc.needs.model import Needs
from comfyc.needs.stock import Stock
from comfyc.options import Options
from comfyc.sources.file import file_of

__all__ = ["Needs", "Stock", "merged", "needs_of", "needs_parsed"]


def needs_of(source: Convertible, catalog: Catalog | None = None, options: Options | None = None) -> Needs:
    """What a workflow or a prompt needs.

    ``source`` is what :func:`comfyc.convert` takes: a path, a JSON text, bytes, a file that has been read, or
    a parsed document. With the ``catalog`` of a server or a saved object_info the rows say what is present
    there and what is missing; without one everything is "unknown".

    What is wrong with the file is in ``diagnostics``. ``ComfycError`` only if a path cannot be read at all.
    """
    options = options or Options()
    file = file_of(source, options.limits)
    if file is None:
        return needs_parsed(source, Stock(catalog), options)
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else ""
    if file.document is None:
        return Needs([name], diagnostics=file.diagnostics)
    found = needs_parsed(file.value, Stock(catalog), options, file=name, beside=file.document.beside)
    found.diagnostics = Diagnostics([*file.diagnostics, *file.located(found.diagnostics)])
    return found
