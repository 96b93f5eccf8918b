"""The code on the page about data runs as it is printed."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_code_of_the_page(code):
    exec(compile(code, str(PAGE), "exec"), {})


def test_the_page_lists_every_marker():
    from litmus.data.markers import DEFAULT_MARKERS

    text = PAGE.read_text(encoding="utf-8")
    assert [marker for marker in DEFAULT_MARKERS if marker and f"`{marker}`" not in text] == []
