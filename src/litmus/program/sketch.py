"""A table without rows, on which fitted steps write down what they do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from litmus.program.graph import Graph, Kind, Node, NotLoweredError

__all__ = ["Sketch"]


class Sketch:
    """Column → node; a step's `lower` takes one and gives another.

    Args:
        graph: where nodes are made.
        columns: column → "number", "truth", "text" or "date"; "any" where the first step that reads it decides.

    Example:
        >>> sketch = Sketch(Graph(), {"age": "number", "city": "text"})
        >>> made = sketch.with_columns({"age": sketch.graph.node("filled", sketch.number("age"), value=38.0)})
        >>> list(made), made["age"].operation
        (['age', 'city'], 'filled')
    """

    def __init__(self, graph: Graph, columns: Mapping[str, Kind]) -> None:
        self.graph = graph
        self._nodes = {name: graph.input(name, kind) for name, kind in columns.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._nodes

    def __getitem__(self, name: str) -> Node:
        """The node of a column.

        Raises:
            NotLoweredError: when there is no such column.
        """
        try:
            return self._nodes[name]
        except KeyError:
            raise NotLoweredError(f"A step reads the column {name!r}, which the steps before it do not give.") from None

    def number(self, name: str) -> Node:
        """The column as a number: NaN where missing, truth values as 0 and 1.

        Raises:
            NotLoweredError: when it is of another kind.
        """
        node = self._as(name, "number", ("number", "truth"))
        return self.graph.node("truth_number", node) if node.kind == "truth" else node

    def text(self, name: str) -> Node:
        """The column as text.

        Raises:
            NotLoweredError: when it is of another kind.
        """
        return self._as(name, "text", ("text",))

    def date(self, name: str) -> Node:
        """The column as a date.

        Raises:
            NotLoweredError: when it is of another kind.
        """
        return self._as(name, "date", ("date",))

    def _as(self, name: str, kind: Kind, allowed: tuple[Kind, ...]) -> Node:
        node = self[name]
        if node.kind == "any":
            node = self.graph.input(str(node.constants["column"]), kind)
        if node.kind not in allowed:
            raise NotLoweredError(f"A step reads the column {name!r} as {kind}, and it is {node.kind} there.")
        return node

    def with_columns(self, made: Mapping[str, Node]) -> Sketch:
        """With new columns: one of a name that is there is replaced in its place, others come at the end."""
        return self.holding({**self._nodes, **made})

    def without(self, names: Collection[str]) -> Sketch:
        """Without these columns; a name that is not there is no error."""
        gone = set(names)
        return self.holding({name: node for name, node in self._nodes.items() if name not in gone})

    def in_place_of(self, made: Mapping[str, Mapping[str, Node]]) -> Sketch:
        """With some columns replaced by none, one or several new ones each, in its place."""
        nodes: dict[str, Node] = {}
        for name, node in self._nodes.items():
            nodes |= made.get(name, {name: node})
        return self.holding(nodes)

    def chosen(self, names: Collection[str]) -> Sketch:
        """With these columns alone, in their order."""
        return self.holding({name: self[name] for name in names})

    def holding(self, nodes: Mapping[str, Node]) -> Sketch:
        """A table of these columns, in the same graph."""
        sketch = object.__new__(type(self))
        sketch.graph, sketch._nodes = self.graph, dict(nodes)
        return sketch
