"""Options that are written as names and values in one text: "latency_p99=5ms,max_size=200MB"."""

from __future__ import annotations

from typing import Any

__all__ = ["read_deployment", "read_numbers"]

_WHOLE = ("cpus", "concurrency")


def read_deployment(texts: list[str] | None) -> dict[str, Any] | None:
    """The fields of a deployment; None when nothing was given.

    Packages are separated by spaces, and "any" is no limit.

    Raises:
        ParameterError: when a text is not written so; names and values are checked where they are used.

    Example:
        >>> read_deployment(["latency_p99=5ms,cpus=2", "memory=any", "packages=numpy onnxruntime"])
        {'latency_p99': '5ms', 'cpus': 2, 'memory': None, 'packages': ['numpy', 'onnxruntime']}
    """
    if not texts:
        return None
    found: dict[str, Any] = {}
    for name, value in _pairs(texts, "--deployment", "latency_p99=5ms,max_size=200MB"):
        if value.lower() in ("any", "none"):
            found[name] = None
        elif name in _WHOLE and value.isdigit():
            found[name] = int(value)
        else:
            found[name] = value.split() if name == "packages" else value
    return found


def read_numbers(texts: list[str] | None, option: str, example: str) -> dict[str, float] | None:
    """Names and numbers; None when nothing was given.

    Raises:
        ParameterError: when a text is not written so.

    Example:
        >>> read_numbers(["cost=2,latency=1"], "--weights", "cost=2")
        {'cost': 2.0, 'latency': 1.0}
    """
    from litmus.errors import ParameterError

    if not texts:
        return None
    found = {}
    for name, value in _pairs(texts, option, example):
        try:
            found[name] = float(value)
        except ValueError:
            raise ParameterError(f"{option}: {name}={value!r} is no number; write such as {example!r}.") from None
    return found


def _pairs(texts: list[str], option: str, example: str) -> list[tuple[str, str]]:
    from litmus.errors import ParameterError

    found: list[tuple[str, str]] = []
    for text in texts:
        for part in text.split(","):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise ParameterError(f"{option} {text!r} must be names and values, such as {example!r}.")
            found.append((name.strip().replace("-", "_"), value.strip()))
    return found
