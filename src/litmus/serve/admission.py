"""How many requests may wait for their turn, so that those that are let in are answered soon and the others told at once."""

from __future__ import annotations

import time

__all__ = ["Admission"]

_CALM_SECONDS = 1.0
_FEW = 3
_PATIENT_SECONDS = 0.4
_SHORT_SECONDS = 0.0004  # of work between two looks at what has arrived; much less would be spent on looking


class Admission:
    """Lets requests wait, up to a number; in overload only a few.

    Clients that wait for their answers before they ask again never fill the queue when they are no more than it holds: nobody
    is turned away. Once it was full, requests come faster than they are answered, and whoever waits in a long queue only
    waits longer: until a second has passed without a request that was turned down, no more than a few are let in at a time, which
    keeps the server as busy and answers those within a few times the time that one takes.
    """

    def __init__(self) -> None:
        self._calm_at = 0.0

    def few(self, seconds: float, together: int = 1) -> int:
        """How many may wait in overload.

        Args:
            seconds: that one takes.
            together: how many are predicted in one call; fewer would waste it.
        """
        return max(_FEW, together, int(_SHORT_SECONDS / seconds) if seconds > 0 else 0)

    def is_full(self, waiting: int, few: int) -> bool:
        """Whether there is overload, and already as many wait as are let in then."""
        return self._calm_at > 0.0 and waiting >= few and time.monotonic() < self._calm_at

    def lets_in(self, waiting: int, most: int, seconds: float, *, together: int = 1) -> bool:
        """Whether one more may wait; False begins overload, or prolongs it.

        Args:
            waiting: how many wait.
            most: how many may, when there is no overload and they take no longer together than clients are patient.
            seconds: that one takes.
            together: how many are predicted in one call.
        """
        if seconds > 0:
            most = min(most, max(_FEW, int(_PATIENT_SECONDS / seconds)))
        if waiting < min(self.few(seconds, together), most):
            return True
        if waiting < most and (not self._calm_at or time.monotonic() > self._calm_at):
            return True
        self.turned_down()
        return False

    def turned_down(self) -> None:
        """One was turned down: there is overload from now on."""
        self._calm_at = time.monotonic() + _CALM_SECONDS
