"""Times a bundle's answers without HTTP, with nothing importable but the standard library and one folder.

Arguments: the folder of packages, the bundle, the file of rows, the seconds it may take, "trust" or "", and where to write
what was found: JSON with the calibration and, for each part, its times in seconds, in the order of the rows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def _main() -> None:
    packages, bundle, bodies, seconds, trust, found = sys.argv[1:7]
    sys.path.append(packages)
    from litmus.errors import LitmusError
    from litmus.simulate.answer_times import answer_times
    from litmus.simulate.calibration import Calibration, calibrate

    with open(bodies, "rb") as file:  # noqa: PTH123
        rows = [json.loads(line) for line in file]
    calibration = calibrate()
    try:
        parts = _parts(bundle, trust=trust == "trust")
        timed = {name: answer_times(answer, rows, float(seconds) / len(parts)) for name, answer in parts.items()}
        facts: dict[str, Any] = {"times": {name: found.seconds for name, found in timed.items()}}
        calibration = Calibration.of([speed for found in timed.values() for _, speed in found.glances])
    except LitmusError as error:  # such as rows that the model refuses: the requests will show it
        facts = {"times": {}, "refused": str(error)}
    with open(found, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({**facts, "calibration": calibration.to_json()}, file)


def _parts(bundle: str, *, trust: bool) -> dict[str, Callable[[dict[str, Any]], object]]:
    """What is timed: the whole answer, and, where all of the model is compiled, the part of it before the predictors."""
    from litmus.runtime import load

    model = load(bundle, trust=trust)
    model.settle()
    answer: dict[str, Callable[[dict[str, Any]], object]] = {"answer": model.answer}
    return answer if model.features is None else {**answer, "steps": model.features}


if __name__ == "__main__":
    _main()
