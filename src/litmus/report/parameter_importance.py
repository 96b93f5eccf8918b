"""How much of the differences between the scores of a search each parameter explains."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.evaluate.number_text import one_line, percent_text
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import LONGEST_NAME
from litmus.report.search_facts import SearchFacts
from litmus.report.search_settings import scored_of, varied
from litmus.report.vega import axis, chart_spec
from litmus.search import Space

__all__ = ["FEWEST_TRIALS", "ParameterImportance", "parameter_chart", "parameter_importance"]

FEWEST_TRIALS = 10
"""Trials below which nothing is said: a forest would learn their noise."""
_TREES = 100
_SAMPLES = 200
_LEVELS = 16
_INACTIVE = -0.25
"""The place of a parameter that does not count or is None, apart from every value."""


@dataclasses.dataclass(frozen=True)
class ParameterImportance:
    """What a forest has learned from the trials.

    Attributes:
        shares: parameter → share of the variance of the predicted scores that it explains by itself, largest first.
        known: share of the variance of the scores that the forest predicts for trials it has not seen, at most 1; at or
            below 0 it has learned nothing.
    """

    shares: dict[str, float]
    known: float


def parameter_importance(
    space: Space, settings: Sequence[Mapping[str, Any]], scores: Sequence[float]
) -> ParameterImportance | None:
    """Share of the variance of the score that each parameter explains by itself.

    This is the first order of functional analysis of variance: a random forest learns the score from the settings, and a
    parameter's share is the variance of the forest's mean prediction given its value, over the variance of all predictions.
    See Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance" (ICML 2014); the
    averages are taken over settings drawn from the space, not over the cells of the trees.

    Args:
        space: the space.
        settings: the settings of each trial (trials,).
        scores: their scores (trials,).

    Returns:
        The shares; None for fewer than ten trials, or where all score the same.

    Example:
        >>> from litmus import Float
        >>> space = Space({"matters": Float(0, 1), "does_not": Float(0, 1)})
        >>> rng = np.random.default_rng(0)
        >>> settings = [space.sample(rng) for _ in range(40)]
        >>> found = parameter_importance(space, settings, [one["matters"] for one in settings])
        >>> list(found.shares)[0], found.shares["matters"] > 0.8, found.known > 0.8
        ('matters', True, True)
    """
    target = np.asarray(scores, np.float64)
    if len(target) < FEWEST_TRIALS or np.ptp(target) == 0:
        return None
    from sklearn.ensemble import RandomForestRegressor

    names = list(space.parameters)
    forest = RandomForestRegressor(
        _TREES,
        min_samples_leaf=2,
        max_features=max(1, round(0.6 * len(names))),
        oob_score=True,
        random_state=0,
        n_jobs=1,
    )
    forest.fit(_places(space, settings), target)
    rng = np.random.default_rng(0)
    drawn = _places(space, [space.sample(rng) for _ in range(_SAMPLES)])
    total = float(np.var(forest.predict(drawn)))
    if total == 0:
        return None
    shares = {}
    for column, name in enumerate(names):
        levels = np.unique(np.quantile(drawn[:, column], np.linspace(0, 1, _LEVELS), method="nearest"))
        grid = np.repeat(drawn[None], len(levels), axis=0)
        grid[:, :, column] = levels[:, None]
        means = forest.predict(grid.reshape(-1, len(names))).reshape(len(levels), -1).mean(axis=1)
        nearest = np.abs(drawn[:, column, None] - levels).argmin(axis=1)
        shares[name] = min(float(np.var(means[nearest])) / total, 1.0)
    return ParameterImportance(dict(sorted(shares.items(), key=lambda item: -item[1])), float(forest.oob_score_))


def _places(space: Space, settings: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The settings as places in [0, 1] on the scales that were searched (trials, parameters)."""
    return np.array(
        [
            [
                domain.to_unit(one[name]) if one.get(name) is not None else _INACTIVE
                for name, domain in space.parameters.items()
            ]
            for one in settings
        ]
    )


def parameter_chart(facts: SearchFacts, family: str) -> Chart | None:
    """A bar for each parameter's share; None for too few trials."""
    tried = scored_of(facts, family)
    first = tried[0].trial.searched if tried else None
    if first is None or not varied(tried):
        return None
    settings = [one.trial.searched.settings for one in tried if one.trial.searched is not None]
    edge = facts.edge_of(tried)
    found = parameter_importance(first.space, settings, [facts.within(one.score, edge) for one in tried])
    if found is None:
        return None
    data = [{"parameter": one_line(name, 32), "share": round(share, 4)} for name, share in found.shares.items()]
    layer = {
        "mark": {"type": "bar", "color": "theme:accent", "cornerRadiusEnd": 2, "height": {"band": 0.68}},
        "encoding": {
            "y": axis(
                "parameter",
                None,
                kind="nominal",
                sort=[point["parameter"] for point in data],
                axis={"labelLimit": 180, "grid": False, "domain": False, "ticks": False},
            ),
            "x": axis(
                "share",
                "share of the differences explained",
                axis={"format": "%", "tickCount": 5},
                scale={"domainMin": 0},
            ),
            "tooltip": [axis("parameter", "parameter", kind="nominal"), axis("share", "share", format=".1%")],
        },
    }
    spec = chart_spec(
        f"How much each of {len(data)} parameters of {family} explains of {facts.metric}; first {data[0]['parameter']}.",
        layers=[layer],
        data=data,
        height=max(24 * len(data), 72),
    )
    rows = tuple(
        (Cell(one_line(name, LONGEST_NAME)), Cell(percent_text(share), bar=min(share, 1.0)))
        for name, share in found.shares.items()
    )
    table = Table(
        (Heading("parameter"), Heading("share", numeric=True)), rows, f"Importance of the parameters of {family}"
    )
    return Chart(f"Which parameters matter: {family}", _caption(found, facts.metric, len(tried)), spec, table)


def _caption(found: ParameterImportance, metric: str, n_trials: int) -> str:
    """What the shares are, and how far they can be believed."""
    method = (
        f"Share of the differences in {metric} that each parameter explains by itself, as a random forest learned it from "
        f"{n_trials} trials (functional ANOVA; Hutter, Hoos and Leyton-Brown 2014). "
    )
    if found.known <= 0.1:
        return method + "The forest cannot predict trials it has not seen, so do not rely on this order."
    return (
        method + f"The forest explains {percent_text(found.known, 0)} of the differences among trials it has not seen."
    )
