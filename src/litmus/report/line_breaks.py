"""Where a line may break: not between a number and its unit, but inside long names."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

__all__ = ["breakable", "unbroken"]

_UNIT = re.compile(r"(?<=\d) (?=(?:%|µs|ms|s|min|h)(?:\W|$))")


def unbroken(value: Any) -> Any:
    r"""Text with each number held to its unit; markup and other values as they are.

    Example:
        >>> unbroken("87.4 % in 3 ms") == "87.4\u00a0% in 3\u00a0ms"
        True
    """
    return _UNIT.sub("\u00a0", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def breakable(text: str) -> Markup:
    """Escaped text that may break after underscores, commas and equals signs, and before brackets.

    Example:
        >>> str(breakable("roc_auc(average=<b>)"))
        'roc_<wbr>auc<wbr>(average=<wbr>&lt;b&gt;)'
    """
    parts = re.split(r"(?<=[_,=])(?=\S)|(?<=\S)(?=[(\[])", unbroken(text))
    return Markup("<wbr>").join(escape(part) for part in parts)
