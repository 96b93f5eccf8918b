"""Parameters: declared once, checked, copied."""

import dataclasses

import pytest

from litmus.algorithms import XGBoost
from litmus.component import Choice, Component, Float, Int, param
from litmus.errors import ParameterError
from litmus.naming import find_name


@dataclasses.dataclass
class Sharpen(Component):
    amount: float = param(0.5, Float(0.0, 1.0), minimum=0.0)
    passes: int = param(2, Int(1, 8, log=True), minimum=1, maximum=100)
    mode: str = param("soft", Choice("soft", "hard"))
    edges: bool = param(False)
    columns: list[str] = param([])


def test_defaults_and_ranges_are_declared_once():
    assert Sharpen().settings() == {"amount": 0.5, "passes": 2, "mode": "soft", "edges": False, "columns": []}
    assert set(Sharpen.domains()) == {"amount", "passes", "mode"}


def test_hyperparams_copies():
    original = Sharpen()
    changed = original.hyperparams(passes=5)
    assert (original.passes, changed.passes) == (2, 5)
    changed.columns.append("x")
    assert Sharpen().columns == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pases": 3}, "Did you mean 'passes'"),
        ({"passes": 1.5}, "whole number"),
        ({"passes": 0}, "at least 1"),
        ({"passes": 101}, "at most 100"),
        ({"amount": "much"}, "must be a number"),
        ({"amount": float("nan")}, "not NaN"),
        ({"mode": "rough"}, "one of 'soft', 'hard'"),
        ({"edges": 1}, "True or False"),
    ],
)
def test_wrong_values_are_named(values, message):
    with pytest.raises(ParameterError, match=message):
        Sharpen().hyperparams(**values)


def test_a_subclass_keeps_the_checks_of_its_base():
    @dataclasses.dataclass
    class Checked(Sharpen):
        def __post_init__(self):
            super().__post_init__()
            if self.edges and self.mode == "soft":
                raise ParameterError("edges need mode='hard'.")

    @dataclasses.dataclass
    class More(Checked):
        extra: int = param(1, Int(0, 9))

    with pytest.raises(ParameterError, match="edges need"):
        More(edges=True)
    with pytest.raises(ParameterError, match="whole number"):
        More(extra=0.5)


def test_a_forgotten_dataclass_line_is_said():
    class Forgot(Component):
        depth: int = param(3, Int(1, 5))

    with pytest.raises(ParameterError, match="put @dataclass above it"):
        Forgot()


@pytest.mark.parametrize("make", [lambda: Int(5, 1), lambda: Float(0, 1, log=True), Choice])
def test_empty_ranges_are_refused(make):
    with pytest.raises(ParameterError):
        make()


def test_families_check_at_once_and_print_what_was_set():
    assert repr(XGBoost().hyperparams(max_depth=5)) == "XGBoost(max_depth=5)"
    with pytest.raises(ParameterError, match="Did you mean 'max_depth'"):
        XGBoost().hyperparams(max_dept=5)
    with pytest.raises(ParameterError):
        XGBoost(max_depth="deep")


def test_names_are_found_whatever_the_case():
    assert find_name("algorithm", "xgboost", ["LightGBM", "XGBoost"]) == "XGBoost"
