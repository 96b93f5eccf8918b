"""Tree-structured Parzen estimators: settings that good observations make likely and bad ones do not."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from litmus.domains import Choice
from litmus.search.history import Observation, thinned
from litmus.search.optuna_trials import distributions, load_optuna, new_trial, study_of, trials_of
from litmus.search.space import Space

__all__ = ["parzen_settings"]

_REDRAWS = 6
_MOST = 100  # observations that the model learns from


def parzen_settings(
    space: Space,
    observations: Sequence[Observation],
    rng: np.random.Generator,
    *,
    candidates: int = 24,
    tried: Container[str] = (),
) -> dict[str, Any] | None:
    """Settings drawn by Optuna's TPE sampler, given what was observed at one fidelity.

    Parameters that always occur together are drawn together (multivariate TPE); those under the same condition follow,
    once it is known to hold, from the observations in which it held.

    Args:
        space: what may be tried.
        observations: scored, stopped, failed and pending ones.
        rng: the source of randomness.
        candidates: how many settings are drawn from the good ones' density, the best of which is taken.
        tried: keys of settings that are no use; a draw of them counts as one more bad observation, and is made again.

    Returns:
        The settings, or None when every draw was tried already.
    """
    seen = thinned(observations, _MOST)
    for _ in range(_REDRAWS):
        settings = _drawn(space, seen, rng, candidates)
        if space.key(settings) not in tried:
            return settings
        seen.append(Observation(len(seen), settings, status="pending"))
    return None


def _drawn(space: Space, seen: Sequence[Observation], rng: np.random.Generator, candidates: int) -> dict[str, Any]:
    sampler = load_optuna().samplers.TPESampler(
        seed=int(rng.integers(2**31)), n_startup_trials=0, n_ei_candidates=candidates, constant_liar=True
    )
    trials = trials_of(space, seen)
    drawn: dict[str, Any] = {}
    while left := [name for name in space.active(drawn) if name not in drawn]:
        for group in _groups(space, left):
            known = distributions(space, group)
            free = {name: distribution for name, distribution in known.items() if not distribution.single()}
            having = [trial for trial in trials if free.keys() <= trial.params.keys()]
            found = sampler.sample_relative(study_of(having, sampler), new_trial(len(trials)), free) if free else {}
            for name in group:
                domain = space.parameters[name]
                if isinstance(domain, Choice):
                    drawn[name] = domain.values[int(found.get(name, 0))]
                else:
                    drawn[name] = domain.nearest(found.get(name, domain.low))
    return {name: drawn[name] for name in space.active(drawn)}


def _groups(space: Space, names: Sequence[str]) -> list[list[str]]:
    """Parameters that occur in the same observations; one whose default is no value of its range is alone."""
    groups: dict[Any, list[str]] = {}
    for name in names:
        condition = space.conditions.get(name)
        key: Any = None if condition is None else (condition.parameter, tuple(map(repr, condition.values)))
        if name in space.defaults and space.defaults[name] is None and not isinstance(space.parameters[name], Choice):
            key = (name,)
        groups.setdefault(key, []).append(name)
    return list(groups.values())
