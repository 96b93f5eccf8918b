"""The features of several pipelines as one program, for one row or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.program.array_code import ArrayCode
from litmus.program.categories import Lookup, lookups
from litmus.program.graph import Kind, LoweredFeatures, Node, in_order
from litmus.program.operations import operation_named
from litmus.program.row_code import HALFWAY, RowCode
from litmus.program.vocabularies import joined_vocabularies

__all__ = ["Program", "Row", "Rows"]


class Row:
    """The features of one row.

    Attributes:
        dense: float32 (1, width).
        sparse: the indices and the float32 values of each sparse block.
    """

    __slots__ = ("dense", "sparse")

    def __init__(self, dense: np.ndarray, sparse: list[tuple[np.ndarray, np.ndarray]]) -> None:
        self.dense = dense
        self.sparse = sparse


class Rows:
    """The features of many rows.

    Attributes:
        dense: float32 (rows, width).
        sparse: of each sparse block what a `scipy.sparse.csr_matrix` has: indptr, indices, float32 values; and its width.
    """

    __slots__ = ("dense", "sparse")

    def __init__(self, dense: np.ndarray, sparse: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]) -> None:
        self.dense = dense
        self.sparse = sparse


class Program:
    """What the steps of some fitted pipelines do to rows, each different piece of work once.

    It holds nothing of the rows that it was called with, so that several threads may use it at once.

    Attributes:
        inputs: the columns that it reads → their kinds: "number", "truth", "text" or "date".
        width: how many different dense features there are.
        columns: of each pipeline, int64 (features,): the place of each feature among the dense ones; -1 for sparse ones.
        sparse: of each pipeline, its sparse features: the number of the block, and the place of the block's first column
            among the pipeline's features.
        sparse_widths: how many columns each sparse block has.
        source: the Python code that makes the features of one row.

    Example:
        >>> import numpy as np
        >>> from litmus.program import Graph, LoweredFeatures
        >>> graph = Graph()
        >>> age = graph.node("bounded", graph.input("age", "number"))
        >>> program = Program.of([LoweredFeatures(graph, (graph.node("filled", age, value=38.0), age))])
        >>> program.row({"age": None}).dense.tolist()
        [[38.0, nan]]
        >>> program.rows({"age": np.array([20.0, np.nan])}, 2).dense.tolist()
        [[20.0, 20.0], [38.0, nan]]
    """

    def __init__(self, pipelines: Sequence[LoweredFeatures]) -> None:
        self.pipelines = tuple(pipelines)
        if any(lowered.graph is not self.pipelines[0].graph for lowered in self.pipelines):
            raise ValueError("The pipelines of a program must be lowered into one graph.")
        features = list(dict.fromkeys(node for lowered in self.pipelines for node in lowered.features))
        self._blocks = [node for node in features if node.kind == "sparse"]
        self._lay_out(features)
        self.columns, self.sparse = self._layouts()
        nodes = in_order(features)
        self.inputs: dict[str, Kind] = _inputs(nodes)
        self.sparse_widths = tuple(node.width for node in self._blocks)
        self._vocabularies = joined_vocabularies([n for n in nodes if n.operation in ("word_terms", "character_terms")])
        self.source, self._features = self._row_code(nodes)
        self._arrays = ArrayCode(
            nodes,
            places=self._places,
            lookups=self._lookups,
            vocabularies=self._vocabularies,
            blocks=self._blocks,
            width=self.width,
        )

    @classmethod
    def of(cls, pipelines: Sequence[LoweredFeatures]) -> Program:
        """One program for several pipelines.

        Raises:
            ValueError: when they are not lowered into the same graph.
        """
        return cls(pipelines)

    def _lay_out(self, features: Sequence[Node]) -> None:
        """Give each dense feature a place: numbers, then vectors, those of one text side by side."""
        self._places: dict[Node, int] = {}
        width = 0
        found = lookups([node for node in features if node.operation in ("lookup", "one_hot")])
        looked_up = [node for lookup in found for node in lookup.nodes]
        numbers = [node for node in features if node.kind == "number"]
        others = [node for node in features if node.kind == "vector" and node.operation not in ("lookup", "one_hot")]
        for node in (*numbers, *looked_up, *others):
            self._places[node] = width
            width += node.width
        self.width = width
        self._lookups: list[tuple[Lookup, int]] = [(lookup, self._places[lookup.nodes[0]]) for lookup in found]

    def _layouts(self) -> tuple[list[np.ndarray], list[tuple[tuple[int, int], ...]]]:
        columns, sparse = [], []
        block_numbers = {node: number for number, node in enumerate(self._blocks)}
        for lowered in self.pipelines:
            places = np.full(lowered.width, -1, dtype=np.int64)
            blocks, at = [], 0
            for node in lowered.features:
                if node.kind == "sparse":
                    blocks.append((block_numbers[node], at))
                else:
                    places[at : at + node.width] = self._places[node] + np.arange(node.width)
                at += node.width
            columns.append(places)
            sparse.append(tuple(blocks))
        return columns, sparse

    def _row_code(self, nodes: Sequence[Node]) -> tuple[str, Any]:
        code = RowCode(self.width, {node: place for node, place in self._places.items() if node.kind == "number"})
        used = {operand for node in nodes for operand in node.operands}
        names: dict[Node, str] = {}
        checks: list[tuple[Node, str]] = []
        merged = {node for lookup, _ in self._lookups for node in lookup.nodes}
        vocabularies = {node: joined for joined in self._vocabularies for node in joined.nodes}
        for node in nodes:
            if node in merged or node in names:
                continue
            if node in vocabularies:
                joined = vocabularies[node]
                found = code.named(node, f"{code.bind('terms', joined.row)}({names[node.operands[0]]})")
                names |= {member: f"{found}[{place}]" for place, member in enumerate(joined.nodes)}
                continue
            operation = operation_named(node.operation)
            text = operation.row(node, [names[operand] for operand in node.operands], code)
            if node.kind == "vector":
                place = self._places[node]
                code.add(f"b[{place}:{place + node.width}] = {text}")
                continue
            if node in self._places and node not in used and operation.finite and not _is_slot(text):
                code.add(f"{code.slot(node)} = {text}")
                continue
            names[node] = text if text.isidentifier() or _is_slot(text) else code.named(node, text)
            if node in self._places:
                checks.append((node, names[node]))
        for node, name in checks:
            _store(code, node, name)
        for lookup, start in self._lookups:
            lookup.write_row(start, names[lookup.text], code)
        return code.compiled([names[node] for node in self._blocks])

    def owners(self) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
        """The columns that each dense feature, and each sparse block, is made of."""
        sources: dict[Node, frozenset[str]] = {}
        for node in in_order([*self._places, *self._blocks]):
            made_of = [sources[operand] for operand in node.operands]
            own = frozenset([node.constants["column"]]) if node.operation == "input" else frozenset()
            sources[node] = own.union(*made_of)
        dense: list[frozenset[str]] = [frozenset()] * self.width
        for node, place in self._places.items():
            dense[place : place + node.width] = [sources[node]] * node.width
        return dense, [sources[block] for block in self._blocks]

    def row(self, values: Mapping[str, Any]) -> Row:
        """The features of one row.

        Args:
            values: column → value, for each column in `inputs`: an int or a float, a truth value, a text, a naive date in
                universal time; None (or NaN for numbers) where missing. Others are ignored.
        """
        return Row(*self._features(values))

    def rows(self, columns: Mapping[str, Any], n_rows: int) -> Rows:
        """The features of many rows.

        Args:
            columns: column → array, for each column in `inputs`: float64 for numbers and truth values, NaN where missing;
                an object array of texts and None, or a pyarrow array of text; datetime64[us].
            n_rows: how many rows there are.
        """
        return Rows(*self._arrays(columns, n_rows))

    def save(self, folder: Path) -> None:
        """Write the program into a folder, which is made; JSON and arrays, no code."""
        from litmus.program.storage import save

        save(self.pipelines, folder)

    @classmethod
    def load(cls, folder: Path) -> Program:
        """Read what `save` wrote.

        Raises:
            BundleError: when a file is missing, damaged, altered or of a newer version.
        """
        from litmus.program.storage import load

        return load(folder)


def _inputs(nodes: Sequence[Node]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for node in nodes:
        if node.operation == "input":
            column, kind = node.constants["column"], node.kind
            if found.setdefault(column, kind) != kind:
                raise ValueError(f"The column {column!r} is read as {found[column]} and as {kind}.")
    return found


def _is_slot(text: str) -> bool:
    return text.startswith("b[") and text[2:-1].isdecimal()


def _store(code: RowCode, node: Node, name: str) -> None:
    """Add the lines that make the number `name` a feature: infinite and too large ones are missing."""
    slot, finite = code.slot(node), operation_named(node.operation).finite
    if name != slot:
        code.add(f"{slot} = {name}" if finite else f"{slot} = {name} if -{HALFWAY!r} < {name} < {HALFWAY!r} else nan")
    elif not finite:
        code.add(f"if not -{HALFWAY!r} < {slot} < {HALFWAY!r}:", f"    {slot} = nan")
