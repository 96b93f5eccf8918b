"""The program that asks an update's slow alarms: the users' own functions, and scores on labelled feedback.

It reads the facts as JSON from standard input and writes the reasons for an alarm as a JSON list; what the functions print
goes to the log.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["main", "write_judges"]


def write_judges(file: Path, functions: Sequence[Any]) -> None:
    """Keep functions for the judging process, with the places where their modules are found.

    Raises:
        ParameterError: when one cannot be kept.
    """
    import cloudpickle

    from litmus.errors import ParameterError

    try:
        content = cloudpickle.dumps((list(sys.path), cloudpickle.dumps(list(functions))))
    except Exception as error:
        raise ParameterError(
            f"An alarm's function cannot be sent to the endpoint ({error}); use a plain function that holds no open files."
        ) from error
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as opened:
        opened.write(content)


def _own_reasons(file: Path, facts: dict[str, Any]) -> list[str]:
    """What the users' functions say. The file is the user's own, in a folder that nobody else may write to."""
    import pickle

    places, held = pickle.loads(file.read_bytes())
    sys.path.extend(place for place in places if place not in sys.path)
    reasons = []
    for function in pickle.loads(held):
        name = getattr(function, "__name__", "your own function")
        try:
            answer = function(dict(facts))
        except Exception as error:
            reasons.append(f"{name} failed ({type(error).__name__}: {error})")
            continue
        if answer:
            reasons.append(answer if isinstance(answer, str) else f"{name} says so")
    return reasons


def _score_reasons(folder: Path, alarms: Sequence[dict[str, Any]], facts: dict[str, Any]) -> list[str]:
    wanted = [alarm for alarm in alarms if alarm.get("score")]
    if not wanted:
        return []
    from litmus.endpoints.feedback_score import missed_score

    found = (
        missed_score(folder, alarm["score"], facts["variants"], facts["since"], alarm["at_least"]) for alarm in wanted
    )
    return [reason for reason in found if reason]


def main(arguments: Sequence[str]) -> int:
    """Argument: the endpoint's folder."""
    folder = Path(arguments[0])
    told = os.dup(1)
    os.dup2(2, 1)  # what users' code prints is no answer
    question = msgspec.json.decode(sys.stdin.buffer.read())
    reasons = _score_reasons(folder, question["alarms"], question["facts"])
    if question["judges"]:
        reasons += _own_reasons(folder / question["judges"], question["facts"])
    os.write(told, msgspec.json.encode(reasons))
    return 0
