"""Known functions to search, and searches of them by one or several made-up workers."""

import math

import numpy as np

from litmus.domains import Choice, Condition, Float, Int
from litmus.search import History, Observation, Space, next_suggestion


def branin(settings):
    x, y = settings["x"], settings["y"]
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return -(bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(settings):
    point = np.array([settings[f"x{place}"] for place in range(6)])
    return float((np.array([1, 1.2, 3, 3.2]) * np.exp(-(_A * (point - _P) ** 2).sum(axis=1))).sum())


def two_kinds(settings):
    """A toy whose parameters depend on a choice; the best is kind "a" with rate 0.01 and depth 7."""
    if settings["kind"] == "a":
        return -abs(math.log10(settings["rate"]) + 2) - 0.1 * abs(settings["depth"] - 7)
    return -1 - abs(settings["share"] - 0.2) if settings["kind"] == "b" else -2.0


FUNCTIONS = {
    "branin": (Space({"x": Float(-5, 10), "y": Float(0, 15)}), branin, -0.397887),
    "hartmann": (Space({f"x{place}": Float(0, 1) for place in range(6)}), hartmann, 3.32237),
    "two kinds": (
        Space(
            {
                "kind": Choice("c", "b", "a"),
                "rate": Float(1e-5, 1, log=True),
                "depth": Int(1, 12),
                "share": Float(0, 1),
            },
            {"rate": Condition("kind", ("a",)), "depth": Condition("kind", ("a",)), "share": Condition("kind", ("b",))},
        ),
        two_kinds,
        0.0,
    ),
}


def search(strategy, space, function, trials, *, seed=0, violation=None):
    """The history of a search by one worker."""
    seen = []
    while len(seen) < trials and (suggestion := next_suggestion(strategy, space, History(seen, seed))) is not None:
        settings, fidelity = suggestion.settings, suggestion.fidelity
        broken = 0.0 if violation is None else violation(settings)
        seen.append(Observation(len(seen), settings, fidelity, function(settings), violation=broken))
    return History(seen, seed)


def search_by_workers(strategy, space, function, trials, *, workers=4, seed=0):
    """The history of a search in which trials take random times, with what each suggestion knew: [(suggestion, history)]."""
    rng = np.random.default_rng([seed, 99])
    seen, ends, asked = [], {}, []
    while len(seen) < trials or ends:
        while len(ends) < workers and len(seen) < trials:
            history = History(list(seen), seed)
            suggestion = next_suggestion(strategy, space, history)
            if suggestion is None:
                break
            asked.append((suggestion, history))
            number = len(seen)
            seen.append(Observation(number, suggestion.settings, suggestion.fidelity, status="pending"))
            ends[number] = rng.random() * suggestion.fidelity
        if not ends:
            break
        number = min(ends, key=ends.get)
        took = ends.pop(number)
        ends = {other: end - took for other, end in ends.items()}
        pending = seen[number]
        value = function(pending.settings) - (1 - pending.fidelity)
        status = "failed" if rng.random() < 0.1 else "complete"
        seen[number] = Observation(number, pending.settings, pending.fidelity, value, status, took)
    return History(seen, seed), asked
