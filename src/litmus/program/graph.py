"""What steps do to a row, as a graph of operations in which equal work is one node."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from litmus.errors import LitmusError

if TYPE_CHECKING:
    from litmus.program.operations import Operation

__all__ = ["Graph", "Kind", "LoweredFeatures", "Node", "NotLoweredError", "in_order"]

Kind = Literal["any", "number", "truth", "text", "date", "words", "results", "vector", "sparse"]
"""What a node gives for a row.

A number (float64, NaN missing), a truth value (None missing), a text (None missing), a date (None missing), the words of a
text, the results of own code by name, several dense features, or sparse features. "any" is a column of a table whose kind
nothing has asked for yet.
"""


class NotLoweredError(LitmusError):
    """A step has no compiled form; the message says which and why, and its pipeline runs as it was trained."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation on other nodes; made by `Graph`.

    Attributes:
        number: its place in the graph; operands have smaller numbers.
        operation: the operation's name.
        operands: what it is done to.
        constants: what fitting learned: numbers, texts, lists of texts and arrays.
        kind: what it gives.
        width: how many features a "vector" or a "sparse" node has.
    """

    number: int
    operation: str
    operands: tuple[Node, ...]
    constants: Mapping[str, Any]
    kind: Kind
    width: int = 1


class Graph:
    """Nodes, each of them once: asking again for the same operation on the same operands gives the same node.

    Example:
        >>> graph = Graph()
        >>> age = graph.input("age", "number")
        >>> graph.node("filled", age, value=38.0) is graph.node("filled", age, value=38.0)
        True
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[bytes, Node] = {}

    def input(self, column: str, kind: Kind) -> Node:
        """The node of a column of the row."""
        return self.node("input", column=column, kind=kind)

    def node(self, operation: str, *operands: Node, **constants: Any) -> Node:
        """The node of an operation.

        Raises:
            ValueError: when there is no such operation, or the operands or constants do not fit it.
        """
        from litmus.program.operations import operation_named

        found: Operation = operation_named(operation)
        key = _digest((operation, [operand.number for operand in operands], constants))
        node = self._known.get(key)
        if node is None:
            kind, width = found.result(operands, constants)
            node = Node(len(self.nodes), operation, operands, constants, kind, width)
            self.nodes.append(node)
            self._known[key] = node
        return node


@dataclass(frozen=True, slots=True)
class LoweredFeatures:
    """The features of one pipeline as nodes, in the order that its algorithm sees them.

    Attributes:
        graph: where the nodes are.
        features: nodes that give a number, several dense features, or sparse ones.
    """

    graph: Graph
    features: tuple[Node, ...]

    @property
    def width(self) -> int:
        """How many features the algorithm sees."""
        return sum(node.width for node in self.features)


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """The nodes and all that they are made from, each once, operands before what uses them."""
    found: dict[int, Node] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.number not in found:
            found[node.number] = node
            waiting += node.operands
    return [found[number] for number in sorted(found)]


def _digest(value: Any) -> bytes:
    """A hash of nested constants; arrays count with type, shape and content."""
    hashed = hashlib.blake2b(digest_size=16)
    _feed(hashed, value)
    return hashed.digest()


def _feed(hashed: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        hashed.update(f"array {value.dtype.str} {value.shape} ".encode())
        hashed.update(np.ascontiguousarray(value).data)
    elif isinstance(value, Mapping):
        _feed_all(hashed, "dict", [part for item in sorted(value.items()) for part in item])
    elif isinstance(value, list | tuple):
        if all(type(item) is str for item in value):
            text = "\0".join(value).encode("utf-8", "surrogatepass")
            lengths = np.fromiter(map(len, value), dtype=np.int64, count=len(value))
            hashed.update(f"texts {len(value)} ".encode() + lengths.tobytes() + text)
        else:
            _feed_all(hashed, "list", value)
    else:
        hashed.update(f"{type(value).__name__} {value!r} ".encode("utf-8", "surrogatepass"))


def _feed_all(hashed: Any, name: str, values: Sequence[Any]) -> None:
    hashed.update(f"{name} {len(values)} ".encode())
    for value in values:
        _feed(hashed, value)
