"""The forms that rows and answers may have on the wire, by content type."""

from __future__ import annotations

from typing import Literal

from litmus.serve.refusal import Refusal

__all__ = ["Form", "answer_form", "body_form"]

Form = Literal["json", "csv", "lines", "arrow_stream", "arrow_file", "parquet"]

_FORMS: dict[str, Form] = {
    "": "json",
    "application/json": "json",
    "text/json": "json",
    "text/plain": "json",
    "application/x-www-form-urlencoded": "json",  # what curl says of -d
    "application/octet-stream": "json",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/jsonlines": "lines",
    "application/x-jsonlines": "lines",
    "application/jsonl": "lines",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/vnd.apache.arrow.stream": "arrow_stream",
    "application/vnd.apache.arrow.file": "arrow_file",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
}
_ANSWERED: dict[str, Form] = {name: form for name, form in _FORMS.items() if name.partition("/")[2] not in
                              ("", "plain", "x-www-form-urlencoded", "octet-stream")}  # fmt: skip


def body_form(content_type: str) -> Form:
    """The form of a request's body.

    Raises:
        Refusal: 415 when it is none that is known, or not UTF-8.
    """
    found = _FORMS.get(content_type)
    if found is not None:
        return found
    kind, _, options = content_type.partition(";")
    kind = kind.strip().lower()
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Refusal(415, f"The character set {charset[:40]!r} is not supported; send UTF-8.")
    found = _FORMS.get(kind) or ("json" if kind.endswith("+json") else None)
    if found is None:
        raise Refusal(
            415,
            f"Content-Type {kind[:80]!r} is not supported; send application/json, text/csv, application/jsonlines, "
            "application/vnd.apache.arrow.stream or application/vnd.apache.parquet.",
        )
    return found


def answer_form(accept: str, asked_in: Form) -> Form:
    """The form of an answer: the first that the client accepts and we know, else the one it asked in."""
    if accept in ("", "*/*"):
        return asked_in
    for part in accept.split(",")[:32]:
        kind, _, options = part.partition(";")
        if options.replace(" ", "") in ("q=0", "q=0.0"):
            continue
        name = kind.strip().lower()
        if name in ("*/*", "application/*"):
            return asked_in
        found = _ANSWERED.get(name) or ("json" if name.endswith("+json") else None)
        if found is not None:
            return found
    return asked_in
