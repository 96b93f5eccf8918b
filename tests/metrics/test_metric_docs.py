"""The documentation of metrics runs, and its table says what the code does."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import litmus.metrics
from litmus.metrics import metric_names
from litmus.metrics.registry import definition

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
TASKS = {"B": "binary", "M": "multiclass", "L": "multilabel", "R": "regression"}
MODULES = [module.name for module in pkgutil.iter_modules(litmus.metrics.__path__, "litmus.metrics.")]


def test_code_blocks_run_in_order():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 6
    names = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)


def test_the_table_says_what_the_code_does():
    lines = re.findall(r"^\| `\w+` \| (?:higher|lower) \|.+\|$", PAGE.read_text(), re.MULTILINE)
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")[:4]] + [line.split("|")[5].strip()] for line in lines
    ]
    assert [row[0] for row in rows] == list(metric_names())
    for name, better, needs, tasks, parameters in rows:
        found = definition(name)
        assert found.maximize == (better == "higher"), name
        assert found.needs == needs, name
        assert found.tasks == tuple(TASKS[letter] for letter in tasks.split()), name
        declared = [f"**`{p.name}`**" if p.required else f"`{p.name}`" for p in found.parameters]
        assert (parameters.split(", ") if parameters else []) == declared, name


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.failed == 0


def test_every_metric_and_parameter_says_what_it_is():
    for name in metric_names():
        found = definition(name)
        assert len(found.summary) > 20, name
        assert all(parameter.help for parameter in found.parameters), name
        low, high = found.bounds
        assert low < high
