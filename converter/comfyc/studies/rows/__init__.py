"""The rows of a study: tables, grids, series in parallel and folders of files, combined and checked.

    plan = plan_rows(RowSources(tables=("t.csv",), grids=("cfg=4,6",)), prepared)
    plan.columns, plan.count             its parameters, and the number of its rows
    for row in plan: ...                 the rows, read one after the other
    plan.has_errors, plan.findings       what is wrong with them, once they have been walked through

The modules build on one another in this order:

    model                                what comes out
    factors                              what rows are combined of
    ranges, series                       ``--grid``, ``--zip``, ``--each`` and ``--count``
    text_tables, csv_tables, jsonl_tables, listed_tables, tables
    columns, cells                       which inputs columns set, and what their cells mean
    reading                              rows by their cells
    planning                             all of this together
"""

from comfyc.studies.rows.model import RowSources, StudyColumn, StudyRow
from comfyc.studies.rows.planning import RowPlan, plan_rows

__all__ = ["RowPlan", "RowSources", "StudyColumn", "StudyRow", "plan_rows"]
