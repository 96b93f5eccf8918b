"""Answers with other labels."""

import numpy as np
import pytest

from litmus.errors import ParameterError, PredictionError
from litmus.postprocessing import Calibrate, FunctionPostprocessor, LabelMap, Postprocessor, resolve_postprocessor


def test_labels_of_any_type_are_replaced():
    assert LabelMap({"a": 1, "b": 1}).relabel(np.array(["a", "b", "c"])).tolist() == [1, 1, "c"]
    assert LabelMap({0: "no", 1: "yes"}).relabel(np.array([1, 0])).tolist() == ["yes", "no"]
    assert LabelMap({True: ["x", "y"]}).relabel(np.array([True, False], dtype=object)).tolist() == [["x", "y"], False]
    assert LabelMap({"a": "b", "b": "a"}).relabel(np.array(["a", "b"])).tolist() == ["b", "a"]
    assert LabelMap().relabel(np.array([], dtype=object)).tolist() == []


def test_a_functions_answers_are_counted():
    upper = FunctionPostprocessor(np.char.upper)
    assert upper.relabel(np.array(["a", "b"])).tolist() == ["A", "B"]

    def first(labels):
        return labels[:1]

    with pytest.raises(PredictionError, match="'first' returned 1 labels for 2 rows; it must return one a row"):
        FunctionPostprocessor(first).relabel(np.array(["a", "b"]))
    with pytest.raises(PredictionError, match="returned NoneType for 2 rows"):
        FunctionPostprocessor(lambda labels: None).relabel(np.array(["a", "b"]))


def test_a_function_cannot_change_the_labels_it_is_given():
    labels = np.array([1.0, -2.0])

    def clip(values):
        values[values < 0] = 0
        return values

    assert FunctionPostprocessor(clip).relabel(labels).tolist() == [1.0, 0.0]
    assert labels.tolist() == [1.0, -2.0]


def test_what_users_write_becomes_a_postprocessor():
    assert resolve_postprocessor({"a": "b"}) == LabelMap({"a": "b"})
    assert resolve_postprocessor(Calibrate) == Calibrate()
    given = Calibrate(method="isotonic")
    assert resolve_postprocessor(given) is given
    assert resolve_postprocessor(np.round) == FunctionPostprocessor(np.round)
    for wrong in ("calibrate", 3):
        with pytest.raises(ParameterError, match="is no postprocessing"):
            resolve_postprocessor(wrong)


def test_nothing_is_done_by_default():
    scores = np.array([[0.4, 0.6]])
    plain = Postprocessor()
    assert plain.adjust(scores) is scores
    assert plain.decide(scores) is None
    assert plain.relabel(scores) is scores
    assert plain.name == "postprocessor"
    assert plain.report() == []


def test_bad_parameters():
    with pytest.raises(ParameterError, match="must be a dict"):
        LabelMap(["a", "b"])
    with pytest.raises(ParameterError, match="must be a function"):
        FunctionPostprocessor("upper")
