"""Writing ONNX files: the few messages of the format that predictors need, encoded from arrays.

The format is protocol buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Writing its bytes here, with whole
arrays at once, needs no `onnx` package where a model is served, and turns a forest of millions of nodes into a file in a
fraction of a second.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["Graph", "Tensor", "model_bytes"]

_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11}
_IR_VERSION = 10
_OPSET, _TREES_OPSET = 21, 5


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An attribute that is a tensor; an array by itself is a list of numbers."""

    values: np.ndarray


Value = int | float | str | np.ndarray | Tensor | Sequence[str]
"""An attribute of a node."""


@dataclasses.dataclass
class Graph:
    """A graph under construction: its inputs, constants, nodes and outputs.

    Example:
        >>> graph = Graph()
        >>> graph.input("x", "float32", ("rows", 3))
        'x'
        >>> graph.output(graph.add("Sigmoid", ["x"]), "float32", ("rows", 3))
        >>> len(graph.nodes)
        1
    """

    nodes: list[bytes] = dataclasses.field(default_factory=list)
    constants: list[bytes] = dataclasses.field(default_factory=list)
    inputs: list[bytes] = dataclasses.field(default_factory=list)
    outputs: list[bytes] = dataclasses.field(default_factory=list)

    def input(self, name: str, dtype: str, shape: Sequence[str | int]) -> str:
        """Declare an input; a name instead of a size is a size that may differ from call to call."""
        self.inputs.append(_value_info(name, dtype, shape))
        return name

    def output(self, name: str, dtype: str, shape: Sequence[str | int]) -> None:
        """Declare what a node computed to be an output."""
        self.outputs.append(_value_info(name, dtype, shape))

    def constant(self, values: np.ndarray) -> str:
        """Add a constant and return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(_tensor(values, name))
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        attributes: Mapping[str, Value] | None = None,
        *,
        domain: str = "",
    ) -> str:
        """Add a node with one output and return the output's name."""
        name = f"v{len(self.nodes)}"
        parts = [_text(1, given) for given in inputs]
        parts += [_text(2, name), _text(4, operator)]
        parts += [_bytes(5, _attribute(key, value)) for key, value in (attributes or {}).items()]
        parts.append(_text(7, domain))
        self.nodes.append(b"".join(parts))
        return name


def model_bytes(graph: Graph, *, trees_version: int = _TREES_OPSET) -> bytes:
    """The graph as the content of an `.onnx` file.

    Args:
        graph: the graph.
        trees_version: of the operators of "ai.onnx.ml".
    """
    body = [
        *(_bytes(1, node) for node in graph.nodes),
        _text(2, "predictor"),
        *(_bytes(5, constant) for constant in graph.constants),
        *(_bytes(11, given) for given in graph.inputs),
        *(_bytes(12, made) for made in graph.outputs),
    ]
    opsets = [_bytes(8, _number(2, _OPSET)), _bytes(8, _text(1, "ai.onnx.ml") + _number(2, trees_version))]
    return b"".join([_number(1, _IR_VERSION), _text(2, "litmus"), _bytes(7, b"".join(body)), *opsets])


def _attribute(name: str, value: Value) -> bytes:
    parts = [_text(1, name)]
    if isinstance(value, str):
        parts += [_text(4, value), _number(20, 3)]
    elif isinstance(value, float):
        parts += [_key(2, _FIXED32), np.float32(value).tobytes(), _number(20, 1)]
    elif isinstance(value, int):
        parts += [_number(3, value), _number(20, 2)]
    elif isinstance(value, Tensor):
        parts += [_bytes(5, _tensor(value.values, "")), _number(20, 4)]
    elif not isinstance(value, np.ndarray):
        known = {text: _text(9, text) for text in set(value)}
        parts += [*map(known.__getitem__, value), _number(20, 8)]
    elif value.dtype.kind == "f":
        parts += [_bytes(7, value.astype("<f4").tobytes()), _number(20, 6)]
    else:
        parts += [_bytes(8, _varints(value)), _number(20, 7)]
    return b"".join(parts)


def _tensor(values: np.ndarray, name: str) -> bytes:
    shape = _bytes(1, _varints(np.array(values.shape, dtype=np.int64))) if values.ndim else b""
    return b"".join(
        [
            shape,
            _number(2, _TYPES[values.dtype.name]),
            _text(8, name),
            _bytes(9, np.ascontiguousarray(values).tobytes()),
        ]
    )


def _value_info(name: str, dtype: str, shape: Sequence[str | int]) -> bytes:
    sizes = [_bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape]
    tensor = _number(1, _TYPES[dtype]) + _bytes(2, b"".join(sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + _varint(value & (1 << 64) - 1)


def _bytes(field: int, content: bytes) -> bytes:
    return b"".join([_key(field, _BYTES), _varint(len(content)), content])


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode()) if text else b""


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _varints(values: np.ndarray) -> bytes:
    """Non-negative integers, seven bits a byte, the lowest first; all but the last byte of a number have the top bit.

    All take as many bytes as the largest: readers take zeros at the end, and whole arrays are written at once.
    """
    values = values.astype(np.int64, copy=False)
    most = max(1, -(-int(values.max(initial=0)).bit_length() // 7))
    encoded = np.empty((len(values), most), dtype=np.uint8)
    for byte in range(most):
        more = 0x80 if byte < most - 1 else 0
        encoded[:, byte] = (values >> 7 * byte & 0x7F) | more
    return encoded.tobytes()
