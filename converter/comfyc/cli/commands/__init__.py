"""The commands: one file for each, with its flags and its help, and nothing else."""
