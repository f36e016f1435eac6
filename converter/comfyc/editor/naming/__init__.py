"""What the values of a node may be called whose type no catalogue knows.

``witnesses`` collects what the documents at hand say about a type: a prompt beside the workflow, and other
nodes of the type. ``alignment`` lays names beside values, and keeps only what cannot be otherwise.
``loading.unknown`` uses both when it configures a node.
"""
