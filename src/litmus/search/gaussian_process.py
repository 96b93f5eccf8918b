"""Bayesian search by a Gaussian process."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.algorithms.thread_limits import limit_threads
from litmus.component import Int, param
from litmus.search.cube import Cube
from litmus.search.history import History, Observation, thinned
from litmus.search.quasi_random import quasi_random_point
from litmus.search.space import Space
from litmus.search.strategy import SearchStrategy, fresh_settings

if TYPE_CHECKING:
    from litmus.search.gaussian_regression import GaussianRegression

__all__ = ["GaussianProcessSearch"]

_EVEN, _NEAR, _ROUNDS, _MOST = 300, 50, 2, 50
_LEARNED = 150  # observations that the model learns from
_HUGE = 1e100  # larger values have squares that are not finite


@dataclasses.dataclass
class GaussianProcessSearch(SearchStrategy):
    """Try where a Gaussian process expects the most improvement (Jones, Schonlau and Welch, 1998).

    It is at its best with few parameters, mostly numbers, and some dozens of trials. The defaults come first, then evenly
    spread settings. Pending trials count as if they had given what is expected of them; failed ones and those that break
    constraints as if they were the worst. No library beyond SciPy is needed: Optuna's own would need PyTorch.

    Args:
        n_startup: how many suggestions come before the model.

    Example:
        >>> from litmus.search import Float
        >>> space = Space({"x": Float(0.0, 1.0)})
        >>> tried = [Observation(n, {"x": n / 10}, value=-abs(n / 10 - 0.33)) for n in range(10)]
        >>> 0.2 < GaussianProcessSearch().suggest(space, History(tried))["x"] < 0.45
        True
    """

    n_startup: int = param(8, Int(1, 50, log=True), minimum=1)

    def suggest(self, space: Space, history: History) -> Mapping[str, Any] | None:
        """The next settings; None when a small space is exhausted."""
        if not len(history):
            return space.default
        rng = history.rng()
        if len(history) < self.n_startup or len(history.complete) < 2 or not space.order:
            first = [space.from_unit(quasi_random_point(len(history), len(space.order), history.seed))]
            return fresh_settings(space, history, lambda: first.pop() if first else space.sample(rng))
        with limit_threads(1):  # matrices this small are done before threads have met
            ranked = iter(self._ranked(Cube(space), history, rng))
        return fresh_settings(space, history, lambda: next(ranked, None) or space.sample(rng))

    def _ranked(self, cube: Cube, history: History, rng: np.random.Generator) -> list[dict[str, Any]]:
        """The most promising settings, best first."""
        observed = thinned(
            [seen for seen in history.observations if seen.status != "pending" and _counts(seen)], _LEARNED
        )
        points = np.array([cube.point(seen.settings) for seen in observed])
        values = _values(observed)
        model = _model(cube, points, values, [seen.settings for seen in history.pending])
        width = points.shape[1]
        best = points[np.argsort(-values, kind="stable")[:5]]
        candidates = np.concatenate([rng.random((_EVEN, width)), *(_around(point, 0.1, rng) for point in best)])
        scores = model.expected_improvement(cube.features(candidates))
        for round_number in range(_ROUNDS):
            top = candidates[np.argsort(-scores, kind="stable")[:3]]
            near = np.concatenate([_around(point, 0.05 / 3**round_number, rng) for point in top])
            candidates = np.concatenate([candidates, near])
            scores = np.concatenate([scores, model.expected_improvement(cube.features(near))])
        candidates, first = np.unique(candidates, axis=0, return_index=True)
        order = np.argsort(-scores[first], kind="stable")[:_MOST]
        return [cube.settings(candidates[place]) for place in order]


def _counts(seen: Observation) -> bool:
    return seen.fidelity == 1.0 or not seen.is_scored


def _values(observed: Sequence[Observation]) -> np.ndarray:
    """What the model learns from (rows,): bad values are cut off, and what failed or broke a constraint is the worst."""
    good = np.array(
        [seen.value if seen.is_scored and seen.violation <= 0 else np.nan for seen in observed], dtype=float
    )
    good = np.clip(good, -_HUGE, _HUGE)
    known = good[~np.isnan(good)]
    if not len(known):  # nothing is feasible: what breaks the constraints least is best
        rest = np.array([-seen.violation if seen.is_scored else np.nan for seen in observed], dtype=float)
        return np.nan_to_num(rest, nan=float(np.nanmin(rest)))
    low, high = np.quantile(known, [0.25, 0.75])
    floor = low - 1.5 * (high - low)  # a few disasters must not flatten all other differences
    return np.maximum(np.nan_to_num(good, nan=max(float(known.min()), floor)), floor)


def _model(
    cube: Cube, points: np.ndarray, values: np.ndarray, pending: Sequence[Mapping[str, Any]]
) -> GaussianRegression:
    from litmus.search.gaussian_regression import GaussianRegression

    model = GaussianRegression(cube.features(points), values, cube.groups)
    if not pending:
        return model
    return model.with_guesses(cube.features(np.array([cube.point(settings) for settings in pending])))


def _around(point: np.ndarray, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Points near a point (points, parameters): each differs in some coordinates, by a little or, rarely, by any amount."""
    moved = point + reach * rng.standard_normal((_NEAR, len(point)))
    moved = np.where(rng.random(moved.shape) < 0.5, moved, point)
    moved = np.where(rng.random(moved.shape) < 0.05, rng.random(moved.shape), moved)
    return np.clip(moved, 0.0, 1.0)
