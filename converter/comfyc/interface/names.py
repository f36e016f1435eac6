"""Find the settings that ``NODE.INPUT`` means.

A node is named by its id, its title, or its class (a subgraph node by the name of its definition), an input
by its name or its label. Titles, ids and names of inputs may contain dots themselves. Nothing is guessed: a
name that fits no input, or several, is refused with a list of what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.catalog.specs import InputSpec, node_spec
from comfyc.interface.refused import RefusedError
from comfyc.interface.settings import Interface, Setting, title_in
from comfyc.suggestions import closest, did_you_mean

_LISTED = 8


def named_settings(interface: Interface, path: str, *, several: bool = False) -> list[Setting]:
    """The settings that a path means, a single one unless ``several``. Raises :class:`RefusedError`."""
    path = path.strip()
    if "." not in path:
        raise RefusedError(
            codes.SETTING_NOT_UNDERSTOOD,
            f"expected NODE.INPUT, got '{path}'",
            "write it as 6.text or KSampler.seed, with the id, title or class of a node",
        )
    found = _Names(interface).matching(path)
    if len(found) > 1 and not several:
        names = [f"{one.node} ('{one.title}')" for one in found]
        raise RefusedError(
            codes.SETTING_AMBIGUOUS,
            f"'{path}' matches {len(found)} nodes: {_listed(names)}",
            "use the id of the node, or pass --set-all to set all of them",
        )
    return found


def nodes_named(interface: Interface, name: str) -> list[str]:
    """The ids of the nodes of the prompt, and of the subgraph nodes, that a name means: a single id, else all
    with that title, else all of that class; [] if there are none."""
    names = _Names(interface)
    return names.nodes(name, fold=False) or names.nodes(name, fold=True)


class _Names:
    """The nodes of an interface by their names."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.names = {
            ident: (node_title, kind)
            for ident, node in interface.conversion.prompt.items()
            for node_title, kind in [(title_in(node), str(node.get("class_type", "")))]
        }
        self.names.update((one.node, (one.title, one.type)) for one in interface.settings)

    def matching(self, path: str) -> list[Setting]:
        """The settings that a path means, wherever it is split into node and input."""
        dots = [index for index, char in enumerate(path) if char == "."]
        splits = [(path[:index], path[index + 1 :]) for index in dots]
        named: list[tuple[list[str], str]] = []
        for fold in (False, True):
            for left, right in splits:
                nodes = self.nodes(left, fold=fold)
                found = [one for node in nodes for one in self.inputs(node, right, fold=fold)]
                if found:
                    return found
                if nodes:
                    named.append((nodes, right))
        if named:
            raise self.no_input(*named[0])
        raise self.no_node(splits[-1][0])

    def nodes(self, name: str, *, fold: bool) -> list[str]:
        """The ids of the nodes that a name means: an id before titles, titles before classes."""
        if name in self.names:
            return [name]
        wanted = name.casefold() if fold else name
        for index in (0, 1):
            found = [
                ident
                for ident, names in self.names.items()
                if (names[index].casefold() if fold else names[index]) == wanted
            ]
            if found:
                return found
        return []

    def inputs(self, node: str, name: str, *, fold: bool) -> list[Setting]:
        """The input of a node that a name means: by its name, its label, or as one that the prompt lacks."""
        own = self.interface.by_node.get(node, [])
        wanted = name.casefold() if fold else name
        for index in (0, 1):
            for one in own:
                known = (one.input, one.label)[index]
                if (known.casefold() if fold else known) == wanted:
                    return [one]
        return [self.absent(node, spec) for spec in self.specs(node) if spec.name == name][:1]

    def specs(self, node: str) -> Sequence[InputSpec]:
        """The inputs that the class of a node of the prompt declares."""
        written, catalog = self.interface.conversion.prompt.get(node), self.interface.conversion.catalog
        info = catalog.info(str(written.get("class_type", ""))) if written and catalog is not None else None
        return () if info is None else node_spec("", info).declared

    def absent(self, node: str, spec: InputSpec) -> Setting:
        """An input that the class declares and the prompt does not have."""
        return self.interface.absent(node, *self.names[node], spec)

    def no_input(self, nodes: Sequence[str], missing: str) -> RefusedError:
        node = nodes[0]
        settings = self.interface.by_node.get(node, [])
        labels = (one.label for one in settings)
        names = list(dict.fromkeys([*(one.input for one in settings), *(s.name for s in self.specs(node))]))
        labelled = {one.input: f"{one.input} ('{one.label}')" for one in settings if one.label != one.input}
        shown = [labelled.get(name, name) for name in names]
        guesses = closest(missing, dict.fromkeys([*names, *labels]), 3)
        return RefusedError(
            codes.NO_SUCH_INPUT,
            f"node {node} ('{self.names[node][0]}') has no input '{missing}'",
            did_you_mean(guesses) or (f"its inputs are: {_listed(shown)}" if names else None),
            node,
        )

    def no_node(self, name: str) -> RefusedError:
        known = list(dict.fromkeys(self._all_names()))
        titles = [f"{ident} ('{title}')" for ident, (title, _) in self.names.items()]
        return RefusedError(
            codes.NO_SUCH_NODE,
            f"no node has the id, title or class '{name}'",
            did_you_mean(closest(name, known, 3))
            or f"the nodes are: {_listed(titles)}; `comfyc inputs` lists all",
        )

    def _all_names(self) -> Iterator[str]:
        for ident, names in self.names.items():
            yield from (ident, *names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
