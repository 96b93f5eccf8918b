"""When a request that failed is sent again, and after which pause."""

from __future__ import annotations

import dataclasses
import email.utils
import math
import time
from collections.abc import Generator
from random import Random
from typing import Literal

from litmus.client.errors import EndpointError, OverloadedError, TooLateError, UnreachableError
from litmus.client.http1 import Answer, Request
from litmus.errors import ParameterError

__all__ = ["Command", "Failure", "Outcome", "Pause", "Retries", "Send", "answered"]

_NOT_TAKEN = (429, 503)
_PERHAPS_TAKEN = (502, 504)


@dataclasses.dataclass(frozen=True)
class Retries:
    """How patient a client is.

    Attributes:
        attempts: how often a request is sent at most; 1 never sends it again.
        first_wait: seconds before the second attempt at most; each further one waits up to twice as long. The pause is
            drawn at random up to that, so that many clients do not come back at once.
        longest_wait: seconds between two attempts at most, unless the endpoint asks for more.
        total_seconds: of all attempts and pauses together.

    Raises:
        ParameterError: when a value is not allowed.
    """

    attempts: int = 5
    first_wait: float = 0.1
    longest_wait: float = 5.0
    total_seconds: float = 60.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ParameterError(f"attempts={self.attempts!r} is not allowed; give a whole number of at least 1.")
        for name in ("first_wait", "longest_wait", "total_seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ParameterError(f"{name}={value!r} is not allowed; give seconds above 0.")


@dataclasses.dataclass(frozen=True)
class Send:
    """Send a request and wait for its answer."""

    request: Request
    within: float


@dataclasses.dataclass(frozen=True)
class Pause:
    """Wait."""

    seconds: float


@dataclasses.dataclass(frozen=True)
class Failure:
    """No answer came.

    Attributes:
        kind: "unreachable": it was not sent; "lost": the connection ended before the answer; "late": it took too long;
            "untrusted": the server's certificate is not trusted.
        reason: in a few words.
    """

    kind: Literal["unreachable", "lost", "late", "untrusted"]
    reason: str


Command = Send | Pause
Outcome = Answer | Failure | None


def answered(
    request: Request, url: str, *, retries: Retries, timeout: float, random: Random
) -> Generator[Command, Outcome, Answer]:
    """The answer to a request, after as many attempts as it takes; yields what is to be done, and is sent what came of it.

    Args:
        request: the request.
        url: of the endpoint, for messages.
        retries: how patient to be.
        timeout: seconds of one attempt.
        random: for the pauses.

    Raises:
        EndpointError: when there is no answer, or the endpoint is overloaded, to the end.
    """
    begun = time.monotonic()
    for attempt in range(1, retries.attempts + 1):
        left = retries.total_seconds - (time.monotonic() - begun)
        outcome = yield Send(request, max(0.001, min(timeout, left)))
        if outcome is None:
            raise TypeError("A request was sent and nothing came of it.")
        if not _again(outcome, request):
            if isinstance(outcome, Answer):
                return outcome
            raise _gave_up(outcome, url, attempt)
        wait = _wait(outcome, attempt, retries, random)
        left = retries.total_seconds - (time.monotonic() - begun)
        if attempt == retries.attempts or wait >= left:
            raise _gave_up(outcome, url, attempt)
        yield Pause(wait)
    raise AssertionError("the last attempt returns or raises")


def _again(outcome: Answer | Failure, request: Request) -> bool:
    """Whether another attempt may help, and does no harm."""
    if isinstance(outcome, Answer):
        return outcome.status in _NOT_TAKEN or (request.repeatable and outcome.status in _PERHAPS_TAKEN)
    return outcome.kind == "unreachable" or (request.repeatable and outcome.kind in ("lost", "late"))


def _wait(outcome: Answer | Failure, attempt: int, retries: Retries, random: Random) -> float:
    pause = random.uniform(0, min(retries.longest_wait, retries.first_wait * 2 ** (attempt - 1)))
    return pause + (_retry_after(outcome.headers.get("retry-after", "")) if isinstance(outcome, Answer) else 0.0)


def _retry_after(text: str) -> float:
    """Seconds from the header `Retry-After`: a number, or a date; 0 for anything else.

    Example:
        >>> _retry_after("2"), _retry_after(""), _retry_after("soon")
        (2.0, 0.0, 0.0)
    """
    try:
        seconds = float(text) if text.strip() else 0.0
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            seconds = 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def _gave_up(outcome: Answer | Failure, url: str, attempts: int) -> EndpointError:
    tries = "" if attempts == 1 else f" in {attempts} attempts"
    if isinstance(outcome, Answer):
        sentence = sentence_of(outcome) or "it is overloaded"
        return OverloadedError(
            f"{url} turned the request down{tries}: {sentence}",
            status=outcome.status,
            request_id=outcome.headers.get("x-request-id"),
        )
    if outcome.kind == "late":
        return TooLateError(
            f"{url} gave no answer in time{tries} ({outcome.reason}); send fewer rows, or allow more time."
        )
    if outcome.kind == "untrusted":
        return UnreachableError(
            f"{url} has a certificate that is not trusted here ({outcome.reason}); give the file of its issuer as certificate=…."
        )
    return UnreachableError(
        f"{url} could not be reached{tries} ({outcome.reason}); see that it runs and the address is right."
    )


def sentence_of(answer: Answer) -> str:
    """The endpoint's own sentence about what went wrong; empty when it gave none."""
    import json

    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    sentence = found.get("error") if isinstance(found, dict) else None
    return " ".join(str(sentence).split())[:2000] if sentence else ""
