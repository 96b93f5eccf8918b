"""Content types of asynchronous requests and their results."""

from __future__ import annotations

from litmus.asynchronous.queue import Job
from litmus.errors import ParameterError

__all__ = ["ENDINGS", "content_type_of", "media_type_of"]

ENDINGS = {
    "application/json": "",
    "text/csv": ".csv",
    "application/csv": ".csv",
    "application/jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-parquet": ".parquet",
    "application/parquet": ".parquet",
    "application/vnd.apache.arrow.file": ".arrow",
    "application/vnd.apache.arrow.stream": ".arrow",
}
"""Content type → the ending of such a file; "" is one JSON document."""
_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}


def content_type_of(header: str) -> str:
    """The content type of a header, without its parameters; JSON when there is none.

    Raises:
        ParameterError: when it is none that can be queued.
    """
    kind = header.partition(";")[0].strip().lower() or "application/json"
    if kind in ("text/json", "text/plain", "application/x-www-form-urlencoded") or kind.endswith("+json"):
        return "application/json"
    if kind not in ENDINGS:
        raise ParameterError(f"Content-Type {kind[:100]!r} is not supported; send one of {', '.join(ENDINGS)}.")
    return kind


def media_type_of(job: Job) -> str:
    """The content type of a result, which is that of the rows."""
    if job.input is None:
        return job.content_type
    from litmus.data.locations import format_of

    found = format_of(job.input)
    return _TYPES.get(found[0] if found else "", "application/octet-stream")
