"""Every character that Unicode has is changed by the row code as pandas' Arrow kernels change it."""

from __future__ import annotations

import re

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from litsdf.layouts.row_functions import other_case
from litsdf.layouts.rust_patterns import rust_pattern

CHARACTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]


@pytest.mark.parametrize("method", ["lower", "upper"])
def test_case(method: str) -> None:
    expected = pc.call_function(f"utf8_{method}", [pa.array(CHARACTERS, pa.large_string())]).to_pylist()
    wrong = [c for c, e in zip(CHARACTERS, expected, strict=True) if not c.isascii() and other_case(c, method) != e]
    assert wrong == []


def test_case_that_depends_on_the_neighbours() -> None:
    for text in ("ΟΔΟΣ", "ΣΑΣ a", "İstanbul", "STRASSE ß", "ǅ ﬁ"):
        array = pa.array([text], pa.large_string())
        assert other_case(text, "lower") == pc.utf8_lower(array)[0].as_py()
        assert other_case(text, "upper") == pc.utf8_upper(array)[0].as_py()


@pytest.mark.parametrize("pattern", [r"\s", r"\S", r"[\sx]", r"[^\s]", r"."])
def test_classes_mean_to_polars_what_they_mean_to_python(pattern: str) -> None:
    found = pl.Series(CHARACTERS).str.contains(rust_pattern(pattern, careful=True, at_end=True)).to_list()
    expected = [re.search(pattern, character) is not None for character in CHARACTERS]
    assert found == expected


@pytest.mark.parametrize(
    "pattern", [r"\w", r"\W", r"\d", r"[\w-]", r"\bx", r"a$", r"[]x]", r"[^]x]", r"[a\-z]", r"[\]x]"]
)
def test_ascii_classes_mean_to_polars_what_they_mean_to_python(pattern: str) -> None:
    texts = [
        before + character + after
        for character in CHARACTERS[:128]
        for before in ("", "a", " ")
        for after in ("", "x", "\n")
    ]
    found = pl.Series(texts).str.contains(rust_pattern(pattern, careful=False, at_end=True)).to_list()
    assert found == [re.search(pattern, text) is not None for text in texts]
