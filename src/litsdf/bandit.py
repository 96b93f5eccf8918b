"""Learn from measured times which layout is the fastest, per function and number of rows, within a limit of time."""

from __future__ import annotations

import json
import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litsdf.choose import choose_layout
from litsdf.errors import LayoutError, LitsdfError

__all__ = ["LayoutBandit"]

_FORMAT = 1
_FORGET = 0.9
"""Weight of what was known against the newest time: a change of load is learned within about ten calls."""
_UNKNOWN = 2.0
"""How many times slower than the best known a layout of which nothing is known is taken to be, before it is paid for."""


_WAIT_SECONDS = 0.001
"""How long a thread waits for another one that is choosing or learning; then it chooses as if nothing were known."""


@dataclass(slots=True)
class _Arm:
    """What is known of one layout at one size: the mean of the logarithm of its times, its spread, how often it ran."""

    log_seconds: float = 0.0
    spread: float = 0.5
    calls: int = 0

    def learn(self, seconds: float) -> None:
        value = math.log(max(seconds, 1e-9))
        if self.calls == 0:
            self.log_seconds = value
        else:
            keep = min(_FORGET, self.calls / (self.calls + 1))
            if abs(value - self.log_seconds) > 4 * self.spread + 0.5:
                keep = min(keep, 0.5)  # so far off that the load itself has changed
            self.spread = keep * self.spread + (1 - keep) * abs(value - self.log_seconds)
            self.log_seconds = keep * self.log_seconds + (1 - keep) * value
        self.calls += 1


class LayoutBandit:
    """Chooses a layout for a function and a number of rows, and learns from how long it took.

    Sizes are grouped by powers of four. A layout is only tried where the times known at neighbouring sizes say that it
    will stay under `limit_seconds`, and where what it is expected to cost beyond the best fits into `exploration` of the time
    already spent at this size (a budget kept as in Wu et al., "Conservative Bandits", 2016). Which one is tried follows an
    optimistic bound that is drawn at random and widens with the spread of the times; old times fade by a constant factor
    (Garivier and Moulines, "On Upper-Confidence Bound Policies for Switching Bandit Problems", 2011).

    Threads may share one. A thread that finds it taken waits a millisecond at most: it then takes the threshold's choice,
    or leaves its time unlearned, so that no request waits for the learning of another.

    Args:
        layouts: the layouts to choose from.
        limit_seconds: no layout expected to take longer is tried; None sets no limit.
        exploration: the share of time that tries may cost, 0 … 1.
        seed: fixes the choices.

    >>> bandit = LayoutBandit(layouts=("numpy", "polars"), seed=0)
    >>> bandit.observe("clean", 1000, "numpy", 0.010)
    >>> bandit.observe("clean", 1000, "polars", 0.002)
    >>> bandit.best("clean", 1000)
    'polars'
    """

    def __init__(
        self,
        *,
        layouts: Sequence[str] = ("record", "numpy", "pandas", "polars"),
        limit_seconds: float | None = None,
        exploration: float = 0.05,
        seed: int = 0,
    ) -> None:
        if not layouts:
            raise LayoutError("A bandit needs at least one layout to choose from.")
        if not 0 <= exploration <= 1:
            raise LayoutError(f"exploration is a share of time, 0 to 1, but it is {exploration}.")
        self.layouts = tuple(layouts)
        self.limit_seconds = limit_seconds
        self.exploration = exploration
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        self._arms: dict[tuple[str, int, str], _Arm] = {}
        self._spent: dict[tuple[str, int], list[float]] = {}

    def choose(self, function: str, rows: int) -> str:
        """Name the layout to use now: mostly the best known, now and then one that may be better."""
        with self._held() as free:
            return self._chosen(function, rows) if free else self._usual(rows)

    def _chosen(self, function: str, rows: int) -> str:
        best = self._best(function, rows)
        total, tried = self._spent.get((function, _bucket(rows)), [0.0, 0.0])
        known = self._known(function, rows, best)
        if known is None:
            return best
        left = self.exploration * total - tried
        fastest = math.exp(known.log_seconds)
        candidates = [
            layout
            for layout in self._possible(rows)
            if layout != best
            and (self._expected(function, rows, layout) or _UNKNOWN * fastest) - fastest <= left
            and self._may_try(function, rows, layout)
        ]
        if not candidates:
            return best
        return min(candidates, key=lambda layout: self._optimistic(function, rows, layout))

    def best(self, function: str, rows: int) -> str:
        """Name the layout with the shortest known time; the threshold's choice where nothing is known."""
        with self._held() as free:
            return self._best(function, rows) if free else self._usual(rows)

    def _best(self, function: str, rows: int) -> str:
        arms = {layout: self._known(function, rows, layout) for layout in self._possible(rows)}
        timed = {layout: arm.log_seconds for layout, arm in arms.items() if arm is not None}
        if timed:
            return min(timed, key=timed.__getitem__)
        return self._usual(rows)

    def _usual(self, rows: int) -> str:
        usual = choose_layout(rows)
        return usual if usual in self._possible(rows) else self._possible(rows)[0]

    def observe(self, function: str, rows: int, layout: str, seconds: float) -> None:
        """Learn from one measured time."""
        with self._held() as free:
            if free:
                self._learn(function, rows, layout, seconds)

    def _learn(self, function: str, rows: int, layout: str, seconds: float) -> None:
        bucket = _bucket(rows)
        spent = self._spent.setdefault((function, bucket), [0.0, 0.0])
        best = self._best(function, rows)
        known = self._known(function, rows, best)
        spent[0] += seconds
        if known is not None and layout != best:
            spent[1] += max(seconds - math.exp(known.log_seconds), 0.0)
        self._arms.setdefault((function, bucket, layout), _Arm()).learn(seconds)

    def run(self, function: Callable[[Any], Any], frame: Any, *, name: str | None = None) -> Any:
        """Run a function on a table in the chosen layout, and learn from the time it takes, the move included."""
        key, rows = name or f"{function.__module__}.{function.__qualname__}", len(frame)
        layout = self.choose(key, rows)
        start = time.perf_counter()
        result = function(frame.to_layout(layout))
        self.observe(key, rows, layout, time.perf_counter() - start)
        return result

    @contextmanager
    def _held(self, seconds: float = _WAIT_SECONDS) -> Iterator[bool]:
        """Hold the lock; gives False where another thread kept it for too long."""
        free = self._lock.acquire(timeout=seconds)
        try:
            yield free
        finally:
            if free:
                self._lock.release()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def _possible(self, rows: int) -> list[str]:
        return [layout for layout in self.layouts if layout != "record" or rows <= 1] or [self.layouts[-1]]

    def _known(self, function: str, rows: int, layout: str) -> _Arm | None:
        return self._arms.get((function, _bucket(rows), layout))

    def _expected(self, function: str, rows: int, layout: str) -> float | None:
        """Seconds expected from the nearest size with a known time; larger sizes in proportion to their rows."""
        bucket = _bucket(rows)
        known = [
            (abs(b - bucket), b, arm) for (f, b, name), arm in self._arms.items() if f == function and name == layout
        ]
        if not known:
            return None
        _, nearest, arm = min(known, key=lambda item: item[:2])
        return math.exp(arm.log_seconds) * max(4.0 ** (bucket - nearest), 1.0)

    def _may_try(self, function: str, rows: int, layout: str) -> bool:
        if self.limit_seconds is None:
            return True
        expected = self._expected(function, rows, layout)
        if expected is None:
            # nothing is known of this layout: only try it where a slow one could not do harm
            best = self._known(function, rows, self._best(function, rows))
            expected = 20 * math.exp(best.log_seconds) if best is not None else math.inf
        return expected <= self.limit_seconds

    def _optimistic(self, function: str, rows: int, layout: str) -> float:
        arm = self._known(function, rows, layout)
        if arm is None:
            return -math.inf
        return arm.log_seconds - self._random.uniform(0, 3) * (arm.spread + 0.1) / math.sqrt(arm.calls)

    def save(self, path: Any) -> None:
        """Write what was learned as JSON, atomically."""
        with self._lock:
            arms = [[*key, arm.log_seconds, arm.spread, arm.calls] for key, arm in self._arms.items()]
            spent = [[*key, *values] for key, values in self._spent.items()]
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps({"litsdf_bandit": _FORMAT, "arms": arms, "spent": spent}), encoding="utf-8")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def restore(self, path: Any) -> None:
        """Take over what an earlier process learned.

        Raises:
            LitsdfError: the file is no saved bandit.
        """
        try:
            held: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            if held["litsdf_bandit"] != _FORMAT:
                raise LitsdfError(f"{path} has format {held['litsdf_bandit']}, this version reads {_FORMAT}.")
            arms = {(f, b, layout): _Arm(log, spread, calls) for f, b, layout, log, spread, calls in held["arms"]}
            spent = {(f, b): [total, tried] for f, b, total, tried in held["spent"]}
        except (KeyError, TypeError, ValueError) as error:
            raise LitsdfError(f"{path} is nothing that a LayoutBandit saved ({error}).") from error
        with self._lock:
            self._arms, self._spent = arms, spent


def _bucket(rows: int) -> int:
    return int(math.log(max(rows, 1), 4))
