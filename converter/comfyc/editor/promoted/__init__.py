"""Promoted widgets: values that a subgraph node holds for the nodes inside it."""
