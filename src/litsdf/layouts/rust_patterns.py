# ruff: noqa: S105  (tokens of patterns are no passwords)
r"""Python's regular expressions spelled for Polars, whose engine knows other classes and other ends of a text."""

from __future__ import annotations

import re

from litsdf.contract import NotNative

__all__ = ["SPACE_CLASS", "rust_pattern"]

SPACE_CLASS = {
    False: r"\t-\r\x1c-\x20",
    True: r"\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}",
}
"""What Python takes for whitespace, within brackets; True where the text may hold characters beyond ASCII."""


def rust_pattern(pattern: str, *, careful: bool, at_end: bool) -> str:
    """Spell a checked pattern for Polars so that it means what it means to Python; NotNative when it cannot."""
    parts: list[str] = []
    inside = False
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        parts.append(_rust_token(token, inside=inside, careful=careful, at_end=at_end))
        if token == "[" and not inside:
            inside = True
        elif token == "]" and inside and parts[-2:-1] not in (["["], ["^"]):
            inside = False
    return "".join(parts)


def _rust_token(token: str, *, inside: bool, careful: bool, at_end: bool) -> str:
    if token in {r"\s", r"\S"}:
        if inside:
            return SPACE_CLASS[careful] if token == r"\s" else _unknown(token)
        negated = "^" if token == r"\S" else ""
        return f"[{negated}{SPACE_CLASS[careful]}]"
    if token in {r"\w", r"\W", r"\d", r"\D"}:
        if careful:
            _unknown(token)
        members = "0-9A-Za-z_" if token in {r"\w", r"\W"} else "0-9"
        if inside:
            return members if token in {r"\w", r"\d"} else _unknown(token)
        negated = "^" if token in {r"\W", r"\D"} else ""
        return f"[{negated}{members}]"
    if token in {r"\b", r"\B"}:
        return _unknown(token) if careful or inside else f"(?-u:{token})"
    if token == "$" and not inside:
        return r"\n?\z" if at_end else _unknown(token)
    if token == "[" and inside:
        return r"\["
    if len(token) == 2 and token[1] in "#%&~ \"',:;<>=!@`/_":
        return token[1] if token[1] not in "#&~ " else f"\\x{ord(token[1]):02x}"
    return token


def _unknown(token: str) -> str:
    raise NotNative(f"{token} in a regular expression over such text")
