"""Which exceptions an ``except`` catches."""

from __future__ import annotations

from comfyc.scan.values import PyClass, PyList, Value, is_unknown


def catches(caught: Value, kind: Value) -> bool:
    """Whether ``except caught`` catches an exception of the class ``kind``. What is unknown catches all."""
    if isinstance(caught, (tuple, PyList)):
        return any(catches(one, kind) for one in caught)
    if is_unknown(caught) or is_unknown(kind):
        return True
    kinds = kind.order if isinstance(kind, PyClass) else (kind,)
    if isinstance(caught, PyClass):
        return any(one is caught for one in kinds)
    if not isinstance(caught, type):
        return True
    known = [one for one in kinds if isinstance(one, type)]
    return any(issubclass(one, caught) for one in known) or (not known and caught is Exception)
