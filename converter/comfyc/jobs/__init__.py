"""Job files: values for the inputs of workflows, in TOML, JSON or YAML.

job = read_job("job.toml", found)
job.values          what it sets, by NODE.INPUT
job.count           and how often it is run
"""

from __future__ import annotations

from comfyc.jobs.reading import JobFile, is_job_name, read_job

__all__ = ["JobFile", "is_job_name", "read_job"]
