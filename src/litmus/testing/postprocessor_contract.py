"""What every postprocessor must do: inherit `PostprocessorContract` in your tests and give it yours."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from litmus.metrics.predictions import Predictions
from litmus.postprocessing.base import Postprocessor
from litmus.state import load_component, save_component

__all__ = ["PostprocessorContract"]


class PostprocessorContract:
    """Tests of one postprocessor. Give the fixture `postprocessor`, and `predictions` when it is for another task.

    Example:
        >>> import pytest
        >>> from litmus.postprocessing import Calibrate
        >>> class TestCalibrate(PostprocessorContract):
        ...     @pytest.fixture
        ...     def postprocessor(self):
        ...         return Calibrate()
    """

    @pytest.fixture
    def postprocessor(self) -> Postprocessor:
        """The unfitted postprocessor to test."""
        raise NotImplementedError("Define the fixture `postprocessor` in your test class; it returns an unfitted one.")

    @pytest.fixture
    def predictions(self) -> Predictions:
        """Out-of-fold predictions of a binary task."""
        random = np.random.default_rng(0)
        share = random.random(300)
        truth = (random.random(300) < share**2).astype(np.int64)
        scores = np.column_stack([1 - share, share]).astype(np.float32)
        return Predictions("binary", truth, scores, (share > 0.5).astype(np.int64), ("no", "yes"))

    def test_it_does_not_change_what_it_is_given(self, postprocessor: Postprocessor, predictions: Predictions) -> None:
        """Scores and labels are left as they were."""
        scores, labels = predictions.scores.copy(), user_labels(predictions)
        before = labels.copy()
        postprocessor.fit(predictions)
        postprocessor.adjust(predictions.scores)
        postprocessor.decide(predictions.scores)
        postprocessor.relabel(labels)
        np.testing.assert_array_equal(predictions.scores, scores)
        np.testing.assert_array_equal(labels, before)

    def test_scores_stay_scores(self, postprocessor: Postprocessor, predictions: Predictions) -> None:
        """Adjusted scores have the same shape; probabilities stay between 0 and 1 and of classes sum to 1."""
        postprocessor.fit(predictions)
        adjusted = postprocessor.adjust(predictions.scores)
        assert adjusted.shape == predictions.scores.shape
        assert np.isfinite(adjusted).all()
        if predictions.task in ("binary", "multiclass"):
            np.testing.assert_allclose(adjusted.sum(axis=1), 1, atol=1e-5)
        if predictions.task != "regression":
            assert adjusted.min() >= 0
            assert adjusted.max() <= 1 + 1e-6

    def test_decisions_are_codes(self, postprocessor: Postprocessor, predictions: Predictions) -> None:
        """`decide` gives None or codes of the truth's shape."""
        postprocessor.fit(predictions)
        codes = postprocessor.decide(postprocessor.adjust(predictions.scores))
        if codes is not None:
            assert codes.shape == predictions.y_true.shape
            assert np.issubdtype(codes.dtype, np.integer)
            assert codes.min() >= 0
            assert codes.max() < predictions.scores.shape[1]

    def test_every_row_is_answered(self, postprocessor: Postprocessor, predictions: Predictions) -> None:
        """`relabel` gives one label a row."""
        postprocessor.fit(predictions)
        labels = user_labels(predictions)
        assert len(postprocessor.relabel(labels)) == len(labels)

    def test_one_row_gives_what_it_gives_in_a_batch(
        self, postprocessor: Postprocessor, predictions: Predictions
    ) -> None:
        """A row's answer does not depend on the rows it is sent with; no rows give no answers."""
        postprocessor.fit(predictions)
        batch = postprocessor.adjust(predictions.scores)
        codes = postprocessor.decide(batch)
        for row in (slice(3, 4), slice(0, 0)):
            one = postprocessor.adjust(predictions.scores[row])
            np.testing.assert_allclose(one, batch[row], rtol=1e-5, atol=1e-7)
            answer = postprocessor.decide(one)
            if codes is not None:
                assert answer is not None
                np.testing.assert_array_equal(answer, codes[row])

    def test_a_clone_is_equal_and_unfitted(self, postprocessor: Postprocessor, predictions: Predictions) -> None:
        """`clone` copies the parameters and nothing that was learned."""
        postprocessor.fit(predictions)
        clone = postprocessor.clone()
        assert clone == postprocessor
        assert not [name for name in vars(clone) if name.endswith("_")]

    def test_it_is_the_same_after_saving(
        self, postprocessor: Postprocessor, predictions: Predictions, tmp_path: Path
    ) -> None:
        """A saved and loaded postprocessor gives the same answers; built-in ones need no trust."""
        postprocessor.fit(predictions)
        pickled = save_component(postprocessor, tmp_path)
        loaded = load_component(tmp_path, trust=pickled)
        adjusted = postprocessor.adjust(predictions.scores)
        np.testing.assert_array_equal(loaded.adjust(predictions.scores), adjusted)
        codes = postprocessor.decide(adjusted)
        assert (loaded.decide(adjusted) is None) == (codes is None)
        if codes is not None:
            np.testing.assert_array_equal(loaded.decide(adjusted), codes)
        labels = user_labels(predictions)
        np.testing.assert_array_equal(loaded.relabel(labels), postprocessor.relabel(labels))
        assert loaded.report() == postprocessor.report()


def user_labels(predictions: Predictions) -> np.ndarray:
    """The decided labels as a user sees them, or the values of a regression."""
    if predictions.task in ("regression", "multilabel"):
        return predictions.y_pred.copy()
    return np.array(predictions.classes, dtype=object)[predictions.y_pred]
