"""Studies: many runs of one workflow, a row of parameters for each."""
