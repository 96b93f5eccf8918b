"""A metric written as text: `precision[fraud]`, `coverage_at_precision(precision=0.85)`, and read back."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from litmus.errors import ParameterError
from litmus.metrics.parameter import Parameter

__all__ = ["read", "write"]

_TEXT = re.compile(r"\s*(?P<name>[^\[(]*?)\s*(?:\[(?P<label>[^\]]*)\])?\s*(?:\((?P<options>.*)\))?\s*", re.DOTALL)
_PLAIN_LABEL = re.compile(r"[^\[\]()]+")


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Name and parameters from a text: what `write` wrote, and `name[class]`.

    Raises:
        ParameterError: when the text is not of this form.

    Example:
        >>> read("recall_at_precision[fraud](precision=0.9)")
        ('recall_at_precision', {'label': 'fraud', 'precision': 0.9})
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise _malformed(text)
    parameters: dict[str, Any] = {} if match["label"] is None else {"label": match["label"]}
    if match["options"]:
        for name, value in _options(text, match["options"]).items():
            if name in parameters:
                raise ParameterError(f"The metric {text!r} gives {name} twice; keep one of them.")
            parameters[name] = value
    return match["name"], parameters


def write(name: str, values: Mapping[str, Any], declared: Mapping[str, Parameter]) -> str:
    """The text for a metric: parameters at their default are left out, a class label stands in brackets."""
    shown = {
        key: values[key]
        for key, parameter in declared.items()
        if key in values and (parameter.required or values[key] != parameter.default)
    }
    label = shown.get("label")
    bracket = ""
    if label is not None and declared["label"].kind == "class" and _PLAIN_LABEL.fullmatch(str(label)):
        bracket = f"[{shown.pop('label')}]"
    options = ", ".join(f"{key}={_value(value)}" for key, value in shown.items())
    return f"{name}{bracket}({options})" if options else f"{name}{bracket}"


def _value(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))  # 1.0 and 1 are the same precision and read the same
    plain_word = isinstance(value, str) and value.isidentifier() and value not in ("None", "True", "False")
    return str(value) if plain_word else repr(value)


def _options(text: str, options: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"f({options})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or not all(keyword.arg for keyword in call.keywords):
            raise _malformed(text)
        return {
            str(keyword.arg): keyword.value.id
            if isinstance(keyword.value, ast.Name)
            else ast.literal_eval(keyword.value)
            for keyword in call.keywords
        }
    except (SyntaxError, ValueError) as error:
        if isinstance(error, ParameterError):
            raise
        raise _malformed(text) from None


def _malformed(text: str) -> ParameterError:
    return ParameterError(
        f"The metric {text!r} cannot be read; write a name, a class in brackets and parameters in parentheses, "
        "such as 'precision[fraud]' or 'recall_at_precision[fraud](precision=0.9)'."
    )
