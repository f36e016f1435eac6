"""Promoted widgets: values that a subgraph node carries for the nodes inside it."""
