"""One part of a file: read, answered and written, a bounded number of rows at a time."""

from __future__ import annotations

import json

from litmus.batch.json_part import transform_json
from litmus.batch.part_work import PartFacts, PartWork
from litmus.batch.sinks import encoded
from litmus.batch.table_part import transform_table

__all__ = ["transform_part"]


def transform_part(work: PartWork) -> PartFacts:
    """Answer the rows of a part, and write the answers to its target and the rows put aside to `<target>.errors`.

    Raises:
        PredictionError: when a row does not fit the model and rows are not put aside; it names the file and the line.
        DataError: when the file cannot be read or lacks a column.
    """
    facts, aside = (transform_json if work.file.format == "jsonl" else transform_table)(work)
    facts.bad_rows = len(aside)
    if aside:
        with work.target.with_name(f"{work.target.name}.errors").open("wb") as out:
            for row in sorted(aside, key=lambda row: row.number):
                record = json.loads(json.dumps(row.record, default=str))
                out.write(encoded({work.counts: row.number, "error": row.reason, "record": record}))
    return facts
