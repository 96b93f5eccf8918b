"""Bad input of every kind against a real server: each answer is a 4xx with one sentence, and the server is as healthy as before.

The cases run against one server in their order; the last test compares its health with that of the beginning.
"""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import json
import random
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_requests import Answered, post, send
from running_server import Running, start, stop
from schemathesis import GenerationMode

from trained_models import people, train_model

MEBIBYTE = 1 << 20
ALLOWED_GROWTH = 96 * MEBIBYTE  # of a server that holds at most 1 MiB of a body: threads and allocators keep some
ROW = {"age": 39, "city": "Oslo", "height": 171.5, "member": True, "since": "2021-05-05"}


@dataclasses.dataclass
class Health:
    memory: int
    threads: int
    files: int


@dataclasses.dataclass
class Fuzzed:
    running: Running
    right: bytes
    before: Health

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def key(self) -> str:
        return self.running.key

    def health(self) -> Health:
        process = psutil.Process(self.running.process.pid)
        return Health(process.memory_info().rss, process.num_threads(), process.num_fds())

    def ask(self) -> Answered:
        return send(self.url, post("/predict", json.dumps(ROW).encode(), self.key))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("fuzzed")
    path = train_model(people(200), target="rich").model.save(folder / "small.litmus")
    running = start(str(path), folder / "log", max_rows=1_000, max_body_bytes=MEBIBYTE, timeout_seconds=2)
    found = Fuzzed(running, b"", Health(0, 0, 0))
    for _ in range(25):  # until threads and code are there
        found.right = found.ask().body
        send(found.url, post("/predict", json.dumps([ROW] * 900).encode(), found.key))
    found.before = found.health()
    yield found
    stop(running)


def check_refused(answered: Answered, *statuses: int) -> str:
    """One sentence in JSON, for the status that was meant, without anything of the inside."""
    assert answered.status in statuses, answered
    assert b"content-type: application/json" in answered.head.lower()
    found = answered.json
    assert found.keys() == {"error"}
    sentence = found["error"]
    assert sentence.isprintable()
    assert 10 < len(sentence) < 1_000
    assert sentence[-1] in ".)"
    for inside in ("Traceback", "site-packages", ".py", "litmus/", "0x7", "Error:", "Exception"):
        assert inside not in sentence
    return sentence


def test_whatever_the_description_allows_and_forbids_is_answered(fuzzed):
    with fuzzed.running.client() as client:
        document = client.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=fuzzed.url)
    counts: dict[int, int] = {}
    for operation in (found.ok() for found in schema.get_all_operations()):
        if operation.method.upper() == "GET" and not operation.path_parameters:
            modes = [GenerationMode.POSITIVE]
        else:
            modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        for mode in modes:
            _check_operation(operation, mode, fuzzed, counts)
    assert counts.keys() <= {200, 202, 400, 404, 408, 413, 415, 422}
    assert {200, 400, 422} <= counts.keys(), counts


def _check_operation(operation, mode, fuzzed, counts):
    @settings(max_examples=12, suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def one(case):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {fuzzed.key}"}  # wrong ones: below
        response = case.call()
        counts[response.status_code] = counts.get(response.status_code, 0) + 1
        assert response.status_code < 500, (case.body, response.text)
        case.validate_response(
            response,
            checks=[
                schemathesis.checks.not_a_server_error,
                schemathesis.checks.CHECKS.get_one("status_code_conformance"),
                schemathesis.checks.CHECKS.get_one("response_schema_conformance"),
                schemathesis.checks.CHECKS.get_one("content_type_conformance"),
            ],
        )

    one()


JSON_BODIES = {
    "empty": b"",
    "cut short": json.dumps([ROW] * 3).encode()[:-7],
    "text": b"hello",
    "NaN": b'{"age": NaN}',
    "Infinity": b'{"age": Infinity}',
    "overflow": b'{"age": 1e999}',
    "huge number": b'{"age": ' + b"9" * 100_000 + b"}",
    "nested lists": b"[" * 200_000,
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nested in a row": b'{"age": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "not UTF-8": b'{"city": "\xff\xfe"}',
    "half a surrogate": b'{"city": "\\ud800"}',
    "two documents": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf[",
    "null bytes": b"\x00" * 1000,
    "list of numbers": b"[1, 2, 3]",
    "list of lists": b"[[1, 2], [3, 4]]",
    "number": b"5",
    "null": b"null",
    "truth": b"true",
    "text in quotes": b'"row"',
    "wrong type": json.dumps({**ROW, "age": "old"}).encode(),
    "object for a number": json.dumps({**ROW, "age": {"$gt": 0}}).encode(),
    "list for a number": json.dumps({**ROW, "age": [1, 2]}).encode(),
    "text for a date": json.dumps({**ROW, "since": "yesterday; DROP TABLE"}).encode(),
    "too many rows": json.dumps([{"age": 1}] * 1_001).encode(),
    "one bad row of many": json.dumps([ROW] * 500 + [{**ROW, "height": "tall"}]).encode(),
}


@pytest.mark.parametrize("name", JSON_BODIES)
@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_bad_json(fuzzed, name, path):
    check_refused(send(fuzzed.url, post(path, JSON_BODIES[name], fuzzed.key)), 400, 413, 422)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"unknown": 1},
        {**ROW, "unknown": {"deep": [1]}},
        {"": 1},
        {"__class__": 1, **ROW},
        dict.fromkeys(map(str, range(5_000)), 1),
    ],
    ids=["empty", "other", "extra", "no name", "dunder", "wide"],
)
def test_missing_and_extra_fields_are_answered(fuzzed, row):
    answered = send(fuzzed.url, post("/predict", json.dumps(row).encode(), fuzzed.key))
    if answered.status != 200:
        check_refused(answered, 422)


def test_a_name_in_a_message_is_cut(fuzzed):
    row = {**ROW, "age": "x" * 50_000}
    check_refused(send(fuzzed.url, post("/predict", json.dumps(row).encode(), fuzzed.key)), 422)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"age,age\n1,2\n"),
        ("text/csv", b'age\n"open'),
        ("text/csv", b"age\n1,2,3\n"),
        ("text/csv", b"\xff\xfe"),
        ("text/csv", b"age\n" + b"1\n" * 1_001),
        ("text/csv", b"\n\n\n"),
        ("application/jsonlines", b'{"age": 1}\n{"age": \n'),
        ("application/jsonlines", b"[1]\n"),
        ("application/vnd.apache.arrow.stream", b"ARROW1"),
        ("application/vnd.apache.arrow.stream", b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x00" * 64),
        ("application/vnd.apache.arrow.file", b"ARROW1\x00\x00" + b"\x00" * 64 + b"\xff\xff\xff\x7fARROW1"),
        ("application/vnd.apache.parquet", b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1"),
        ("application/vnd.apache.parquet", b""),
    ],
)
def test_bad_bodies_of_other_forms(fuzzed, content_type, body):
    check_refused(send(fuzzed.url, post("/predict", body, fuzzed.key, content_type=content_type)), 400, 413, 415, 422)


def test_tables_that_unpack_to_more_than_a_body_may_have_are_refused(fuzzed):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    bomb = pa.table({"city": pa.array(["a" * 1_000_000]).take(pa.array([0] * 500))})
    file = io.BytesIO()
    pq.write_table(bomb, file, compression="zstd", use_dictionary=True)
    assert len(file.getvalue()) < MEBIBYTE
    answered = send(
        fuzzed.url, post("/predict", file.getvalue(), fuzzed.key, content_type="application/vnd.apache.parquet")
    )
    check_refused(answered, 400, 413, 422)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, bomb.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(bomb)
    answered = send(
        fuzzed.url, post("/predict", sink.getvalue(), fuzzed.key, content_type="application/vnd.apache.arrow.stream")
    )
    check_refused(answered, 413, 415)


@settings(max_examples=60)
@given(
    body=st.binary(max_size=300),
    content_type=st.sampled_from(
        ["application/json", "text/csv", "application/jsonlines", "application/vnd.apache.arrow.stream",
         "application/vnd.apache.arrow.file", "application/vnd.apache.parquet"]
    ),
)  # fmt: skip
def test_any_bytes_are_answered(fuzzed, body, content_type):
    answered = send(fuzzed.url, post("/predict", body, fuzzed.key, content_type=content_type))
    if answered.status != 200:  # a line of text is the heading of a CSV without rows
        check_refused(answered, 400, 413, 415, 422)


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "a" * 5_000,
        "/",
        "\xff",
    ],
)
def test_wrong_content_types(fuzzed, content_type):
    check_refused(send(fuzzed.url, post("/predict", b"{}", fuzzed.key, content_type=content_type)), 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_compressed_bodies_are_not_unpacked(fuzzed, encoding):
    bomb = gzip.compress(b" " * (50 * MEBIBYTE))
    check_refused(send(fuzzed.url, post("/predict", bomb, fuzzed.key, Content_Encoding=encoding)), 415)


def head(fuzzed, *lines, key=True):
    held = [f"Authorization: Bearer {fuzzed.key}"] if key else []
    return "\r\n".join(
        ["POST /predict HTTP/1.1", "Host: x", "Content-Type: application/json", *held, *lines, "", ""]
    ).encode()


def test_a_body_of_a_gibibyte_is_refused_as_soon_as_it_is_announced(fuzzed):
    piece = b"[" + b" " * (MEBIBYTE - 1)
    announced = itertools.chain([head(fuzzed, f"Content-Length: {1 << 30}")], itertools.repeat(piece, 1024))
    check_refused(send(fuzzed.url, announced), 413)
    assert fuzzed.health().memory < fuzzed.before.memory + ALLOWED_GROWTH


def test_a_body_of_a_gibibyte_without_a_length_is_refused_when_it_is_too_long(fuzzed):
    chunk = b"100000\r\n" + b" " * MEBIBYTE + b"\r\n"
    streamed = itertools.chain([head(fuzzed, "Transfer-Encoding: chunked")], itertools.repeat(chunk, 1024))
    check_refused(send(fuzzed.url, streamed), 413)
    assert fuzzed.health().memory < fuzzed.before.memory + ALLOWED_GROWTH


def test_a_client_that_waits_for_leave_is_refused_before_it_sends(fuzzed):
    check_refused(send(fuzzed.url, head(fuzzed, f"Content-Length: {1 << 30}", "Expect: 100-continue")), 413)


@pytest.mark.parametrize(
    "lines",
    [
        [f"X-Header-{number}: {number}" for number in range(5_000)],
        ["X-Long: " + "a" * 200_000],
        ["Cookie: " + "a=b; " * 20_000],
    ],
    ids=["many", "long", "cookies"],
)
def test_a_flood_of_headers(fuzzed, lines):
    check_refused(send(fuzzed.url, head(fuzzed, *lines, "Content-Length: 2") + b"{}"), 400, 431)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\x00c\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"A" * 100_000,
    ],
    ids=[
        "TLS",
        "no version",
        "version",
        "negative length",
        "two lengths",
        "smuggling",
        "chunk",
        "header",
        "null",
        "HTTP/2",
        "letters",
    ],
)
def test_what_is_no_http(fuzzed, data):
    answered = send(fuzzed.url, data)
    assert answered.status == 0 or 400 <= answered.status < 500 or answered.status == 505


@pytest.mark.parametrize("key", [None, "", "wrong", "x" * 10_000, "\xff\xfe", "null", "' OR 1=1 --"])
def test_wrong_keys_learn_nothing(fuzzed, key):
    lines = [] if key is None else [f"Authorization: Bearer {key}".encode("latin-1").decode("latin-1")]
    data = "\r\n".join(["POST /predict HTTP/1.1", "Host: x", *lines, "Content-Length: 2", "", "{}"]).encode("latin-1")
    sentence = check_refused(send(fuzzed.url, data), 401)
    for secret in (fuzzed.key, "age", "city", "small", "rich"):
        assert secret not in sentence
    for path in ("/openapi.json", "/v2/models/small", "/metrics"):
        answered = send(
            fuzzed.url,
            f"GET {path} HTTP/1.1\r\nHost: x\r\n{''.join(line + chr(13) + chr(10) for line in lines)}\r\n".encode(
                "latin-1"
            ),
        )
        assert answered.status in (401, 404)
        assert b"city" not in answered.body


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/v2/models/../../../etc/passwd/infer",
        "/v2/models/..%2f..%2f..%2fetc%2fpasswd/infer",
        "/v2/models/%00/infer",
        "/v2/models/small/versions/..%2f..%2fkeys.json/infer",
        "/v2/models/" + "a" * 10_000 + "/infer",
        "/v2/models/C:%5Cwindows/infer",
        "//etc/passwd",
        "/predict/../keys.json",
        "/\xff",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_paths_lead_nowhere_else(fuzzed, path, method):
    data = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fuzzed.key}\r\nContent-Length: 2\r\n\r\n{{}}"
    answered = send(fuzzed.url, data.encode("latin-1"))
    check_refused(answered, 400, 404, 405, 414, 422)
    assert b"root:" not in answered.body


@pytest.mark.parametrize("target", ["../../etc/passwd", "x" * 5_000, "\xff", "small; rm -rf /"])
def test_targets_that_are_not_there(fuzzed, target):
    answered = send(fuzzed.url, post("/predict", json.dumps(ROW).encode(), fuzzed.key, X_Litmus_Target=target))
    check_refused(answered, 400, 404)


@pytest.mark.parametrize("given_id", ["a\x01b", "x" * 5_000, "<script>", "\xe9"])
def test_an_odd_request_id_is_not_repeated(fuzzed, given_id):
    answered = send(fuzzed.url, post("/predict", json.dumps(ROW).encode(), fuzzed.key, X_Request_Id=given_id))
    assert answered.status in (200, 400)
    assert given_id.encode("latin-1") not in answered.head


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "BREW"])
def test_other_methods(fuzzed, method):
    answered = send(
        fuzzed.url, f"{method} /predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fuzzed.key}\r\n\r\n".encode()
    )
    assert answered.status == 0 or 400 <= answered.status < 500


def test_slow_clients_hold_nobody_up_and_are_sent_away(fuzzed):
    address = urlsplit(fuzzed.url)
    slow = [socket.create_connection((address.hostname, address.port), timeout=30) for _ in range(200)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(
                b"POST /predict HTTP/1.1\r\nX: " if number % 2 else head(fuzzed, "Content-Length: 100000") + b"["
            )
        ends = time.monotonic() + 30
        waiting = set(slow)
        while waiting and time.monotonic() < ends:
            assert fuzzed.ask().status == 200
            for connection in list(waiting):
                connection.settimeout(0.001)
                try:
                    connection.sendall(b"a")
                    answered = connection.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    answered = b""
                assert answered == b"" or answered.startswith(b"HTTP/1.1 408 ")
                waiting.discard(connection)
        assert waiting == set()
    finally:
        for connection in slow:
            connection.close()


def test_clients_that_leave_in_the_middle(fuzzed):
    rng = random.Random(0)
    whole = post("/predict", json.dumps([ROW] * 500).encode(), fuzzed.key)
    address = urlsplit(fuzzed.url)
    for _ in range(200):
        connection = socket.create_connection((address.hostname, address.port), timeout=30)
        connection.sendall(whole[: rng.randrange(len(whole))])
        connection.close()
    assert fuzzed.ask().status == 200


def test_the_server_is_as_healthy_as_before(fuzzed):
    assert fuzzed.running.process.poll() is None
    for _ in range(20):
        answered = fuzzed.ask()
        assert (answered.status, answered.body) == (200, fuzzed.right)
    ends = time.monotonic() + 10
    while fuzzed.health().files > fuzzed.before.files + 2 and time.monotonic() < ends:
        time.sleep(0.1)
    after = fuzzed.health()
    assert after.files <= fuzzed.before.files + 2
    assert after.threads <= fuzzed.before.threads + 4
    assert after.memory < fuzzed.before.memory + ALLOWED_GROWTH
    assert "Traceback" not in fuzzed.running.log.read_text()
