"""What an operation is: its check, its Python code for one row, and its work on arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from litmus.program.graph import Kind, Node

if TYPE_CHECKING:
    from litmus.program.row_code import RowCode

__all__ = ["Operation", "constant", "operation_named", "operations_by_name", "require"]


class Operation:
    """One kind of node. Subclasses write `result`, `row` and `arrays`.

    Attributes:
        constants: the names of its constants.
        finite: whether its numbers are NaN or finite as float32, so that a feature needs no check.
    """

    name: ClassVar[str]
    constants: ClassVar[tuple[str, ...]] = ()
    finite: ClassVar[bool] = False

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        """The kind and width of a node; called for each new node, also for those read from a file.

        Raises:
            ValueError: when the operands or the constants do not fit.
        """
        raise NotImplementedError

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        """The Python expression of the node for one row; lines before it go to `code`.

        Args:
            node: the node.
            operands: how the code names each operand.
            code: where names are bound and lines are added.
        """
        raise NotImplementedError

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        """The node for many rows: float64 (rows,) for numbers, float32 (rows, width) for vectors."""
        raise NotImplementedError


def require(fits: object, what: str) -> None:
    """Raise ValueError unless something fits."""
    if not fits:
        raise ValueError(what)


def constant(constants: Mapping[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """A constant of a type.

    Raises:
        ValueError: when it is absent or of another type.
    """
    value = constants.get(name)
    require(isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool), f"{name} is {value!r}")
    return value


def kinds(operands: Sequence[Node], *expected: Kind) -> None:
    """Check the kinds of the operands.

    Raises:
        ValueError: when they are others.
    """
    given = tuple(operand.kind for operand in operands)
    require(given == expected, f"operands of the kinds {given}; {expected} were expected")


def checked_array(constants: Mapping[str, Any], name: str, dtype: str, dimensions: int) -> np.ndarray:
    """A constant that is an array.

    Raises:
        ValueError: when it is none, or of another type or number of dimensions.
    """
    value = constants.get(name)
    require(isinstance(value, np.ndarray), f"{name} is no array")
    array: np.ndarray = value  # type: ignore[assignment]
    require(array.dtype == np.dtype(dtype), f"{name} has the type {array.dtype}")
    require(array.ndim == dimensions, f"{name} has {array.ndim} dimensions")
    return array


def checked_texts(value: Any, name: str) -> list[str]:
    """A constant that is a list of texts.

    Raises:
        ValueError: when it is not.
    """
    require(isinstance(value, list) and all(type(item) is str for item in value), f"{name} is no list of texts")
    texts: list[str] = value
    return texts


def operations_by_name() -> Mapping[str, Operation]:
    """Every operation."""
    from litmus.program import categories, dates, numbers, own_code, terms, texts

    modules = (numbers, dates, categories, texts, terms, own_code)
    return {operation.name: operation for module in modules for operation in module.OPERATIONS}


_known: dict[str, Operation] = {}


def operation_named(name: str) -> Operation:
    """The operation of this name.

    Raises:
        ValueError: when there is none.
    """
    if not _known:
        _known.update(operations_by_name())
    if name not in _known:
        raise ValueError(f"{name!r} is no operation of this version of Litmus")
    return _known[name]
