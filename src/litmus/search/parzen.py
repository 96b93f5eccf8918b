"""Tree-structured Parzen estimators: settings that good observations make likely and bad ones do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.domains import Choice
from litmus.search.history import Observation
from litmus.search.optuna_trials import distributions, load_optuna, new_trial, study_of, trials_of
from litmus.search.space import Space

__all__ = ["parzen_settings"]


def parzen_settings(
    space: Space, observations: Sequence[Observation], rng: np.random.Generator, *, candidates: int = 24
) -> dict[str, Any]:
    """Settings drawn by Optuna's TPE sampler, given what was observed at one fidelity.

    Parameters that always occur together are drawn together (multivariate TPE); those under the same condition follow,
    once it is known to hold.

    Args:
        space: what may be tried.
        observations: scored, stopped, failed and pending ones.
        rng: the source of randomness.
        candidates: how many settings are drawn from the good ones' density, the best of which is taken.
    """
    optuna = load_optuna()
    sampler = optuna.samplers.TPESampler(
        seed=int(rng.integers(2**31)), n_startup_trials=0, n_ei_candidates=candidates, constant_liar=True
    )
    trials = trials_of(space, observations)
    study = study_of(trials, sampler)
    drawn: dict[str, Any] = {}
    while left := [name for name in space.active(drawn) if name not in drawn]:
        for group in _groups(space, left):
            known = distributions(space, group)
            free = {name: known[name] for name in group if not known[name].single()}
            found = sampler.sample_relative(study, new_trial(len(trials)), free) if free else {}
            for name in group:
                domain = space.parameters[name]
                value = found.get(name, known[name].to_external_repr(known[name].to_internal_repr(_only(known[name]))))
                drawn[name] = domain.values[int(value)] if isinstance(domain, Choice) else domain.nearest(value)
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


def _only(distribution: Any) -> Any:
    return distribution.choices[0] if hasattr(distribution, "choices") else distribution.low
