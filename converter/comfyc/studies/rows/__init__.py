"""The rows of a study: tables, grids, series in parallel and folders of files, combined and checked."""

from comfyc.studies.rows.model import RowSources, StudyColumn, StudyRow

__all__ = ["RowSources", "StudyColumn", "StudyRow"]
