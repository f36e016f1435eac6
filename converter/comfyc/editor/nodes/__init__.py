"""Nodes as the editor makes them from their types: inputs, links, widgets and saved values."""
