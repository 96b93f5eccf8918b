"""Putting values and files into a page so that nothing in them can become markup or leave the page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

__all__ = ["content_policy", "embedded_json", "licences", "packaged_text", "scripts"]

_LIBRARIES = ("vega", "vega-lite", "vega-embed")


def embedded_json(value: Any) -> Markup:
    r"""JSON for a `<script type="application/json">` element.

    Every character that HTML gives a meaning to is written as an escape, so that no text inside the value, such as
    `</script>` or `<!--`, can end the element.

    Example:
        >>> str(embedded_json({"name": "</script>"}))
        '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)  # non-ASCII characters are escaped already
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 (no character of markup is left in it)


@cache
def packaged_text(name: str) -> str:
    """A file of this package."""
    return files("litmus.report").joinpath(name).read_text(encoding="utf-8")


def scripts() -> list[str]:
    """The scripts of a page, in order: the chart libraries, then the page's own."""
    libraries = [_without_map(packaged_text(f"vendor/{name}.min.js")) for name in _LIBRARIES]
    return [*libraries, packaged_text("templates/page.js")]


def _without_map(script: str) -> str:
    """A script without the pointer to its source map, a file that a page on its own does not have."""
    return re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", script)


def licences() -> str:
    """The licences of the chart libraries, which ask to go wherever their code goes."""
    names = [f"vendor/LICENSE-{name}.txt" for name in _LIBRARIES] + ["vendor/LICENSES-bundled.txt"]
    return "\n\n".join(packaged_text(name) for name in names)


def content_policy(page_scripts: Sequence[str]) -> str:
    """A content security policy that runs these scripts and no others, and lets the page load nothing."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page_scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
