"""Rows on their way to an endpoint, and answers on their way back."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from litmus.errors import ParameterError, PredictionError

__all__ = ["ARROW", "JSON", "Given", "Part", "given_rows", "joined", "plain_json"]

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"


@dataclasses.dataclass(frozen=True)
class Given:
    """Rows as the caller has them.

    Attributes:
        kind: "one" row, a "list" of rows, or a "frame".
        count: how many rows there are.
        rows: a function from start and end to these rows as a list of dicts.
        arrow: the same rows as an Arrow table, where they came in a frame and Arrow is installed.
        index: of a pandas frame, else None.
    """

    kind: Literal["one", "list", "frame"]
    count: int
    rows: Callable[[int, int], Sequence[Mapping[str, Any]]]
    arrow: Any = None
    index: Any = None

    def parts(self, size: int, *, as_arrow: bool) -> Iterator[Part]:
        """The bodies of the requests, of at most `size` rows each; one, when there are no rows."""
        for start in range(0, max(self.count, 1), size):
            end = min(start + size, self.count)
            if as_arrow and self.arrow is not None:
                yield Part(_arrow_bytes(self.arrow.slice(start, end - start)), ARROW, end - start)
            else:
                rows = self.rows(start, end)
                yield Part(plain_json(rows[0] if self.kind == "one" else rows), JSON, end - start)


@dataclasses.dataclass(frozen=True)
class Part:
    """The body of one request, its content type, and how many rows it has."""

    body: bytes
    content_type: str
    count: int


def given_rows(rows: Any) -> Given:
    """What the caller gave.

    Raises:
        PredictionError: when it is neither a row, a list of rows nor a frame.
    """
    if isinstance(rows, Mapping):
        if not any(_is_column(value) for value in rows.values()):
            return Given("one", 1, lambda _start, _end: [rows])
        return _of_columns(rows)
    if isinstance(rows, list | tuple):
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise PredictionError(
                    f"Row {number} is a {type(row).__name__}; every row must be a dict of column: value."
                )
        return Given("list", len(rows), lambda start, end: rows[start:end])
    if hasattr(rows, "to_pandas") or hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "to_dict"):
        return _of_frame(rows)
    raise PredictionError(
        f"A {type(rows).__name__} is no row; give a dict, a list of dicts, or a frame (a file: `litmus predict`)."
    )


def _is_column(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def _of_columns(columns: Mapping[str, Any]) -> Given:
    lengths = {len(values) for values in columns.values() if _is_column(values)}
    if len(lengths) != 1 or not all(_is_column(values) for values in columns.values()):
        raise PredictionError("A dict of columns must have lists of one length; for one row give single values.")
    names, count = list(columns), lengths.pop()

    def between(start: int, end: int) -> list[dict[str, Any]]:
        return [
            dict(zip(names, row, strict=True))
            for row in zip(*(columns[name][start:end] for name in names), strict=True)
        ]

    return Given("frame", count, between)


def _of_frame(frame: Any) -> Given:
    index = getattr(frame, "index", None)
    if index is not None and hasattr(index, "to_pandas"):  # of a frame that is like pandas'
        index = index.to_pandas()
    table = _arrow_table(frame)
    if table is not None:
        return Given(
            "frame", table.num_rows, lambda start, end: table.slice(start, end - start).to_pylist(), table, index
        )
    records = frame.to_dict("records") if hasattr(frame, "to_dict") else frame.to_pandas().to_dict("records")
    return Given("frame", len(records), lambda start, end: records[start:end], None, index)


def _arrow_table(frame: Any) -> Any:
    """The frame as an Arrow table, or None where Arrow is not installed or does not know what is in it."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    held = frame.to_pandas() if not hasattr(frame, "__arrow_c_stream__") else frame
    try:
        if type(held).__module__.partition(".")[0] == "pandas":
            return pa.Table.from_pandas(held, preserve_index=False).replace_schema_metadata()
        table = pa.table(held)
        fields = [
            field.with_type(pa.string()) if pa.types.is_string_view(field.type) else field for field in table.schema
        ]
        return table.cast(pa.schema(fields))  # views are of the newest libraries only
    except (pa.ArrowException, TypeError, ValueError):
        return None


def _arrow_bytes(table: Any) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def plain_json(value: Any) -> bytes:
    """JSON in UTF-8, of values as frames hold them; what is missing becomes null.

    Raises:
        ParameterError: when there is something that JSON does not have.
    """
    import msgspec

    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise ParameterError(f"The rows cannot be sent as JSON: {error}.") from error


def _plain(value: Any) -> Any:
    if hasattr(value, "item") and hasattr(value, "dtype"):
        return (
            None
            if getattr(value.dtype, "kind", "") in "Mm" and str(value) == "NaT"
            else (str(value) if value.dtype.kind in "Mm" else value.item())
        )
    if str(value) in ("<NA>", "NaT"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no value of a row")


def joined(given: Given, labels: list[Any]) -> Any:
    """Labels in the form that the rows had: one, a list, or a pandas Series (a DataFrame, of several targets)."""
    if given.kind == "one":
        return labels[0]
    if given.kind == "list":
        return labels
    import pandas as pd

    index = pd.RangeIndex(given.count) if given.index is None else given.index
    if labels and all(isinstance(label, dict) for label in labels):
        return pd.DataFrame(labels, index=index)
    return pd.Series(labels, index=index, dtype=None if labels else object).infer_objects()
