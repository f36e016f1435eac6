"""Job files among the arguments of a command: found, read, and brought together with the flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from comfyc.interface import Requests
    from comfyc.jobs import JobFile
    from comfyc.report.findings import FileReport

_ENDINGS = (".toml", ".yaml", ".yml", ".json")


@dataclass(slots=True)
class Jobs:
    """The job files of a command, in their order, and the names of the other files. ``reports`` are the
    findings in job files: if there are any, nothing is to be done."""

    names: list[str]
    files: list[JobFile] = field(default_factory=list)
    reports: list[FileReport] = field(default_factory=list)

    @property
    def seed(self) -> str | None:
        """What the last job file that says something about seeds says, as ``--seed`` takes it."""
        return next((str(one.seed) for one in reversed(self.files) if one.seed is not None), None)

    @property
    def count(self) -> int | None:
        return next((one.count for one in reversed(self.files) if one.count is not None), None)

    @property
    def random_seed(self) -> int | None:
        return next((one.random_seed for one in reversed(self.files) if one.random_seed is not None), None)

    @property
    def reads(self) -> list[str]:
        """The job files, and the files that their values are read from."""
        values = [(one, value.value) for one in self.files for value in (*one.values, *one.app_values)]
        texts = (
            str(job.folder / value[1:])
            for job, value in values
            if isinstance(value, str) and value.startswith("@") and not value.startswith("@@")
        )
        return [*(one.name for one in self.files), *texts]

    def requests(
        self, texts: Sequence[str], of_app: Sequence[str] = (), *, several: bool, unlink: bool
    ) -> Requests | None:
        """What the job files ask for, and then what ``--in`` (``of_app``) and ``--set`` do, which counts
        more; None for nothing."""
        if not texts and not of_app and not self.files:
            return None
        from comfyc.interface import Requests, requests_of  # noqa: PLC0415 - for those who set something

        asked = [request for one in self.files for request in one.requests]
        return Requests(
            (*asked, *requests_of(texts, of_app=of_app).asked),
            several or any(one.set_all for one in self.files),
            unlink or any(one.unlink for one in self.files),
        )


def take_jobs(names: Sequence[str]) -> Jobs:
    """Read the job files among these names.

    ``ComfycError`` if one of them cannot be read, or if there is no other file.
    """
    jobs = Jobs(list(names))
    if len(names) < 2 and not names[0].lower().endswith(_ENDINGS[:-1]):
        return jobs
    if not any(name.lower().endswith(_ENDINGS) for name in names):
        return jobs
    from comfyc.jobs import is_job_name, read_job  # noqa: PLC0415 - for those who may have a job file

    own = [name for name in names if is_job_name(name)]
    jobs.names = [name for name in names if name not in own]
    if own and not jobs.names:
        message = f"'{own[0]}' is a job file, and there is no workflow that it is for"
        raise ComfycError(message, f"name the workflow too: flow.json {own[0]}")
    for name in own:
        job, report = read_job(name)
        if job is not None:
            jobs.files.append(job)
        if report is not None:
            jobs.reports.append(report)
    return jobs
