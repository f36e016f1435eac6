"""What does the same work for many items: the processes of this machine, or the workers of a Dask cluster.

An engine is given a function that can be pickled, and batches of items; it gives the results of each batch,
in the order of the batches, and never holds more than a few batches.
"""
