"""What the gate lets through, and what it refuses."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from litmus.data import Column, Schema, Target
from litmus.errors import ParameterError
from litmus.metrics import Predictions, resolve_metric
from litmus.retraining import Gate, GateReport
from litmus.retraining.evidence import Evidence
from litmus.retraining.gate import Check, parse_gate
from litmus.retraining.judging import check_form, check_rows, check_scores, with_allowed

SCHEMA = Schema([Column("age", "numeric"), Column("kind", "categorical"), Column("y", "target")])
TARGET = Target(("y",), "binary", ("no", "yes"))
METRIC = resolve_metric("accuracy")


def evidence(kind, right_before, right_after, *, rows=2000, seed=0, where=None, inputs=None):
    """Answers that are right with given probabilities; `where`: rows on which the challenger is right with another."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, 2, rows)
    frame = (
        pd.DataFrame({"age": draw.normal(40, 10, rows), "kind": draw.choice(["a", "b", "c"], rows)})
        if inputs is None
        else inputs
    )

    def answers(right):
        hit = draw.random(rows) < right
        pred = np.where(hit, y, 1 - y)
        return Predictions("binary", y, np.column_stack([1 - pred, pred]).astype(float), pred, ("no", "yes"))

    after = np.full(rows, right_after)
    if where is not None:
        after[where(frame)] = 0.1
    return Evidence(kind, frame, answers(right_before), answers(after))


def judged(*found, **options):
    gate = Gate(metric=METRIC, **options)
    checks = with_allowed(check_scores(found, SCHEMA, METRIC, gate), gate)
    return {check.name: check for check in checks}, GateReport("a-1", "a-2", "accuracy", checks)


def test_a_better_model_passes():
    checks, report = judged(evidence("past", 0.8, 0.85), evidence("new", 0.6, 0.85, seed=1))
    assert report.accepted, str(report)
    assert (checks["past"].passed, checks["new"].passed, checks["slices"].passed, checks["score"].passed) == (True,) * 4
    assert "may take the place" in report.sentence


def test_no_better_on_new_rows_is_refused_unless_that_is_enough():
    found = [evidence("past", 0.8, 0.8), evidence("new", 0.8, 0.8, seed=1)]
    assert not judged(*found)[1].accepted
    assert judged(*found, require="not worse", tolerance=0.1)[1].accepted


def test_worse_on_past_rows_is_refused_unless_allowed():
    found = [evidence("past", 0.85, 0.7), evidence("new", 0.6, 0.85, seed=1)]
    checks, report = judged(*found)
    assert checks["past"].passed is False
    assert "past test rows" in report.sentence
    allowed, report = judged(*found, allow=["past"])
    assert report.accepted
    assert allowed["past"].allowed
    assert "allowed" in str(report)


def test_a_worse_slice_is_refused_and_named():
    found = evidence("new", 0.6, 0.95, where=lambda frame: frame["kind"] == "b")
    checks, report = judged(found)
    assert checks["slices"].passed is False
    assert "kind = b" in report.sentence
    assert judged(found, slices=[])[0]["slices"].passed is None
    assert judged(found, slices=["age"])[0]["slices"].passed is True
    with pytest.raises(ParameterError, match="Did you mean 'kind'"):
        judged(found, slices=["kin"])


def test_chance_alone_is_no_worse_slice():
    refused = 0
    for seed in range(15):
        found = evidence("new", 0.8, 0.8, seed=seed)
        refused += judged(found)[0]["slices"].passed is False
    assert refused <= 1


def test_a_score_that_is_too_good_is_refused():
    checks, report = judged(evidence("past", 0.8, 0.999), evidence("new", 0.8, 0.85, seed=1))
    assert checks["score"].passed is False
    assert "too good to be true" in report.sentence
    assert judged(evidence("past", 0.8, 0.999), plausible=1000.0)[1].accepted


def test_a_great_gain_on_new_rows_alone_is_plausible():
    assert judged(evidence("past", 0.9, 0.9), evidence("new", 0.3, 0.92, seed=1), tolerance=0.05)[1].accepted


def test_too_few_rows_judge_nothing():
    checks, report = judged(evidence("past", 0.5, 0.95, rows=50))
    assert not report.accepted
    assert "nothing to judge by" in report.sentence
    checks, report = judged(evidence("past", 0.6, 0.85), evidence("new", 0.9, 0.1, rows=30))
    assert (checks["new"].passed, report.accepted) == (None, True)
    assert not judged()[1].accepted


def test_changed_columns_classes_and_targets():
    def found(schema=SCHEMA, target=TARGET):
        return {check.name: check for check in check_form((SCHEMA, TARGET), (schema, target))}

    assert all(check.passed for check in found().values())
    other = Schema([Column("age", "categorical"), Column("new", "numeric"), Column("y", "target")])
    sentence = found(other)["schema"].sentence
    assert not found(other)["schema"].passed
    assert all(words in sentence for words in ("kind is gone", "new is new", "age was numeric and is categorical"))
    assert (
        "'maybe' is new"
        in found(target=dataclasses.replace(TARGET, classes=("no", "yes", "maybe")))["classes"].sentence
    )
    assert "'no' is gone" in found(target=dataclasses.replace(TARGET, classes=("yes",)))["classes"].sentence
    assert "target was y" in found(target=dataclasses.replace(TARGET, names=("z",)))["classes"].sentence
    assert "task was binary" in found(target=Target(("y",), "regression"))["classes"].sentence


def test_far_fewer_rows_are_refused():
    assert check_rows(1000, 400, Gate()).passed is False
    assert check_rows(1000, 900, Gate()).passed is True
    assert check_rows(None, 900, Gate()).passed is None


@pytest.mark.parametrize(
    "values",
    [{"tolerance": -1}, {"confidence": 2}, {"require": "much better"}, {"allow": ["pasd"]}, {"tolerence": 0.1}, {"resamples": 1.5},
     {"max_slowdown": 0.5}, {"metric": "acuracy"}, {"min_rows": True}],
)  # fmt: skip
def test_values_that_are_not_allowed(values):
    with pytest.raises(ParameterError):
        parse_gate(values)


def test_allowed_checks_are_said():
    check = Check("classes", False, "changed")
    assert with_allowed([check], Gate(allow=["classes"]))[0].refuses is False
    assert with_allowed([check], Gate(allow="rows"))[0].refuses is True
