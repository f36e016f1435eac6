"""What does the same work for many items: the processes of this machine, or the workers of a Dask cluster.

An engine is given a function that can be pickled, and batches of items; it gives the results of each batch,
in the order of the batches, and never holds more than a few batches.
"""

from __future__ import annotations

from importlib.util import find_spec

from comfyc.diagnostics import ComfycError


def check_dask() -> None:
    """``ComfycError`` if the package for Dask clusters is not installed."""
    if find_spec("distributed") is None:
        raise ComfycError("for Dask, its package is needed", "pip install 'comfyc[dask]'")
