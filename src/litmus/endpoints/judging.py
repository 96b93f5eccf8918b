"""Asks the alarms that may take long or run anybody's code, in a process of their own beside the supervisor."""

from __future__ import annotations

import contextlib
import math
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from litmus.endpoints.alarms import Alarm
from litmus.endpoints.plan import Plan
from litmus.endpoints.programs import command, environment
from litmus.endpoints.state import now as timestamp
from litmus.serve.totals import VariantTotals

__all__ = ["Judging"]

_MOST_SECONDS = 30.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class Judging:
    """Judges one step of an update after the other; nothing here waits.

    Args:
        folder: the endpoint's folder.
        plan: the update.
        clock: seconds that only go forward.
    """

    def __init__(self, folder: Path, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._plan = plan
        self._clock = clock
        self._needed = bool(plan.judges) or any(Alarm(**each).needs_process for each in plan.alarms)
        self._pause = min(max(plan.seconds / 10, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        self._process: subprocess.Popen[bytes] | None = None
        self._began = -math.inf
        self._is_last = False
        self._last_done = False
        self._since = ""

    @property
    def is_settled(self) -> bool:
        """Whether the last question of the step is answered, or there is none to ask."""
        return not self._needed or self._last_done

    def begin(self) -> None:
        """A step is watched from now on."""
        self.stop()
        self._began, self._is_last, self._last_done = self._clock(), False, False
        self._since = timestamp()

    def look(self, done: VariantTotals, *, final: bool) -> str:
        """Why an alarm is raised, or ""; asks again when it is time to.

        Args:
            done: what the new models did since the step began.
            final: whether the step has been watched long enough: the next answer is its last.
        """
        if not self._needed or self._last_done:
            return ""
        if self._process is not None:
            return self._answer()
        if final or self._clock() - self._began >= self._pause:
            self._ask(done, final=final)
        return ""

    def stop(self) -> None:
        """End a question under way."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, done: VariantTotals, *, final: bool) -> None:
        self._began, self._is_last = self._clock(), final
        question = {"facts": self._facts(done), "alarms": self._plan.alarms, "judges": self._plan.judges}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command("judge_process", self._folder),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self._folder,
        )
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(msgspec.json.encode(question))  # shorter than what a pipe holds
                self._process.stdin.close()
                self._process.stdin = None

    def _answer(self) -> str:
        process = self._process
        if process is None:
            return ""
        if process.poll() is None:
            if self._clock() - self._began < _MOST_SECONDS:
                return ""
            self.stop()
            return f"your own alarm took longer than {_MOST_SECONDS:g} seconds"
        told = process.communicate()[0]
        self._process = None
        self._last_done = self._is_last
        try:
            reasons = msgspec.json.decode(told, type=list[str])
        except msgspec.DecodeError:
            return "your own alarm could not be asked (the log has the reason)"
        return next(iter(reasons), "")

    def _facts(self, done: VariantTotals) -> dict[str, Any]:
        p50, p99 = done.quantile(0.5), done.quantile(0.99)
        return {
            "endpoint": self._folder.name,
            "variants": [each.name for each in self._plan.new],
            "versions": [each.version for each in self._plan.new],
            "since": self._since,
            "requests": done.requests,
            "client_errors": done.client_errors,
            "server_errors": done.server_errors,
            "rejected": done.rejected,
            "error_rate": done.error_rate,
            "p50": p50 if math.isfinite(p50) else None,
            "p99": p99 if math.isfinite(p99) else None,
        }
