"""Observations as Optuna sees them: trials in a storage that is read only, since a strategy keeps no memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from litmus.domains import Choice, Domain, Int
from litmus.errors import ResourceError
from litmus.search.history import Observation
from litmus.search.space import Space

__all__ = ["distributions", "load_optuna", "new_trial", "study_of", "trials_of"]

_START = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Optuna compares it with naive times of its own


def load_optuna() -> Any:
    """The Optuna library, kept from logging.

    Raises:
        ResourceError: when it is not installed; the message has the line that installs it.
    """
    try:
        import optuna
    except ImportError as error:
        raise ResourceError(
            f"Bayesian search needs the optuna library, which cannot be imported here ({error}); "
            'install it with: pip install "litmus[search]", or search with "random", "evolutionary" or "gp".'
        ) from error
    return optuna


def distributions(space: Space, names: Iterable[str]) -> dict[str, Any]:
    """Optuna's distributions of these parameters; choices are searched by position, so that they may be any objects."""
    return {name: _distribution(space.parameters[name]) for name in names}


def _distribution(domain: Domain) -> Any:
    optuna = load_optuna().distributions
    if isinstance(domain, Choice):
        return optuna.CategoricalDistribution(tuple(range(len(domain.values))))
    kind = optuna.IntDistribution if isinstance(domain, Int) else optuna.FloatDistribution
    return kind(domain.low, domain.high, log=domain.log)


def trials_of(space: Space, observations: Sequence[Observation]) -> list[Any]:
    """Observations as Optuna's trials, in their order.

    Failed and pending ones become running trials, which Optuna keeps away from as from bad ones; stopped ones become
    pruned, which rank below complete ones.
    """
    trial = load_optuna().trial
    known = distributions(space, space.parameters)
    states = {"complete": trial.TrialState.COMPLETE, "stopped": trial.TrialState.PRUNED}
    trials = []
    for number, seen in enumerate(observations):
        state = states.get(seen.status, trial.TrialState.RUNNING)
        if state == trial.TrialState.COMPLETE and not seen.is_scored:
            state = trial.TrialState.RUNNING
        values = _plain(space, seen.settings)
        trials.append(
            trial.FrozenTrial(
                number=number,
                trial_id=number,
                state=state,
                value=seen.value if state == trial.TrialState.COMPLETE else None,
                datetime_start=_START,
                datetime_complete=None if state == trial.TrialState.RUNNING else _START,
                params=values,
                distributions={name: known[name] for name in values},
                user_attrs={},
                system_attrs={"constraints:violation": max(seen.violation, 0.0)} if seen.violation else {},
                intermediate_values={0: float(seen.value)}
                if seen.status == "stopped" and seen.value is not None
                else {},
            )
        )
    return trials


def _plain(space: Space, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as numbers; a default beside its range is moved to the nearer end, or left out when it is no number."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        domain = space.parameters.get(name)
        if domain is None:
            continue
        if isinstance(domain, Choice):
            position = domain.position(value)
            if position is not None:
                values[name] = position
        elif value is not None:
            values[name] = domain.nearest(value)
    return values


def new_trial(number: int) -> Any:
    """The trial whose values are to be drawn."""
    trial = load_optuna().trial
    return trial.FrozenTrial(
        number=number,
        trial_id=number,
        state=trial.TrialState.RUNNING,
        value=None,
        datetime_start=_START,
        datetime_complete=None,
        params={},
        distributions={},
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


def study_of(trials: Sequence[Any], sampler: Any) -> Any:
    """A study that holds these trials, larger values being better."""
    optuna = load_optuna()
    previous = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # or every study would be announced
    try:
        return optuna.create_study(storage=_storage_class()(trials), sampler=sampler, direction="maximize")
    finally:
        optuna.logging.set_verbosity(previous)


@cache
def _storage_class() -> Any:
    optuna = load_optuna()

    class TrialList(optuna.storages.InMemoryStorage):  # type: ignore[name-defined]
        """A storage that gives the trials it was made with, and forgets what it is told."""

        def __init__(self, trials: Sequence[Any]) -> None:
            super().__init__()
            self._given = list(trials)

        def get_all_trials(
            self,
            study_id: int,  # noqa: ARG002 - there is one study
            deepcopy: bool = True,  # noqa: ARG002, FBT001, FBT002 - nobody changes them
            states: Container[Any] | None = None,
        ) -> list[Any]:
            return self._given if states is None else [trial for trial in self._given if trial.state in states]

        def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
            """Nothing: the drawn trial lives for one call."""

    return TrialList
