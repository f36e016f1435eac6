"""A workflow's own interface: what can be set in it, and the conversion with other values.

    interface = interface_of(document, catalog)
    interface.settings                      the inputs of nodes, subgraph nodes and PrimitiveNodes
    set_values(interface, document, requests_of(["57.text=a fox"]), catalog).conversion

The modules build on one another in this order:

    tracing, labels, refused     what the values of subgraph nodes go to; labels; why something is not set
    settings                     the settings of a document
    requests, names, values      what somebody asks for: which setting a name means, and which value a text
    converting, checking         the conversion with values, and whether inputs take them
    app_entries, apps            the inputs and outputs that an app declares
    outputs                      the output nodes that somebody chooses by their names
    assigning, files             all of this in one call, for a document and for a file
"""

from comfyc.interface.assigning import Assignment, ValuesSet, assign, set_values
from comfyc.interface.files import convert_with, read_interface
from comfyc.interface.requests import Malformed, Request, Requests, requests_of
from comfyc.interface.settings import Interface, Setting, interface_for, interface_of

__all__ = [
    "Assignment",
    "Interface",
    "Malformed",
    "Request",
    "Requests",
    "Setting",
    "ValuesSet",
    "assign",
    "convert_with",
    "interface_for",
    "interface_of",
    "read_interface",
    "requests_of",
    "set_values",
]
