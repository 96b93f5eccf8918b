"""Times a bundle's answers without HTTP, with nothing importable but the standard library and one folder.

Arguments: the folder of packages, the bundle, the file of rows, the seconds it may take, "trust" or "", and where to write
what was found: JSON with the calibration and, for each part, its times in seconds, in the order of the rows, and the
marks by which the undisturbed ones are known.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

_WARM_UP = 20
_MOST = 20_000
_LEAST = 3


def _main() -> None:
    packages, bundle, bodies, seconds, trust, found = sys.argv[1:7]
    sys.path.append(packages)
    from litmus.errors import LitmusError
    from litmus.simulate.calibration import calibrate

    with open(bodies, "rb") as file:  # noqa: PTH123
        rows = [json.loads(line) for line in file]
    calibration = calibrate()
    try:
        parts = _parts(bundle, trust=trust == "trust")
        measured = {name: _timed(answer, rows, float(seconds) / len(parts)) for name, answer in parts.items()}
        facts: dict[str, Any] = {"measured": measured}
    except LitmusError as error:  # such as rows that the model refuses: the requests will show it
        facts = {"measured": {}, "refused": str(error)}
    with open(found, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({**facts, "calibration": calibration.to_json()}, file)


def _parts(bundle: str, *, trust: bool) -> dict[str, Callable[[dict[str, Any]], object]]:
    """What is timed: the whole answer, and, where all of the model is compiled, the part of it before the predictors."""
    from litmus.runtime import load

    model = load(bundle, trust=trust, threads=len(os.sched_getaffinity(0)))
    answer: dict[str, Callable[[dict[str, Any]], object]] = {"answer": model.answer}
    return answer if model.features is None else {**answer, "steps": model.features}


def _timed(answer: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Seconds of each answer, going through the rows again and again while there is time."""
    from litmus.simulate.between import BetweenAnswers
    from litmus.simulate.disturbance import SLICE_SECONDS, Disturbance

    disturbance = Disturbance([os.getpid()], os.sched_getaffinity(0))
    clock = time.perf_counter
    end = clock() + seconds
    for row in (rows * _WARM_UP)[:_WARM_UP]:
        answer(row)
        if clock() > end:
            break
    gc.freeze()
    times: list[float] = []
    marks = [(clock(), 0, disturbance.seconds())]
    with BetweenAnswers(rows[0]) as between:
        while len(times) < _LEAST or (clock() < end and len(times) < _MOST):
            between.work()
            row = rows[len(times) % len(rows)]
            begun = clock()
            answer(row)
            now = clock()
            times.append(now - begun)
            if now - marks[-1][0] >= SLICE_SECONDS:
                marks.append((now, len(times), disturbance.seconds()))
    marks.append((clock(), len(times), disturbance.seconds()))
    return {"seconds": times, "marks": marks}


if __name__ == "__main__":
    _main()
