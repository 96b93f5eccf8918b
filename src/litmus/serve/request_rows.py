"""From the body of a request to rows: read within bounds, then parsed."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
from typing import Any

import msgspec
from starlette.requests import Request

from litmus.serve.limits import Limits
from litmus.serve.refusal import Refusal

__all__ = ["is_csv", "parse_csv", "parse_json", "read_body"]

_DRAIN_BYTES = 64 * 1024 * 1024
_JSON_TYPES = ("", "application/json", "text/json", "text/plain", "application/x-www-form-urlencoded")
_decoder = msgspec.json.Decoder()


async def read_body(request: Request, limits: Limits) -> bytes:
    """The whole body.

    Raises:
        Refusal: 413 when it is too long, 408 when it takes too long to arrive, 415 when it is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refusal(415, f"Content-Encoding {encoding!r} is not supported; send the body as it is.")
    try:
        async with asyncio.timeout(limits.timeout_seconds):
            return await _read(request, limits.max_body_bytes)
    except TimeoutError:
        raise Refusal(
            408, f"The body did not arrive within {limits.timeout_seconds:g} seconds; send it faster or in parts."
        ) from None


async def _read(request: Request, allowed: int) -> bytes:
    announced = request.headers.get("content-length", "")
    too_long = announced.isdigit() and int(announced) > allowed
    if too_long and "expect" in request.headers:
        raise _too_long(allowed)  # the client waits for our word before it sends anything
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > allowed:
            too_long = True
            chunks.clear()
        if size > allowed + _DRAIN_BYTES:
            break
        if not too_long:
            chunks.append(chunk)
    if too_long:  # what came was read and forgotten: a client that is still sending would miss the answer
        raise _too_long(allowed)
    return b"".join(chunks)


def _too_long(allowed: int) -> Refusal:
    return Refusal(
        413, f"The body is longer than the {allowed:,} bytes this server takes in one request; send the rows in parts."
    )


def is_csv(request: Request) -> bool:
    """Whether the body is CSV rather than JSON.

    Raises:
        Refusal: 415 when the content type says that it is neither.
    """
    given = request.headers.get("content-type", "")
    kind, _, options = given.partition(";")
    kind = kind.strip().lower()
    charset = options.partition("charset=")[2].partition(";")[0].strip(' "').lower()
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Refusal(415, f"The character set {charset!r} is not supported; send UTF-8.")
    if kind in ("text/csv", "application/csv"):
        return True
    if kind in _JSON_TYPES or kind.endswith("+json"):
        return False
    raise Refusal(415, f"Content-Type {kind!r} is not supported; send application/json or text/csv.")


def parse_json(body: bytes, limits: Limits) -> dict[str, Any] | list[dict[str, Any]]:
    """One row (an object) or many (a list of objects).

    Raises:
        Refusal: 400 when the body is not JSON, 422 when it is no row or list of rows, 413 when there are too many.
    """
    try:
        rows = _decoder.decode(body)
    except RecursionError:
        raise Refusal(400, "The body is nested too deeply; send one row as a JSON object, or a list of rows.") from None
    except UnicodeDecodeError as error:
        raise Refusal(400, f"The body is not UTF-8 text (byte {error.start:,} of a string); send UTF-8.") from None
    except msgspec.DecodeError as error:
        raise Refusal(
            400, f"The body is not valid JSON: {error}. Numbers must be finite: send null for missing."
        ) from None
    if isinstance(rows, dict):
        return rows
    if not isinstance(rows, list):
        raise Refusal(422, f"The body is {_article(rows)}; send one row as a JSON object, or a list of rows.")
    _check_count(len(rows), limits)
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Refusal(422, f"Row {number} is {_article(row)}; every row must be a JSON object of column: value.")
    return rows


def parse_csv(body: bytes, limits: Limits) -> list[dict[str, Any]]:
    """The rows of a CSV body, whose first line names the columns; every value is text: the schema says what is a number.

    Raises:
        Refusal: 400 when the body cannot be read as CSV, 413 when there are too many rows.
    """
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        names = next((line for line in lines if line), None)
        rows = list(itertools.islice((line for line in lines if line), limits.max_rows + 1))
    except UnicodeDecodeError as error:
        raise Refusal(400, f"The body is not UTF-8 text (byte {error.start:,}); send UTF-8.") from None
    except csv.Error as error:
        raise _not_csv(str(error)) from None
    if names is None:
        raise _not_csv("it is empty")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _not_csv(f"the column {twice!r} is named twice")
    if any(len(line) > len(names) for line in rows):
        raise Refusal(400, "The body is not valid CSV: a line has more values than the first line has names.")
    _check_count(len(rows), limits)
    return [dict(itertools.zip_longest(names, line)) for line in rows]


def _not_csv(reason: str) -> Refusal:
    return Refusal(400, f"The body is not valid CSV: {reason}. The first line must name the columns.")


def _check_count(rows: int, limits: Limits) -> None:
    if rows > limits.max_rows:
        raise Refusal(
            413, f"The request has more than the {limits.max_rows:,} rows this server takes; send them in parts."
        )


def _article(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "a value")
