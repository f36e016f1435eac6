"""Nodes as the editor makes them of their types: inputs, links, widgets, and the values saved for them."""
