"""The version of comfyc."""

from __future__ import annotations

UNKNOWN = "unknown"
"""The version in a source tree that is not installed."""


def version() -> str:
    """The version of the installed distribution, or :data:`UNKNOWN`."""
    from importlib import metadata  # noqa: PLC0415 - 100 ms, and few ask

    try:
        return metadata.version("comfyc")
    except metadata.PackageNotFoundError:
        return UNKNOWN
