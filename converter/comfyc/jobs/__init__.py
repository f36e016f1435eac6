"""Job files: values for the inputs of workflows, in TOML, JSON or YAML.

job, report = read_job("job.toml")
job.requests        what it asks to be set, for ``comfyc.interface``
report              what is wrong in it, if something is; there is no job then
"""

from __future__ import annotations

from comfyc.jobs.reading import JobFile, is_job_name, read_job

__all__ = ["JobFile", "is_job_name", "read_job"]
