"""Measures of bias are those of their formulas, with intervals that hold, and silence where there are too few rows."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.errors import ParameterError
from litmus.explain import bias, bias_of_each


def by_hand(facet: np.ndarray, y: np.ndarray, p: np.ndarray, group: np.ndarray) -> dict[str, float]:
    a, d = facet == "a", facet == "d"

    def share(mask: np.ndarray, of: np.ndarray) -> float:
        return float(mask[of].mean())

    def disparity(of: np.ndarray) -> float:
        total = 0.0
        for name in np.unique(group):
            inside = group == name
            rejected, accepted = inside & (of == 0), inside & (of == 1)
            left = (rejected & d).sum() / rejected.sum() if rejected.any() else 0.0
            right = (accepted & d).sum() / accepted.sum() if accepted.any() else 0.0
            total += inside.sum() * (left - right)
        return total / len(of)

    pa, pd_ = (np.array([share(y == k, side) for k in (0, 1)]) for side in (a, d))
    mean = (pa + pd_) / 2

    def divergence(first: np.ndarray, second: np.ndarray) -> float:
        return sum(x * math.log(x / z) for x, z in zip(first, second, strict=True) if x > 0)

    return {
        "class_imbalance": (a.sum() - d.sum()) / len(y),
        "difference_in_proportions_of_labels": pa[1] - pd_[1],
        "kullback_leibler_divergence": divergence(pa, pd_),
        "jensen_shannon_divergence": (divergence(pa, mean) + divergence(pd_, mean)) / 2,
        "label_norm": float(np.linalg.norm(pa - pd_)),
        "total_variation_distance": float(np.abs(pa - pd_).sum() / 2),
        "largest_label_difference": float(np.abs(pa - pd_).max()),
        "conditional_demographic_disparity": disparity(y),
        "difference_in_positive_proportions": share(p == 1, a) - share(p == 1, d),
        "disparate_impact": share(p == 1, d) / share(p == 1, a),
        "equal_opportunity": share(p == 1, a & (y == 1)) - share(p == 1, d & (y == 1)),
        "specificity_difference": share(p == 0, d & (y == 0)) - share(p == 0, a & (y == 0)),
        "difference_in_acceptance_rates": share(y == 1, a & (p == 1)) - share(y == 1, d & (p == 1)),
        "accuracy_difference": share(y == p, a) - share(y == p, d),
        "treatment_equality": (d & (y == 1) & (p == 0)).sum() / (d & (y == 0) & (p == 1)).sum()
        - (a & (y == 1) & (p == 0)).sum() / (a & (y == 0) & (p == 1)).sum(),
        "conditional_demographic_disparity_predicted": disparity(p),
    }


def drawn(seed: int, rows: int = 900) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    facet = rng.choice(["a", "d"], rows, p=[0.6, 0.4])
    group = rng.choice(["x", "y", "z"], rows)
    y = (rng.random(rows) < np.where(facet == "a", 0.5, 0.35)).astype(int)
    p = np.where(rng.random(rows) < 0.75, y, 1 - y)
    return facet, y, p, group


@given(seed=st.integers(0, 10_000))
def test_every_measure_is_its_formula(seed: int) -> None:
    facet, y, p, group = drawn(seed)
    found = bias(facet, labels=y, predictions=p, positive=1, disadvantaged="d", group=group, min_rows=1)
    expected = by_hand(facet, y, p, group)
    assert {value.measure for value in found.values} == expected.keys()
    for value in found.values:
        assert value.value == pytest.approx(expected[value.measure], abs=1e-9), value.measure
        assert value.low is not None
        assert value.high is not None
        assert value.low <= value.high


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(120):
        facet, y, p, _ = drawn(seed)
        value = bias(facet, labels=y, predictions=p, positive=1, disadvantaged="d")[
            "difference_in_proportions_of_labels"
        ]
        assert value.low is not None
        assert value.high is not None
        held += value.low <= 0.15 <= value.high
    assert held / 120 >= 0.88


def test_without_a_difference_none_is_told_and_with_one_it_is() -> None:
    facet, y, p, _ = drawn(0, 4_000)
    same = bias(facet, labels=np.roll(y, 1), predictions=np.roll(p, 1), positive=1, disadvantaged="d")
    assert not same["disparate_impact"].differs
    assert same["disparate_impact"].fair == 1.0
    assert "no difference in how many are labelled 1 can be told" in same.sentence
    other = bias(facet, labels=y, predictions=p, positive=1, disadvantaged="d", column="side")
    assert other["difference_in_proportions_of_labels"].differs
    assert other.sentence.startswith("side = d (")
    assert "points (" in other.sentence
    assert "fewer are labelled 1" in other.sentence
    assert json.loads(json.dumps(other.to_json()))["column"] == "side"


def test_too_few_rows_are_said() -> None:
    facet = ["a"] * 500 + ["d"] * 20
    labels = [0, 1] * 260
    found = bias(facet, labels=labels, predictions=labels, positive=1, disadvantaged="d")
    assert found["class_imbalance"].value == pytest.approx(480 / 520)
    for measure in ("difference_in_proportions_of_labels", "disparate_impact", "equal_opportunity"):
        value = found[measure]
        assert value.value is None
        assert value.low is None
        assert "too few rows" in value.note
        assert "30 are needed" in value.note
    assert "cannot be told" in found.sentence


def test_missing_values_are_neither_and_missing_labels_count_for_predictions_only() -> None:
    facet = pd.Series(["a", "d", None, "a", "d"] * 40)
    labels = pd.Series([1.0, 0.0, 1.0, np.nan, np.nan] * 40)
    predictions = pd.Series([1, 0, 1, 0, 1] * 40)
    found = bias(facet, labels=labels, predictions=predictions, positive=1, disadvantaged="d")
    assert (found.rows, found.other_rows) == (80, 80)
    assert found["difference_in_proportions_of_labels"].value == 1.0
    assert found["difference_in_positive_proportions"].value == 0.0
    only = bias(facet, predictions=predictions, positive=1, disadvantaged="d")
    assert {value.measure for value in only.values} == {
        "class_imbalance",
        "difference_in_positive_proportions",
        "disparate_impact",
        "conditional_demographic_disparity_predicted",
    }


def test_values_numbers_and_classes_of_every_kind() -> None:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 800)
    pay = rng.normal(1000 + 10 * age, 100)
    parts = bias_of_each(age, labels=pay, column="age")
    assert [each.facet.split()[0] for each in parts] == ["up", "above", "above", "above"]
    assert sum(each.rows for each in parts) == 800
    assert parts[0].positive.endswith("or more")
    assert parts[0]["difference_in_proportions_of_labels"].value > 0.3
    old = bias(age, labels=pay, positive=1500.0, disadvantaged=60)
    assert old.facet == "above 60"
    assert old.rows == int((age > 60).sum())
    kind = rng.choice(["x", "y", "z"], 800)
    assert [each.facet for each in bias_of_each(kind, labels=kind, positive=["x", "y"], most=2)] != []
    with pytest.raises(ParameterError, match="say which count as good"):
        bias_of_each(age, labels=kind)
    flags = pd.array([True, False, None, True] * 200, dtype="boolean")
    assert bias(flags, labels=pay > 1400).facet in ("True", "False")


def test_what_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"labels=…, predictions=…, or both"):
        bias(["a", "d"])
    with pytest.raises(ParameterError, match="say which one is looked at"):
        bias(["a", "b", "c"], labels=[1, 0, 1])
    with pytest.raises(ParameterError, match="No row of sex is q"):
        bias(["a", "b"], labels=[1, 0], disadvantaged="q", column="sex")
    with pytest.raises(ParameterError, match="labels has 3 values and the column 2"):
        bias(["a", "b"], labels=[1, 0, 1])
    with pytest.raises(ParameterError, match="1 different values"):
        bias(["a", "a"], labels=[1, 0])
    with pytest.raises(ParameterError, match="no measure 'nonsense'"):
        bias(["a", "b"], labels=[1, 0], measures=["nonsense"])
    with pytest.raises(ParameterError, match="confidence=95"):
        bias(["a", "b"], labels=[1, 0], confidence=95)
    with pytest.raises(ParameterError, match="No label is 7"):
        bias(["a", "b"], labels=[1, 0], positive=7)


def test_real_people_are_measured(adult_path) -> None:
    table = pd.read_csv(adult_path)
    found = bias(table["sex"], labels=table["income"], positive=">50K", disadvantaged="Female", column="sex")
    sides = table.groupby("sex")["income"].apply(lambda of: (of == ">50K").mean())
    assert found["difference_in_proportions_of_labels"].value == pytest.approx(sides["Male"] - sides["Female"])
    races = bias_of_each(table["race"], labels=table["income"], positive=">50K", column="race")
    assert [each.facet for each in races] == list(table["race"].value_counts().index)
