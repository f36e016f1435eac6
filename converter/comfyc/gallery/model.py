"""What the pages of a file are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.interface import Setting
from comfyc.needs import Needs
from comfyc.report.findings import FileReport
from comfyc.validation import Validation


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file, and what is known of it.

    ``file`` is its path as the site shows it, with ``/``; ``name`` that of its pages. ``validation`` and
    ``needs`` are None if nothing could be read of it. ``settings`` are those that can be set. ``original``
    is the address of the file, and ``picture`` that of a copy that a browser shows as a picture; both are
    relative to the site, and "" if there is none.
    """

    file: str
    name: str
    report: FileReport
    validation: Validation | None = None
    needs: Needs | None = None
    settings: Sequence[Setting] = ()
    original: str = ""
    picture: str = ""

    @property
    def title(self) -> str:
        """The name of the file without its ending."""
        last = self.file.rpartition("/")[2]
        return last.rpartition(".")[0] or last
