"""Hands a winner to its endpoint, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from litmus.endpoints import Alarm, endpoint
from litmus.endpoints.rollouts import Strategy
from litmus.errors import LitmusError, ResourceError

if TYPE_CHECKING:
    from litmus.endpoints.state import RolloutState
    from litmus.store import Store
    from litmus.store.records import Decision

__all__ = ["finish_rollouts", "roll_out", "take_back"]


def roll_out(
    name: str,
    version: str,
    store: Store,
    *,
    before: str,
    rollout: Strategy,
    alarms: Sequence[Alarm] = (),
    trust: bool = False,
    wait: bool = True,
    facts: dict[str, Any] | None = None,
    seen: Callable[[RolloutState], object] | None = None,
) -> str:
    """Put a version behind an endpoint's address, step by step.

    Args:
        name: of the endpoint.
        version: what is to be served.
        store: where decisions are written.
        before: what is served now.
        rollout, alarms: as in `Endpoint.update`.
        trust: as in `Endpoint.update`.
        wait: whether to wait until it is over; else the endpoint goes on by itself, and `finish_rollouts` writes down what came of it.
        facts: what belongs to the decision.
        seen: called with each new state of the update.

    Returns:
        "finished", "rolled back", or "under way".

    Raises:
        ResourceError: when the endpoint does not run, or was stopped before the update was over.
    """
    found = endpoint(name)
    if found.status not in ("running", "updating"):
        raise ResourceError(
            f"{name} does not run ({found.status}), so that {version} was not rolled out. Start it: litmus endpoints start "
            f"{name}; then: litmus endpoints update {name} {version}"
        )
    under_way = found.update(version, rollout=rollout, alarms=alarms or None, trust=trust)
    begun = store.decide(
        "rollout",
        name,
        before=before,
        after=version,
        reason=f"{rollout}",
        facts={**(facts or {}), "update": under_way.id},
    )
    if not wait:
        return "under way"
    status = under_way.wait(seen=seen)
    _finish(store, begun, status, under_way.state.message)
    return status


def finish_rollouts(store: Store) -> list[Decision]:
    """Write down what came of updates that nobody waited for, or whose waiting process ended; returns these decisions."""
    done = {each.facts.get("update") for each in store.decisions(what="rolled out")}
    done |= {each.facts.get("update") for each in store.decisions(what="rolled back")}
    found = []
    for begun in store.decisions(what="rollout"):
        if begun.facts.get("update") in done:
            continue
        try:
            state = endpoint(begun.subject).state.rollout
        except LitmusError:  # the endpoint was deleted
            continue
        if state is not None and state.id == begun.facts.get("update") and state.status in ("finished", "rolled back"):
            found.append(_finish(store, begun, state.status, state.message))
    return found


def _finish(store: Store, begun: Decision, status: str, message: str) -> Decision:
    """The decision that ends a rollout; what was rolled out is the champion of its name from then on."""
    facts = {"update": begun.facts.get("update"), "decision": begun.id}
    if status != "finished":
        return store.decide(
            "rolled back", begun.subject, before=begun.after, after=begun.before, reason=message, facts=facts
        )
    try:
        store.set_alias(str(begun.after), "champion", reason=f"rolled out on {begun.subject}")
    except LitmusError as error:
        facts["alias"] = str(error)
    return store.decide(
        "rolled out", begun.subject, before=begun.before, after=begun.after, reason=message, facts=facts
    )


def take_back(store: Store, name: str, decision: str | None = None) -> Decision:
    """Put the version that an endpoint served before a rollout behind its address again, all at once.

    Args:
        store: where decisions are.
        name: of the endpoint.
        decision: which rollout; by default the last one that was finished.

    Returns:
        The decision that says so.

    Raises:
        ResourceError: when there is no such rollout, it was taken back already, or another model is served since.
    """
    done = [
        each
        for each in store.decisions(name, what="rolled out")
        if decision in (None, each.id, each.facts.get("decision"))
    ]
    undone = {each.facts.get("undoes") for each in store.decisions(name, what="taken back")}
    done = [each for each in done if each.id not in undone]
    if not done:
        which = "no rollout" if decision is None else f"no rollout {decision}"
        raise ResourceError(
            f"There is {which} of {name} to take back; litmus retrain {name} --history lists what was decided."
        )
    last = done[-1]
    found = endpoint(name)
    serving = found.describe().models
    if serving != [last.after]:
        raise ResourceError(f"{name} serves {', '.join(serving)} since, not {last.after}; nothing was taken back.")
    found.update(str(last.before), wait=True, trust=True)
    facts: dict[str, Any] = {"undoes": last.id}
    try:
        store.set_alias(str(last.before), "champion", reason=f"{last.after} was taken back on {name}")
    except LitmusError as error:
        facts["alias"] = str(error)
    return store.decide("taken back", name, before=last.after, after=last.before, reason="by hand", facts=facts)
