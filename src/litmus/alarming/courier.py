"""Carries notices to where they are to go: each on its own, tried again when that fails, until it is done or given up."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from litmus.alarming.channels import Channel, Mail, channel_of
from litmus.alarming.notice import Notice
from litmus.alarming.sending import SendingError, send

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.records import DeliveryRow

__all__ = ["Courier", "retry_seconds"]

_FIRST_RETRY, _LONGEST_RETRY = 10.0, 3600.0
_MOST_ATTEMPTS = 12
_AT_ONCE = 16
_GRACE = 5.0
_LONGEST_SEND = 125.0
_CLAIM_SECONDS = _LONGEST_SEND + 30.0

Send = Callable[[Channel, Notice], None]


def retry_seconds(attempts: int, *, asked: float = 0.0, draw: Callable[[], float] = random.random) -> float | None:
    """How long to wait after so many failed attempts, a little different each time; None to give up.

    Args:
        attempts: how many failed, this one included.
        asked: what the other side asked to wait.
        draw: a number from 0 to 1.

    Example:
        >>> [retry_seconds(attempts, draw=lambda: 0.5) for attempts in (1, 2, 5, 11, 12)]
        [10.0, 20.0, 160.0, 3600.0, None]
    """
    if attempts >= _MOST_ATTEMPTS:
        return None
    usual = min(_FIRST_RETRY * 2 ** (attempts - 1), _LONGEST_RETRY)
    return max(asked, usual * (0.75 + draw() / 2))


class Courier:
    """Sends the notices that are due; what it has begun and never ends keeps nobody else waiting.

    Args:
        store: where deliveries are kept.
        mail: the server that e-mails are given to.

    Any number of couriers may work for one store: a delivery is claimed before it is tried.
    """

    def __init__(self, store: Store, *, mail: Mail | None = None) -> None:
        self._store = store
        self._mail = mail

    def deliver(self) -> int:
        """Try all that is due, many at the same time; returns how many were delivered.

        Notices of one alarm to one place keep their order: that it is over never arrives before that it began.
        """
        groups: dict[tuple[str, str], list[DeliveryRow]] = {}
        for row in self._store.due_deliveries(claim_seconds=_CLAIM_SECONDS):
            groups.setdefault((row.alarm or row.id, repr(sorted(row.channel.items()))), []).append(row)
        counts: list[int] = []
        turns = threading.Semaphore(_AT_ONCE)
        threads = [
            threading.Thread(target=self._deliver_group, args=(group, turns, counts), daemon=True)
            for group in groups.values()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts)

    def _deliver_group(self, group: Sequence[DeliveryRow], turns: threading.Semaphore, counts: list[int]) -> None:
        """Deliver one after the other; when one has to wait, those after it wait too."""
        held = self._waits_for_earlier(group[0])
        for number, row in enumerate(group):
            if held is None:
                with turns:
                    arrived, held = self._try(row)
                counts.append(int(arrived))
                continue
            for later in group[number:]:
                self._put_off(later, held)
            return

    def _waits_for_earlier(self, row: DeliveryRow) -> float | None:
        """Seconds until an earlier notice of the same alarm to the same place is tried again; None when there is none."""
        if row.alarm is None:
            return None
        earlier = [
            each
            for each in self._store.deliveries(status="waiting", alarm=row.alarm)
            if each.number < row.number and each.channel == row.channel
        ]
        return _FIRST_RETRY if earlier else None

    def _try(self, row: DeliveryRow) -> tuple[bool, float | None]:
        """Try one: whether it arrived, and how long those after it have to wait where it is tried again."""
        try:
            channel, notice = channel_of(row.channel), Notice.from_json(row.payload)
        except (ValidationError, TypeError, ValueError):
            self._store.delivery_failed(row.id, "it is no delivery that this version of Litmus knows")
            return False, None
        error = self._sent(channel, notice, row.id)
        if error is None:
            self._store.delivered(row.id)
            return True, None
        wait = retry_seconds(row.attempts + 1, asked=error.after) if error.again else None
        self._store.delivery_failed(row.id, str(error), retry_in=wait)
        return False, wait

    def _sent(self, channel: Channel, notice: Notice, delivery: str) -> SendingError | None:
        """Send in a thread that is left alone when it does not come back, such as while a name server does not answer."""
        outcome: list[SendingError | None] = []

        def work() -> None:
            try:
                send(channel, notice, mail=self._mail, delivery=delivery)
            except SendingError as error:
                outcome.append(error)
            else:
                outcome.append(None)

        seconds = _seconds_of(channel, self._mail) + _GRACE
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        end = time.monotonic() + seconds
        thread.join(max(0.0, end - time.monotonic()))
        return outcome[0] if outcome else SendingError(f"it was not done within {seconds:g} seconds")

    def _put_off(self, row: DeliveryRow, seconds: float) -> None:
        """Leave one for later without counting it as tried."""
        self._store.put_off_delivery(row.id, seconds)


def _seconds_of(channel: Channel, mail: Mail | None) -> float:
    if channel.webhook is not None:
        return channel.webhook.timeout
    if channel.command is not None:
        return channel.command.timeout
    return mail.timeout if channel.email is not None and mail is not None else _GRACE
