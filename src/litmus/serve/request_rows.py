"""From the body of a request to rows: read within bounds, then parsed."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
from typing import TYPE_CHECKING, Any

import msgspec

from litmus.serve.body_budget import HeldBody
from litmus.serve.config import LimitsConfig
from litmus.serve.media_types import Form
from litmus.serve.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["check_count", "parse_csv", "parse_json", "parse_lines", "parse_rows", "read_body"]

_DRAIN_BYTES = 64 * 1024 * 1024
_COUNTED_BYTES = 64 * 1024
_decoder = msgspec.json.Decoder()
_pieces = msgspec.json.Decoder(list[msgspec.Raw])


async def read_body(request: Request, limits: LimitsConfig, held: HeldBody) -> bytes:
    """The whole body, which `held` counts.

    Raises:
        Refusal: 413 when it is too long, 408 when it takes too long to arrive, 415 when it is compressed, 503 when the
            bodies of all requests are too large together.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refusal(415, f"Content-Encoding {encoding!r} is not supported; send the body as it is.")
    try:
        async with asyncio.timeout(limits.timeout_seconds):
            return await _read(request, limits.max_body_bytes, held)
    except TimeoutError:
        raise Refusal(
            408, f"The body did not arrive within {limits.timeout_seconds:g} seconds; send it faster or in parts."
        ) from None


async def _read(request: Request, allowed: int, held: HeldBody) -> bytes:
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
            held.take(len(chunk))
            chunks.append(chunk)
    if too_long:  # what came was read and forgotten: a client that is still sending would miss the answer
        raise _too_long(allowed)
    return b"".join(chunks)


def _too_long(allowed: int) -> Refusal:
    return Refusal(
        413, f"The body is longer than the {allowed:,} bytes this server takes in one request; send the rows in parts."
    )


def parse_json(body: bytes, limits: LimitsConfig) -> dict[str, Any] | list[dict[str, Any]]:
    """One row (an object) or many (a list of objects).

    Raises:
        Refusal: 400 when the body is not JSON, 422 when it is no row or list of rows, 413 when there are too many.
    """
    try:
        if len(body) > _COUNTED_BYTES and body.lstrip()[:1] == b"[":  # a list of millions is counted before it is made
            check_count(len(_pieces.decode(body)), limits)
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
    check_count(len(rows), limits)
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Refusal(422, f"Row {number} is {_article(row)}; every row must be a JSON object of column: value.")
    return rows


def parse_csv(body: bytes, limits: LimitsConfig) -> list[dict[str, Any]]:
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
    check_count(len(rows), limits)
    return [dict(itertools.zip_longest(names, line)) for line in rows]


def parse_lines(body: bytes, limits: LimitsConfig) -> list[dict[str, Any]]:
    """The rows of a body with one JSON object in each line; empty lines are passed over.

    Raises:
        Refusal: 400 when a line is not JSON, 422 when it is no object, 413 when there are too many.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n")):
        if not line.strip():
            continue
        try:
            row = parse_json(line, limits)
        except Refusal as refusal:
            raise Refusal(refusal.status, f"Line {number + 1}: {refusal.sentence}") from None
        if not isinstance(row, dict):
            raise Refusal(422, f"Line {number + 1} is {_article(row)}; every line must be a JSON object.")
        rows.append(row)
        check_count(len(rows), limits)
    return rows


def parse_rows(form: Form, body: bytes, limits: LimitsConfig) -> dict[str, Any] | list[dict[str, Any]]:
    """The rows of a body of any form.

    Raises:
        Refusal: when the body is none of that form, or has too many rows.
    """
    if form == "json":
        return parse_json(body, limits)
    if form == "csv":
        return parse_csv(body, limits)
    if form == "lines":
        return parse_lines(body, limits)
    from litmus.serve.table_bodies import parse_table

    return parse_table(form, body, limits)


def _not_csv(reason: str) -> Refusal:
    return Refusal(400, f"The body is not valid CSV: {reason}. The first line must name the columns.")


def check_count(rows: int, limits: LimitsConfig) -> None:
    """Raise `Refusal` (413) when there are more rows than one request may have."""
    if rows > limits.max_rows:
        raise Refusal(
            413, f"The request has more than the {limits.max_rows:,} rows this server takes; send them in parts."
        )


def _article(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "a value")
