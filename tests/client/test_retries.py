"""What clients do when an endpoint misbehaves: a real one on a real port, that plays what it is told."""

import asyncio
import datetime as dt
import email.utils
import json
import re
import ssl
import subprocess
import time

import pytest
from scripted_server import answer, hang_up, say_nothing, scripted

import litmus
from litmus.client import (
    EndpointError,
    KeyRefusedError,
    OverloadedError,
    Retries,
    RowsRefusedError,
    ServerFailedError,
    TooLateError,
    UnreachableError,
)
from litmus.errors import ParameterError

GOOD = answer(200, b'{"prediction": "yes", "probabilities": {"no": 0.1, "yes": 0.9}, "model": "m-1"}')
BUSY = answer(503, b'{"error": "Too many requests wait."}')
QUICK = Retries(attempts=4, first_wait=0.01, longest_wait=0.05, total_seconds=10)


def ask_sync(url, method="predict", arguments=({"age": 3},), **options):
    with litmus.Client(url, **{"retries": QUICK, **options}) as client:
        return getattr(client, method)(*arguments)


def ask_async(url, method="predict", arguments=({"age": 3},), **options):
    async def ask():
        async with litmus.AsyncClient(url, **{"retries": QUICK, **options}) as client:
            return await getattr(client, method)(*arguments)

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["client", "async"])
def ask(request):
    return request.param


@pytest.mark.parametrize(
    "trouble", [BUSY, answer(429), answer(502), answer(504), hang_up], ids=["busy", "429", "502", "504", "hangs up"]
)
def test_a_prediction_is_asked_for_again(ask, trouble):
    with scripted(trouble, trouble, GOOD) as server:
        assert ask(server.url) == "yes"
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 500])
def test_an_answer_that_will_not_change_is_not_asked_for_again(ask, status):
    with (
        scripted(answer(status, b'{"error": "One sentence."}', x_request_id="id-7")) as server,
        pytest.raises(EndpointError, match="^One sentence.$") as failed,
    ):
        ask(server.url)
    assert (failed.value.status, failed.value.request_id, len(server.requests)) == (status, "id-7", 1)


def test_it_gives_up_after_the_attempts_it_was_given(ask):
    with (
        scripted(BUSY) as server,
        pytest.raises(OverloadedError, match="turned the request down in 4 attempts: Too many requests wait"),
    ):
        ask(server.url)
    assert len(server.requests) == 4


def test_retry_after_is_honoured(ask):
    with scripted(answer(429, retry_after="0.3"), GOOD) as server:
        assert ask(server.url) == "yes"
    assert server.moments[1] - server.moments[0] >= 0.3


def test_retry_after_may_be_a_date(ask):
    date = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2), usegmt=True)
    with scripted(answer(503, retry_after=date), GOOD) as server:
        assert ask(server.url) == "yes"
    assert server.moments[1] - server.moments[0] >= 0.9  # dates have whole seconds


def test_a_wait_longer_than_the_time_that_is_left_is_not_begun(ask):
    started = time.monotonic()
    with scripted(answer(503, retry_after="3600")) as server, pytest.raises(OverloadedError):
        ask(server.url)
    assert len(server.requests) == 1
    assert time.monotonic() - started < 5


def test_an_answer_that_does_not_come_is_too_late(ask):
    with scripted(say_nothing) as server, pytest.raises(TooLateError, match="gave no answer in time"):
        ask(server.url, timeout=0.05, retries=Retries(attempts=2, first_wait=0.01))
    assert len(server.requests) == 2


def test_the_total_time_is_kept(ask):
    started = time.monotonic()
    with scripted(say_nothing) as server, pytest.raises(TooLateError):
        ask(server.url, retries=Retries(attempts=50, first_wait=0.01, total_seconds=0.3))
    assert time.monotonic() - started < 5
    assert server.requests


def test_a_connection_is_used_again(ask):
    async def both(server):
        async with litmus.AsyncClient(server.url, retries=QUICK) as client:
            return [await client.predict({"age": 3}) for _ in range(3)]

    with scripted(GOOD) as server:
        if ask is ask_async:
            asyncio.run(both(server))
        else:
            with litmus.Client(server.url, retries=QUICK) as client:
                for _ in range(3):
                    client.predict({"age": 3})
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_connection_that_the_server_closed_is_not_used(ask):
    closing = answer(200, b'{"prediction": "yes"}', connection="close")
    with scripted(closing) as server, litmus.Client(server.url, retries=Retries(attempts=1)) as client:
        assert [client.predict({"age": 3}) for _ in range(3)] == ["yes"] * 3
    assert server.connections == 3


def test_an_idle_connection_that_was_closed_costs_no_attempt():
    def answer_and_leave(connection):
        connection.sendall(GOOD)
        hang_up(connection)

    with scripted(answer_and_leave) as server, litmus.Client(server.url, retries=Retries(attempts=1)) as client:
        assert client.predict({"age": 3}) == "yes"
        time.sleep(0.1)
        assert client.predict({"age": 3}) == "yes"


def told(status, **more):
    return answer(200, json.dumps({"id": "q/1", "status": status, "result": "/async/q/1/result", **more}).encode())


def test_work_that_may_have_been_taken_is_sent_again_under_the_same_name(ask):
    with scripted(hang_up, BUSY, answer(202, b'{"id": "q/1"}')) as server:
        assert ask(server.url, "submit") == "q/1"
    names = {re.search(rb"Idempotency-Key: (\w+)", request)[1] for request in server.requests}
    assert (len(server.requests), len(names)) == (3, 1)


def test_a_result_is_waited_for(ask):
    with scripted(told("waiting"), told("running"), told("done"), answer(200, b'{"predictions": [1, 2]}')) as server:
        assert ask(server.url, "result", ("q/1",)) == [1, 2]
    assert server.requests[0].startswith(b"GET /async/q%2F1 HTTP/1.1\r\n")
    assert server.requests[3].startswith(b"GET /async/q%2F1/result HTTP/1.1\r\n")


def test_a_result_that_went_elsewhere_is_its_place(ask):
    with scripted(told("done", result="s3://bucket/out.csv")) as server:
        assert ask(server.url, "result", ("one",)) == "s3://bucket/out.csv"


def test_a_file_is_queued_by_its_place(ask):
    with scripted(answer(202, b'{"id": "one"}')) as server:
        ask(server.url, "submit", ("s3://bucket/in.csv",))
    assert server.requests[0].endswith(b'{"input":"s3://bucket/in.csv"}')


def test_rows_that_did_not_fit_are_refused_later(ask):
    refusal = answer(422, b'{"error": "age: row 0 has a text."}')
    with scripted(told("failed"), refusal) as server, pytest.raises(RowsRefusedError, match="age: row 0"):
        ask(server.url, "result", ("one",))
    assert len(server.requests) == 2


def test_a_result_that_is_not_there_in_time():
    with (
        scripted(told("running")) as server,
        litmus.Client(server.url) as client,
        pytest.raises(TooLateError, match="not there yet"),
    ):
        client.result("one", wait=0.2)


def test_feedback_names_the_request(ask):
    with scripted(answer(200)) as server:
        ask(server.url, "feedback", ("id-1", "yes"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /feedback")
    assert json.loads(body) == {"request_id": "id-1", "label": "yes"}


def test_a_request_may_be_named():
    with scripted(GOOD) as server, litmus.Client(server.url) as client:
        client.predict({"age": 3}, request_id="order-7")
        with pytest.raises(ParameterError, match="request_id"):
            client.predict({"age": 3}, request_id="a\r\nb")
    assert b"\r\nX-Request-Id: order-7\r\n" in server.requests[0]


def test_a_server_without_arrow_gets_json(ask):
    import pandas as pd

    many = answer(200, b'{"predictions": [1, 2], "model": "m"}')
    with scripted(answer(415), many) as server:
        assert list(ask(server.url, "predict", (pd.DataFrame({"age": [3, 4]}),))) == [1, 2]
    assert b"vnd.apache.arrow.stream" in server.requests[0]
    assert server.requests[1].endswith(b'[{"age":3},{"age":4}]')


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    ],
    ids=range(8),
)
def test_what_is_no_answer_is_one_sentence(ask, nonsense):
    with scripted(nonsense) as server, pytest.raises(UnreachableError, match="could not be reached"):
        ask(server.url, retries=Retries(attempts=1))


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"", b"\xff"])
def test_an_answer_of_something_else_is_one_sentence(ask, body):
    with scripted(answer(200, body)) as server, pytest.raises(ServerFailedError, match="none of a Litmus endpoint"):
        ask(server.url)


def test_an_error_without_a_sentence(ask):
    with scripted(answer(403, b"<html>proxy</html>")) as server, pytest.raises(KeyRefusedError, match="status 403"):
        ask(server.url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context, folder / "certificate.pem"


def test_tls_with_a_certificate_that_is_given(ask, certificate):
    context, file = certificate
    with scripted(GOOD, context=context) as server:
        assert ask(server.url, certificate=file) == "yes"


def test_a_certificate_that_is_not_trusted_is_refused(ask, certificate):
    with (
        scripted(GOOD, context=certificate[0]) as server,
        pytest.raises(UnreachableError, match=r"not trusted here.*certificate=") as failed,
    ):
        ask(server.url)
    assert failed.value.status is None
    assert server.requests == []


@pytest.mark.parametrize("options", [{"attempts": 0}, {"attempts": 1.5}, {"first_wait": 0}, {"total_seconds": "1"}])
def test_patience_is_checked(options):
    with pytest.raises(ParameterError, match="is not allowed"):
        Retries(**options)
