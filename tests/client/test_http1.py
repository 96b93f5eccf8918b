"""Reading answers: the same whatever the pieces they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.client.http1 import AnswerReader, MalformedError


def chunked(body, sizes):
    parts = []
    while body:
        size = max(1, next(sizes, len(body)))
        parts.append(f"{len(body[:size]):x};ext=1\r\n".encode() + body[:size] + b"\r\n")
        body = body[size:]
    return b"".join([*parts, b"0\r\nX-Trailer: 1\r\n\r\n"])


def read(data, cuts):
    reader = AnswerReader()
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for start, end in zip(places, places[1:], strict=False):
        assert reader.answer is None
        reader.feed(data[start:end])
    if reader.answer is None:
        reader.end()
    return reader.answer


@given(
    body=st.binary(max_size=300),
    framing=st.sampled_from(["length", "chunked", "end"]),
    cuts=st.lists(st.integers(0, 700), max_size=20),
    sizes=st.lists(st.integers(1, 50), max_size=20),
    interim=st.booleans(),
)
def test_an_answer_is_the_same_in_any_pieces(body, framing, cuts, sizes, interim):
    head = b"HTTP/1.1 100 Continue\r\n\r\n" if interim else b""
    head += b"HTTP/1.1 207 Multi-Status\r\nX-One:  a b \r\n"
    if framing == "length":
        data = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    elif framing == "chunked":
        data = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, iter(sizes))
    else:
        data = head + b"\r\n" + body
    found = read(data, cuts)
    assert (found.status, found.headers["x-one"], found.body) == (207, "a b", body)
    assert found.keep == (framing != "end")


@given(st.binary(max_size=400))
def test_anything_else_is_malformed_and_nothing_worse(data):
    reader = AnswerReader()
    try:
        reader.feed(data)
        reader.end()
    except MalformedError:
        pass


@pytest.mark.parametrize(
    ("head", "keep"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_whether_a_connection_may_be_used_again(head, keep):
    assert read(head + b"Content-Length: 0\r\n\r\n", []).keep is keep


def test_what_comes_after_an_answer_ends_the_connection():
    assert read(b"HTTP/1.1 204 No Content\r\n\r\nmore", []).keep is False


def test_an_answer_cut_short_is_malformed():
    reader = AnswerReader()
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    with pytest.raises(MalformedError, match="ended before"):
        reader.end()
