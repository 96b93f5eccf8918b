"""A line for the terminal that asks an endpoint something and works as it is printed."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from typing import Any

__all__ = ["curl_line"]

PATH = "/predict"


def curl_line(url: str, key: str | None, row: Mapping[str, Any], *, certificate: str | None = None) -> str:
    """The line.

    Args:
        url: of the endpoint.
        key: what callers must send; None leaves `$LITMUS_KEY` to be filled in by the shell.
        row: what to ask.
        certificate: the file of a certificate that only this machine knows of.

    Example:
        >>> print(curl_line("http://127.0.0.1:8080", None, {"age": 39}))
        curl http://127.0.0.1:8080/predict -H "Authorization: Bearer $LITMUS_KEY" -H 'Content-Type: application/json' -d '{"age": 39}'
    """
    authorization = (
        '"Authorization: Bearer $LITMUS_KEY"' if key is None else shlex.quote(f"Authorization: Bearer {key}")
    )
    trusted = f" --cacert {shlex.quote(certificate)}" if certificate else ""
    body = json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False, allow_nan=False)
    return f"curl{trusted} {url}{PATH} -H {authorization} -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float | list | dict):
        return value
    return value.item() if hasattr(value, "item") else str(value)
