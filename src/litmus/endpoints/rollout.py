"""An update under way, as the one who asked for it sees it."""

from __future__ import annotations

import time
from collections.abc import Callable

from litmus.endpoints.orders import Order, give_order, new_id
from litmus.endpoints.places import folder_of
from litmus.endpoints.state import RolloutState, State
from litmus.errors import ResourceError
from litmus.quantities import parse_seconds

__all__ = ["Rollout"]

_LOOK_SECONDS = 0.05


class Rollout:
    """An update that an endpoint carries out by itself, whether or not anybody waits for it.

    Args:
        name: of the endpoint.
        id: of the update.
        describe: says what the endpoint is doing.
    """

    def __init__(self, name: str, id: str, describe: Callable[[], State]) -> None:
        self.name = name
        self.id = id
        self._describe = describe

    @property
    def state(self) -> RolloutState:
        """How far it is.

        Raises:
            ResourceError: when a later update has taken its place, or the endpoint was stopped.
        """
        state = self._describe()
        if state.rollout is None or state.rollout.id != self.id:
            raise ResourceError(
                f"The update {self.id} of {self.name} is over; litmus endpoints describe {self.name} has the events."
            )
        return state.rollout

    @property
    def status(self) -> str:
        """In a word: "applying", "baking", "rolling back", "finished" or "rolled back"."""
        return self.state.status

    def wait(self, timeout: float | str | None = None, *, seen: Callable[[RolloutState], object] | None = None) -> str:
        """Wait until it is over.

        Args:
            timeout: seconds, or text such as "10m"; None waits as long as it takes.
            seen: called with every new state, for those who show it.

        Returns:
            "finished", or "rolled back"; `state.message` says why.

        Raises:
            ResourceError: when it is not over by then, or the endpoint was stopped before.
        """
        end = None if timeout is None else time.monotonic() + parse_seconds(timeout, name="timeout")
        last: RolloutState | None = None
        while True:
            state = self.state
            if state != last and seen is not None:
                seen(state)
            last = state
            if state.status in ("finished", "rolled back"):
                return state.status
            if not self._describe().is_looked_after and self.state.status == state.status:
                raise ResourceError(
                    f"{self.name} was stopped before its update was over; start it and the update goes on."
                )
            if end is not None and time.monotonic() > end:
                raise ResourceError(f"The update of {self.name} is not over yet: {state.message}")
            time.sleep(_LOOK_SECONDS)

    def cancel(self) -> str:
        """Take it back; returns when that is done.

        Raises:
            ResourceError: when it is over already.
        """
        give_order(folder_of(self.name), Order(new_id(), "cancel"))
        return self.wait()

    def __repr__(self) -> str:
        state = self.state
        return f"Rollout of {self.name!r}: {state.status}, step {state.step} of {state.steps}: {state.message}"
