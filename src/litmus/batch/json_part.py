"""A part of a file of JSON lines; rows stay as they are written, whatever their columns and types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from litmus.batch.answering import RowRefusedError, answer_rows, plain_answers
from litmus.batch.part_work import Aside, PartFacts, PartWork
from litmus.batch.payloads import part_content
from litmus.batch.sinks import JsonSink
from litmus.data.counted import listed
from litmus.data.csv_reader import open_bytes
from litmus.errors import PredictionError

__all__ = ["transform_json"]

_decode = msgspec.json.Decoder().decode


def transform_json(work: PartWork) -> tuple[PartFacts, list[Aside]]:
    """Answer the rows of a part; returns what became of it, and the rows put aside."""
    sink, facts, aside = JsonSink(work.target, work.file), PartFacts(), list[Aside]()
    try:
        for records in _payloads(work):
            answers, bad = _answers(work, records)
            sink.write(answers)
            aside += bad
            facts.rows += len(answers)
            work.said(len(records))
    finally:
        sink.close()
    return facts, aside


def _answers(work: PartWork, records: list[_Record]) -> tuple[list[dict[str, Any]], list[Aside]]:
    """The lines to write for some rows, and the rows put aside."""
    rows = [row for _, row, _ in records]
    reasons = [reason or _absent(row, work.required) for _, row, reason in records]
    try:
        answered = answer_rows(
            work.model,
            len(rows),
            lambda start, end: rows[start:end],
            lambda place: rows[place],
            singly=work.options.records == "single",
            refused={place: reason for place, reason in enumerate(reasons) if reason},
            separate=work.separate,
        )
    except RowRefusedError as error:
        raise PredictionError(f"{work.place(records[error.row][0])}: {error.reason}") from error
    bad = [Aside(records[place][0], reason, rows[place]) for place, reason in answered.bad.items()]
    answers = plain_answers(work.model, answered, probabilities=work.options.probabilities)
    if work.options.keep:
        kept = (rows[place] for place in answered.rows)
        answers = [_joined(row, answer, work.options.columns) for row, answer in zip(kept, answers, strict=True)]
    return answers, bad


def _absent(row: dict[str, Any], required: list[str]) -> str:
    """Why a row is refused that lacks a column, or "": each row for itself, so that no cut into payloads matters."""
    absent = [name for name in required if name not in row]
    return (
        f"the row has no {listed(absent)}, which the model needs; write null where it is not known." if absent else ""
    )


def _joined(row: dict[str, Any], answer: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: row.get(name) for name in columns} if columns else row
    return {**{name: value for name, value in kept.items() if name not in answer}, **answer}


_Record = tuple[int, Any, str]
"""The number of a line, its row, and why it cannot be answered ("" when it may be)."""


def _payloads(work: PartWork) -> Iterator[list[_Record]]:
    options = work.options
    waiting: list[_Record] = []
    held = 0
    for number, size, row, reason in _rows(work):
        if waiting and (held + size > options.payload_bytes or len(waiting) >= options.batch_rows):
            yield waiting
            waiting, held = [], 0
        waiting.append((number, row, reason))
        held += min(size, options.payload_bytes)
    if waiting:
        yield waiting


def _rows(work: PartWork) -> Iterator[tuple[int, int, Any, str]]:
    """(line, bytes, row, why it is none) of each line that is not empty; a list of objects is read whole."""
    file, part = work.file, work.part
    with open_bytes(file) as content:
        if part.is_whole and content.read(256).lstrip()[:1] == b"[":
            from litmus.data.json_lines import read_json_lines

            for number, row in enumerate(read_json_lines(file).to_pylist(), start=1):
                yield number, 0, row, ""
            return
    allowed = work.options.payload_bytes
    partitions = dict(file.partitions)
    with open_bytes(part_content(file, part)) as content:
        number = part.first_line - 1
        while line := content.readline(allowed + 1):
            number += 1
            if len(line) > allowed and not line.endswith(b"\n"):
                size = len(line)
                while (rest := content.readline(1 << 20)) and not rest.endswith(b"\n"):
                    size += len(rest)
                yield number, allowed, line[:200].decode("utf-8", "replace"), work.too_long(size + len(rest))
                continue
            if line.strip():
                row, reason = _row(line)
                yield number, len(line), {**partitions, **row} if partitions and not reason else row, reason


def _row(line: bytes) -> tuple[Any, str]:
    try:
        row = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            row = json.loads(line)  # which takes NaN and numbers of any length
        except (ValueError, RecursionError) as error:
            return line[:200].decode("utf-8", "replace"), f"the line is no JSON: {error}."
    if not isinstance(row, dict):
        return row, "the line is no JSON object of column: value."
    return row, ""
