"""Dtype rules of `.str`, and which regular expressions mean the same to every engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, INT_OR_FLOAT, LIST, STR

__all__ = ["CHARACTER_TESTS", "RULES", "check_pattern", "is_literal", "may_backtrack"]

CHARACTER_TESTS = (
    "isalnum",
    "isalpha",
    "isdecimal",
    "isdigit",
    "islower",
    "isnumeric",
    "isspace",
    "istitle",
    "isupper",
)

_SPECIAL = frozenset("\\.^$*+?{}[]|()")
# Engines disagree about every other escape (octal, \A, \Z, \x, \p), so those patterns go to pandas.
_KNOWN_ESCAPE = re.compile(r"\\(?:[wWdDsSbBnrtfv]|[^a-zA-Z0-9\s])")
_SIMPLE_REPLACEMENT = re.compile(r"(?:[^\\$]|\\[1-9](?!\d))*")
_SAFE_NODES = frozenset({
    parser.LITERAL, parser.NOT_LITERAL, parser.ANY, parser.IN, parser.RANGE, parser.NEGATE, parser.CATEGORY,
    parser.MAX_REPEAT, parser.MIN_REPEAT, parser.SUBPATTERN, parser.BRANCH, parser.AT,
})  # fmt: skip
_SAFE_POSITIONS = frozenset({parser.AT_BEGINNING, parser.AT_END, parser.AT_BOUNDARY, parser.AT_NON_BOUNDARY})


def is_literal(pattern: str) -> bool:
    """Whether a regular expression has no special character, so that it only matches itself."""
    return _SPECIAL.isdisjoint(pattern)


def _check_nodes(nodes: Any) -> None:
    for code, argument in nodes:
        if code not in _SAFE_NODES:
            raise NotNative(f"regular expression with {code}")
        if code is parser.AT and argument not in _SAFE_POSITIONS:
            raise NotNative(f"regular expression with {argument}")
        if code is parser.SUBPATTERN:
            if argument[1] or argument[2]:
                raise NotNative("regular expression with inline flags")
            _check_nodes(argument[3])
        elif code is parser.BRANCH:
            for branch in argument[1]:
                _check_nodes(branch)
        elif code in {parser.MAX_REPEAT, parser.MIN_REPEAT}:
            if argument[0] > 1000 or (argument[1] is not parser.MAXREPEAT and argument[1] > 1000):
                raise NotNative("regular expression with large repeats")
            _check_nodes(argument[2])
        elif code is parser.IN:
            _check_nodes(argument)


@lru_cache(maxsize=512)
def check_pattern(pattern: str, *, may_be_empty: bool) -> re.Pattern[str]:
    """Compile a pattern that Python, RE2 and Rust read alike; NotNative for any other.

    pandas answers most patterns with RE2 and the others with Python's `re`; within this subset the two agree.
    `may_be_empty` is False where the engines disagree about matches of length zero (replacing, counting).
    """
    stripped = _KNOWN_ESCAPE.sub("", pattern)
    if "\\" in stripped or "{," in stripped or "[[" in stripped or "(?" in stripped.replace("(?:", ""):
        raise NotNative("regular expression with rare syntax")
    if any(mark in stripped for mark in ("&&", "--", "~~", "||")):
        raise NotNative("regular expression with set operations")
    try:
        tree = parser.parse(pattern)
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise NotNative("an invalid regular expression") from None
    _check_nodes(tree)
    if not may_be_empty and tree.getwidth()[0] == 0:
        raise NotNative("regular expression that matches nothing at all")
    return compiled


_LOOPS = 3
"""From so many unbounded repeats in a row on, a pattern can take a time that is cubic in the length of the text."""


@lru_cache(maxsize=512)
def may_backtrack(pattern: str) -> bool:
    """Whether Python's engine can take exponential, or cubic, time: a repeat within a repeat, or three open repeats.

    >>> may_backtrack("(?:a+)+$"), may_backtrack("<[^>]+>")
    (True, False)
    """
    return _open_repeats(parser.parse(pattern), repeated=False) >= _LOOPS


def _open_repeats(nodes: Any, *, repeated: bool) -> int:
    """Count the repeats without a fixed number; one within another, or alternatives within one, counts as too many."""
    found = 0
    for code, argument in nodes:
        if code in {parser.MAX_REPEAT, parser.MIN_REPEAT}:
            low, high, body = argument
            varies = low != high
            if varies and repeated:
                return _LOOPS
            found += int(varies and high is parser.MAXREPEAT)
            found += _open_repeats(body, repeated=repeated or high > 1)
        elif code is parser.SUBPATTERN:
            found += _open_repeats(argument[3], repeated=repeated)
        elif code is parser.BRANCH:
            if repeated:
                return _LOOPS
            found += max(_open_repeats(branch, repeated=repeated) for branch in argument[1])
    return found


def _need(dtypes: tuple[str, ...], *allowed: str) -> None:
    if dtypes[0] not in allowed:
        raise NotNative(f".str of {dtypes[0]}")


def _need_type(parameters: Mapping[str, Any], **types: type) -> None:
    for name, expected in types.items():
        if type(parameters[name]) is not expected:
            raise NotNative(f"{name}={parameters[name]!r}")


def _to_text(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    return STR


def _to_flag(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    return BOOL


def _strip(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    if parameters["to_strip"] is not None:
        _need_type(parameters, to_strip=str)
        if not parameters["to_strip"]:
            raise NotNative("strip of nothing")
    return STR


def _len(dtypes: tuple[str, ...], _: Mapping[str, Any]) -> str:
    _need(dtypes, STR, LIST)
    return INT_OR_FLOAT


def _contains(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, pat=str, regex=bool)
    if parameters["case"] is not True or parameters["flags"] != 0:
        raise NotNative("contains without case")
    if parameters["regex"] and check_pattern(parameters["pat"], may_be_empty=True).groups:
        raise NotNative("contains with groups")  # pandas warns
    return BOOL


def _match(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, pat=str)
    if parameters["case"] is not True or parameters["flags"] != 0 or "^" in parameters["pat"]:
        raise NotNative("match without case")
    check_pattern(parameters["pat"], may_be_empty=True)
    if "|" in parameters["pat"] or "$" in parameters["pat"]:
        raise NotNative("match of alternatives")
    return BOOL


def _affix(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, pat=str)
    return BOOL


def _replace(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, pat=str, repl=str, regex=bool)
    if parameters["case"] is not None or parameters["flags"] != 0 or parameters["n"] != -1 or not parameters["pat"]:
        raise NotNative("replace with options")
    if parameters["regex"]:
        check_pattern(parameters["pat"], may_be_empty=False)
        if not _SIMPLE_REPLACEMENT.fullmatch(parameters["repl"]):
            raise NotNative("replacement with escapes")
        groups = check_pattern(parameters["pat"], may_be_empty=False).groups
        if any(int(digit) > groups for digit in re.findall(r"\\(\d)", parameters["repl"])):
            raise NotNative("replacement by a group that is not there")
    return STR


def _split(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    pattern = parameters["pat"]
    if parameters["n"] not in {-1, 0} or parameters["expand"] is not False or parameters["regex"] is not None:
        raise NotNative("split with options")
    if pattern is not None and (type(pattern) is not str or len(pattern) != 1):
        raise NotNative("split by more than a character")
    return LIST


def _get(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR, LIST)
    _need_type(parameters, i=int)
    if dtypes[0] == LIST:
        raise NotNative("get from lists")  # the dtype depends on the data
    return STR


def _slice(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    if parameters["step"] not in {None, 1}:
        raise NotNative("slice with a step")
    if any(type(parameters[name]) not in {int, type(None)} for name in ("start", "stop")):
        raise NotNative("slice by something else")
    return STR


def _count(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, pat=str)
    if parameters["flags"] != 0:
        raise NotNative("count with flags")
    check_pattern(parameters["pat"], may_be_empty=False)
    return INT_OR_FLOAT


def _find(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, sub=str)
    if parameters["start"] != 0 or parameters["end"] is not None:
        raise NotNative("find within limits")
    return INT_OR_FLOAT


def _zfill(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, width=int)
    return STR


def _pad(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, width=int, fillchar=str)
    if len(parameters["fillchar"]) != 1 or parameters["side"] not in {"left", "right"}:
        raise NotNative("pad")
    return STR


def _repeat(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    _need_type(parameters, repeats=int)
    return STR


def _remove(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    _need(dtypes, STR)
    if any(type(value) is not str for value in parameters.values()):
        raise NotNative("remove something that is no text")
    return STR


RULES = {
    "str.lower": _to_text, "str.upper": _to_text, "str.title": _to_text, "str.capitalize": _to_text,
    "str.swapcase": _to_text, "str.strip": _strip, "str.lstrip": _strip, "str.rstrip": _strip, "str.len": _len,
    "str.contains": _contains, "str.match": _match, "str.startswith": _affix, "str.endswith": _affix,
    "str.replace": _replace, "str.split": _split, "str.get": _get, "str.slice": _slice, "str.count": _count,
    "str.find": _find, "str.zfill": _zfill, "str.pad": _pad, "str.repeat": _repeat, "str.removeprefix": _remove,
    "str.removesuffix": _remove, **{f"str.{name}": _to_flag for name in CHARACTER_TESTS},
}  # fmt: skip
