"""Algorithms that answer by a form: what optimising leaves of a fitted algorithm, without the library that trained it."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import Accepts, Classifier, Regressor
from litmus.algorithms.context import FitContext
from litmus.errors import TrainingError
from litmus.predictors import Form, Predictor, combined, load_form

__all__ = [
    "FormClassifier",
    "FormRegressor",
    "SparseFormClassifier",
    "SparseFormRegressor",
    "answering_by",
]


@dataclasses.dataclass(frozen=True)
class _Rows:
    """Features as predictors take them."""

    dense: np.ndarray
    sparse: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]


class _Answering:
    """What the classes share: the form, and a predictor made of it when it is first asked."""

    accepts: ClassVar[Accepts]
    form_: Form

    def fit(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        """Refuse: what it answers was learned by another algorithm."""
        del X, y, context
        raise TrainingError(
            f"{type(self).__name__} is what optimising made of a fitted algorithm, and cannot learn; train the algorithm itself."
        )

    def lowered(self) -> Form:
        """The form."""
        return self.form_

    def save(self, folder: Path) -> None:
        """Write the form; nothing is pickled."""
        self.form_.save(folder)

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.form_ = load_form(folder)

    def __getstate__(self) -> dict[str, Any]:
        """All but the predictors, which may hold sessions."""
        return {name: value for name, value in vars(self).items() if name != "_made"}

    def _scores(self, X: Any) -> np.ndarray:
        width, sparse = int(X.shape[1]), hasattr(X, "indptr")
        predictor = self._predictor(width, sparse=sparse)
        if not sparse:
            return predictor.rows(_Rows(np.ascontiguousarray(X, dtype=np.float32), []))
        block = (X.indptr, X.indices, X.data.astype(np.float32, copy=False), width)
        return predictor.rows(_Rows(np.empty((X.shape[0], 0), dtype=np.float32), [block]))

    def _predictor(self, width: int, *, sparse: bool) -> Predictor:
        """The predictor for features of this kind, made when they first come."""
        made: dict[bool, Predictor] = vars(self).setdefault("_made", {})
        with _making:
            if sparse not in made:
                columns = np.full(width, -1) if sparse else np.arange(width)
                form = self.form_.moved(columns, 0 if sparse else width, [(0, 0)] if sparse else [])
                made[sparse] = combined([(form, 1.0)])
            return made[sparse]


_making = threading.Lock()


@dataclasses.dataclass
class FormClassifier(_Answering, Classifier):
    """Probabilities by a form of dense features."""

    accepts: ClassVar[Accepts] = "dense"
    takes_missing: ClassVar[bool] = True

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities float32 (rows, classes)."""
        return self._scores(X).astype(np.float32)


@dataclasses.dataclass
class FormRegressor(_Answering, Regressor):
    """Values by a form of dense features."""

    accepts: ClassVar[Accepts] = "dense"
    takes_missing: ClassVar[bool] = True

    def predict(self, X: Any) -> np.ndarray:
        """Values float64 (rows,)."""
        return self._scores(X)


@dataclasses.dataclass
class SparseFormClassifier(FormClassifier):
    """Probabilities by a form of sparse features."""

    accepts: ClassVar[Accepts] = "sparse"


@dataclasses.dataclass
class SparseFormRegressor(FormRegressor):
    """Values by a form of sparse features."""

    accepts: ClassVar[Accepts] = "sparse"


def answering_by(form: Form, accepts: Accepts) -> FormClassifier | FormRegressor:
    """The algorithm that answers by a form of an algorithm that takes features so.

    Example:
        >>> from litmus.predictors.constant import Constant
        >>> answering_by(Constant.of(np.array([0.25, 0.75])), "dense").predict_proba(np.zeros((1, 3))).tolist()
        [[0.25, 0.75]]
    """
    sparse = accepts == "sparse"
    if form.outputs:
        made: FormClassifier | FormRegressor = SparseFormClassifier() if sparse else FormClassifier()
    else:
        made = SparseFormRegressor() if sparse else FormRegressor()
    made.form_ = form
    return made
