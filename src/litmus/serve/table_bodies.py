"""Rows and answers as Arrow and Parquet; pyarrow is imported for these alone."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.serve.config import LimitsConfig
from litmus.serve.media_types import Form
from litmus.serve.refusal import Refusal
from litmus.serve.reply import Reply
from litmus.serve.request_rows import check_count
from litmus.serve.responses import json_bytes, label_text
from litmus.serve.served import Answers

if TYPE_CHECKING:
    from litmus.serve.service import Variant

__all__ = ["parse_table", "table_reply"]

_TYPES = {
    "arrow_stream": "application/vnd.apache.arrow.stream",
    "arrow_file": "application/vnd.apache.arrow.file",
    "parquet": "application/vnd.apache.parquet",
}
_UNPACKED_BYTES = 64 * 1024 * 1024  # or four times what a body may have
_BATCH_ROWS = 1_000


def parse_table(form: Form, body: bytes, limits: LimitsConfig) -> list[dict[str, Any]]:
    """The rows of a body in Arrow's stream or file format, or in Parquet.

    What a few bytes unpack to is bounded before it is unpacked.

    Raises:
        Refusal: 415 without pyarrow, 400 when the body is none of that form, 413 when there is too much in it.
    """
    pa = _pyarrow()
    try:
        return _parsed(pa, form, body, limits)
    except Refusal as refusal:
        refused = Refusal(refusal.status, refusal.sentence)  # the frames of the first one hold what was unpacked
    pa.default_memory_pool().release_unused()  # of a body that was meant to fill the memory nothing stays
    raise refused


def _parsed(pa: Any, form: Form, body: bytes, limits: LimitsConfig) -> list[dict[str, Any]]:
    allowed = max(_UNPACKED_BYTES, 4 * limits.max_body_bytes)
    try:
        batches = _parquet_batches(body, limits, allowed) if form == "parquet" else _arrow_batches(pa, form, body)
        rows: list[dict[str, Any]] = []
        size = 0
        for batch in batches:
            size += batch.get_total_buffer_size()
            check_count(len(rows) + batch.num_rows, limits)
            if size > allowed:
                raise _too_much(allowed)
            batch.validate(full=True)  # what a stranger says of its lengths and places is not to be trusted
            rows.extend(_rows_of(pa, batch))
    except (pa.ArrowException, OSError, ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
        kind = "Parquet" if form == "parquet" else "Arrow"
        reason = " ".join(str(error).split())[:200]
        raise Refusal(400, f"The body is not valid {kind}: {reason or type(error).__name__}.") from None
    return rows


def _rows_of(pa: Any, batch: Any) -> list[dict[str, Any]]:
    names = batch.schema.names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refusal(400, f"The column {twice[:80]!r} is there twice; send it once.")
    columns = [_values(pa, name, column) for name, column in zip(names, batch.columns, strict=True)]
    if not columns:
        return [{} for _ in range(batch.num_rows)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(pa: Any, name: str, column: Any) -> list[Any]:
    """A column's values; one that stands in many rows and was sent once is kept once."""
    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        values = _values(pa, name, column.dictionary)
        return [None if index is None else values[index] for index in column.indices.to_pylist()]
    plain = (types.is_null, types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_string,
             types.is_large_string, types.is_string_view, types.is_date, types.is_timestamp)  # fmt: skip
    if not any(check(kind) for check in plain):
        raise Refusal(
            422, f"Column {name[:80]!r} has the Arrow type {str(kind)[:80]}; send numbers, truths, text or times."
        )
    found: list[Any] = column.to_pylist()
    return found


def _pyarrow() -> Any:
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ImportError:
        raise Refusal(
            415, "Arrow and Parquet need pyarrow, which this server lacks (pip install pyarrow); send JSON or CSV."
        ) from None
    return pa


def _too_much(allowed: int) -> Refusal:
    return Refusal(
        413,
        f"The body unpacks to more than {allowed >> 20} MiB, which this server takes; send the rows in parts.",
    )


def _arrow_batches(pa: Any, form: Form, body: bytes) -> Iterator[Any]:
    source = pa.BufferReader(body)
    if form == "arrow_file":
        reader = pa.ipc.open_file(source)
        if body[:6] == b"ARROW1":  # the messages stand between the magic and the footer as in a stream
            _refuse_packed(pa, pa.py_buffer(body)[8:])
        yield from (reader.get_batch(number) for number in range(reader.num_record_batches))
        return
    _refuse_packed(pa, pa.py_buffer(body))
    yield from pa.ipc.open_stream(source)


def _refuse_packed(pa: Any, stream: Any) -> None:
    """Refuse compressed buffers: what they unpack to is not known before they are unpacked."""
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(stream)):
        if message.type != "schema" and _is_packed(message.metadata.to_pybytes()):
            raise Refusal(415, "Compressed Arrow buffers are not supported; send them as they are.")


def _is_packed(message: bytes) -> bool:
    """Whether a message's record batch has a `compression`, which is the fourth field of its flat buffer."""

    def table(at: int) -> int:
        return at + struct.unpack_from("<I", message, at)[0]

    def field(at: int, number: int) -> int:
        offsets = at - struct.unpack_from("<i", message, at)[0]
        size = struct.unpack_from("<H", message, offsets)[0]
        place = 4 + 2 * number
        offset = struct.unpack_from("<H", message, offsets + place)[0] if place < size else 0
        return at + offset if offset else 0

    root = table(0)
    kind = field(root, 1)
    header = field(root, 2)
    if not kind or not header:
        return False
    batch = table(header)
    if message[kind] == 2:  # a dictionary: its values are a record batch in the second field
        inner = field(batch, 1)
        if not inner:
            return False
        batch = table(inner)
    return bool(field(batch, 3))


def _parquet_batches(body: bytes, limits: LimitsConfig, allowed: int) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(body))
    described = file.metadata
    check_count(described.num_rows, limits)
    groups = [described.row_group(number) for number in range(described.num_row_groups)]
    unpacked = sum(max(0, group.total_byte_size) for group in groups)
    if unpacked > allowed:
        raise _too_much(allowed)
    # A value may stand in every row and be kept once: a batch holds few enough rows for the longest there could be.
    rows = max(1, min(_BATCH_ROWS, allowed // max(1, unpacked)))
    yield from file.iter_batches(batch_size=rows, use_threads=False)


def table_reply(form: Form, answers: Answers, variant: Variant) -> Reply:
    """A column `prediction`, and for classes a column `probability_LABEL` for each label.

    Raises:
        Refusal: 415 without pyarrow.
    """
    pa = _pyarrow()
    labels = answers.labels.tolist() if isinstance(answers.labels, np.ndarray) else list(answers.labels)
    if any(isinstance(label, dict | list | tuple | np.ndarray) for label in labels):
        labels = [json_bytes(label).decode("utf-8") for label in labels]
    try:
        predicted = pa.array(labels)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # labels of several types
        predicted = pa.array([label_text(label) for label in labels])
    columns = {"prediction": predicted}
    if answers.probabilities is not None:
        for number, key in enumerate(variant.keys):
            columns[f"probability_{key}"] = pa.array(np.ascontiguousarray(answers.probabilities[:, number]))
    table = pa.table(columns)
    written = io.BytesIO()
    if form == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, written)
    else:
        opened = pa.ipc.new_file if form == "arrow_file" else pa.ipc.new_stream
        with opened(written, table.schema) as writer:
            writer.write_table(table)
    return Reply(200, written.getvalue(), _TYPES[form])
