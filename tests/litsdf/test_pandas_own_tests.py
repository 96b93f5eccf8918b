"""A selection of pandas' own tests passes, but for the ones that are listed; the list can only shrink."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from litsdf_pandas_suite import outcomes  # noqa: E402

LISTED = ROOT / "docs" / "litsdf_pandas_failures.txt"
FILES = [
    "series/methods/test_drop.py", "series/methods/test_explode.py", "series/methods/test_sort_values.py",
    "series/methods/test_rename.py", "frame/methods/test_assign.py", "frame/methods/test_dropna.py",
    "frame/methods/test_head_tail.py", "frame/methods/test_isin.py", "frame/methods/test_reset_index.py",
    "frame/methods/test_explode.py", "reshape/test_melt.py",
]  # fmt: skip
"""Modules of `scripts/litsdf_pandas_suite.py` that take seconds; it runs all of them."""


@pytest.fixture(scope="module")
def counted() -> list[str]:
    """The tests that plain pandas passes."""
    return [test for test, outcome in outcomes(FILES, None)[0].items() if outcome == "PASSED"]


@pytest.mark.parametrize("layout", ["numpy", "polars", "dask"])
def test_no_test_of_pandas_fails_that_is_not_listed(layout: str, counted: list[str]) -> None:
    listed = set(LISTED.read_text(encoding="utf-8").splitlines())
    found, _ = outcomes(FILES, layout)
    assert len(counted) > 300
    failing = {f"{layout} {test}" for test in counted if found.get(test) != "PASSED"}
    assert sorted(failing - listed) == []


def test_the_list_names_tests_that_exist_once() -> None:
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert all(line.startswith(("dask ", "numpy ", "polars ")) and "::" in line for line in lines)
