"""Bodies in Arrow, Parquet and JSON lines, and answers in the form that is wanted."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from running_server import Running

from litmus.serve.config import LimitsConfig
from litmus.serve.refusal import Refusal
from litmus.serve.table_bodies import parse_table

TABLE = pa.table({"age": [3, 39, 17], "city": ["Delft", None, "Oslo"]})
LABELS = ["minor", "adult", "minor"]
STREAM, FILE, PARQUET = (
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.arrow.file",
    "application/vnd.apache.parquet",
)


def arrow(table: pa.Table, *, stream: bool = True, **options) -> bytes:
    written = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(
        written, table.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as writer:
        writer.write_table(table)
    return written.getvalue()


def parquet(table: pa.Table, **options) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written, **options)
    return written.getvalue()


BODIES = {
    "application/json": json.dumps(TABLE.to_pylist()).encode(),
    "text/csv": b"age,city\n3,Delft\n39,\n17,Oslo\n",
    "application/jsonlines": b"\n".join(json.dumps(row).encode() for row in TABLE.to_pylist()) + b"\n",
    STREAM: arrow(TABLE),
    FILE: arrow(TABLE, stream=False),
    PARQUET: parquet(TABLE),
}


def predictions(kind: str, body: bytes) -> list:
    kind = kind.partition(";")[0]
    if kind == "application/json":
        return json.loads(body)["predictions"]
    if kind == "application/jsonlines":
        return [json.loads(line)["prediction"] for line in body.splitlines()]
    if kind == "text/csv":
        return [line["prediction"] for line in csv.DictReader(io.StringIO(body.decode()))]
    if kind == PARQUET:
        table = pq.read_table(io.BytesIO(body))
    else:
        table = (pa.ipc.open_file if kind == FILE else pa.ipc.open_stream)(body).read_all()
    assert table.column_names == ["prediction", "probability_minor", "probability_adult"]
    return table["prediction"].to_pylist()


@pytest.mark.parametrize("wanted", [None, *BODIES])
@pytest.mark.parametrize("sent", list(BODIES))
def test_every_form_is_read_and_written(server: Running, sent: str, wanted: str | None) -> None:
    headers = {"Content-Type": sent} | ({} if wanted is None else {"Accept": f"application/pdf, {wanted};q=0.9"})
    with server.client() as client:
        answer = client.post("/predict", content=BODIES[sent], headers=headers)
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"]
    assert kind.partition(";")[0] == (wanted or sent)
    assert predictions(kind, answer.content) == LABELS
    assert (answer.headers["x-litmus-model"], answer.headers["x-litmus-variant"]) == ("adults-3", "main")


def test_one_row_may_be_answered_as_csv(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/predict", json={"age": 40}, headers={"Accept": "text/csv"})
    assert answer.text.splitlines()[1].startswith("adult,")


BAD = [
    (STREAM, b"", 400, "not valid Arrow"),
    (STREAM, BODIES[STREAM][:-50], 400, "not valid Arrow"),
    (STREAM, b"\xff" * 100, 400, "not valid Arrow"),
    (FILE, BODIES[STREAM], 400, "not valid Arrow"),
    (PARQUET, b"PAR1", 400, "not valid Parquet"),
    (PARQUET, BODIES[PARQUET][:-20], 400, "not valid Parquet"),
    (STREAM, arrow(TABLE, compression="zstd"), 415, "Compressed Arrow"),
    (FILE, arrow(TABLE, stream=False, compression="lz4"), 415, "Compressed Arrow"),
    (STREAM, arrow(pa.table({"age": list(range(51))})), 413, "50 rows"),
    (PARQUET, parquet(pa.table({"age": list(range(51))})), 413, "50 rows"),
    (STREAM, arrow(pa.table({"age": [[1]]})), 422, "Arrow type"),
    (STREAM, arrow(pa.table([pa.array([1]), pa.array([2])], names=["age", "age"])), 400, "twice"),
    (PARQUET, parquet(pa.table({"city": ["x"]})), 422, "age"),
    ("application/jsonlines", b'{"age": 1}\n{"age": 2', 400, "Line 2"),
    ("application/jsonlines", b"[1]", 422, "Line 1"),
    ("application/jsonlines", b'{"age": 1}\n' * 51, 413, "50 rows"),
]


@pytest.mark.parametrize(("kind", "body", "status", "words"), BAD, ids=[f"{b[0][-14:]}-{b[3]}" for b in BAD])
def test_bad_tables_get_one_sentence(server: Running, kind: str, body: bytes, status: int, words: str) -> None:
    with server.client() as client:
        answer = client.post("/predict", content=body, headers={"Content-Type": kind})
        assert client.post("/predict", json={"age": 3}).status_code == 200
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


def test_what_unpacks_to_too_much_is_refused() -> None:
    body = parquet(pa.table({"age": ["x" * 300_000_000]}))
    with pytest.raises(Refusal, match="unpacks"):
        parse_table("parquet", body, LimitsConfig())


@pytest.mark.parametrize("encoded", [True, False])
def test_a_long_text_that_stands_in_every_row_is_kept_once_or_refused(encoded: bool) -> None:
    texts = pa.array(["x" * 1_000_000] * 1_000)
    table = pa.table({"age": texts.dictionary_encode() if encoded else texts})
    body = parquet(table, use_dictionary=True)
    assert len(body) < 1_000_000
    if encoded:
        rows = parse_table("parquet", body, LimitsConfig())
        assert len({id(row["age"]) for row in rows}) <= 16
    else:
        with pytest.raises(Refusal, match="unpacks"):
            parse_table("parquet", body, LimitsConfig())


def test_lengths_that_lie_are_refused() -> None:
    offsets, letters = np.array([0, 4, 0, 4], dtype=np.int32), b"abcd"
    lying = pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(offsets), pa.py_buffer(letters)])
    with pytest.raises(Refusal, match="not valid Arrow"):
        parse_table("arrow_stream", arrow(pa.table({"age": lying})), LimitsConfig())
