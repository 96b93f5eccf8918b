"""How soon each search strategy finds what random search finds: on known functions, and on real tables.

Known functions: the mean distance to the optimum after a number of trials, and, for strategies that try settings with less
effort first, the effort spent until random search's final value is reached. Real tables: one algorithm is searched for the
same time by each strategy, nothing else running; what counts is the best complete trial so far.
Run: .venv/bin/python benchmarks/search_strategies.py [SECONDS] [TABLE…]    (without arguments: 40 s, about 25 minutes)
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import tables

import litmus
from litmus.search import History, Observation, Space, next_suggestion, resolve_strategy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "search"))
from simulated_searches import FUNCTIONS  # noqa: E402 - the functions that the tests use

STRATEGIES = ("random", "tpe", "gp", "evolutionary", "asha", "hyperband", "bohb")
TABLES = ("phoneme", "concrete", "abalone", "california_housing", "telco_churn", "hr_job_change")
TRIALS, SEEDS, TABLE_SEEDS = 60, 10, 2


def observed(name: str, strategy: str, *, effort: float, seed: int) -> list[tuple[float, float]]:
    """(effort spent, best value at full effort so far) of a search by one worker; a trial costs its fidelity.

    A function at a share of the effort is a learning curve: its value comes nearer as the effort grows, more slowly for
    some settings than for others.
    """
    space, function, best = FUNCTIONS[name]
    spread = abs(best - np.median([function(space.sample(np.random.default_rng(n))) for n in range(99)]))
    seen: list[Observation] = []
    curve, spent, top = [], 0.0, -math.inf
    while spent < effort:
        suggestion = next_suggestion(resolve_strategy(strategy), space, History(seen, seed))
        if suggestion is None:
            break
        settings, fidelity = suggestion.settings, suggestion.fidelity
        slowness = 1 + 2 * (hash_of(space, settings) % 1000) / 1000
        value = function(settings) - spread * 0.3 * (math.exp(-fidelity * 5 / slowness) - math.exp(-5 / slowness))
        seen.append(Observation(len(seen), settings, fidelity, value))
        spent += fidelity
        top = max(top, value) if fidelity == 1 else top
        curve.append((spent, top))
    return curve


def hash_of(space: Space, settings: dict) -> int:
    """A number that depends on the settings and on nothing else."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(space.key(settings)))


def first_time(curve: list[tuple[float, float]], value: float) -> float:
    """When a curve first reaches a value; infinite when it never does."""
    return next((when for when, top in curve if top >= value), math.inf)


def known_functions() -> None:
    print(f"\nknown functions: mean distance to the optimum after {TRIALS} units of effort, {SEEDS} seeds;")
    print("in brackets the median share of the effort until random search's final value of the same seed is reached")
    print("| function | " + " | ".join(STRATEGIES) + " |")
    print("|---|" + "---:|" * len(STRATEGIES))
    for name, (_, _, best) in FUNCTIONS.items():
        cells = []
        curves = {s: [observed(name, s, effort=TRIALS, seed=n) for n in range(SEEDS)] for s in STRATEGIES}
        for strategy in STRATEGIES:
            distance = statistics.mean(best - curve[-1][1] for curve in curves[strategy])
            shares = [
                min(first_time(curve, random[-1][1]) / TRIALS, 9.99)
                for curve, random in zip(curves[strategy], curves["random"], strict=True)
            ]
            cells.append(f"{distance:.3f} ({statistics.median(shares):.2f})")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def speed() -> None:
    space = litmus.search.space_of(litmus.Pipeline("XGBoost"), "binary")
    rng = np.random.default_rng(0)
    seen = [Observation(n, space.sample(rng), value=float(rng.random())) for n in range(200)]
    print("\nmilliseconds of one suggestion, 200 observations of XGBoost's space, median of 15:")
    for name in STRATEGIES:
        strategy, taken = resolve_strategy(name), []
        for _ in range(16):
            started = time.perf_counter()
            strategy.suggest(space, History(seen))
            taken.append(time.perf_counter() - started)
        print(f"  {name}: {statistics.median(taken[1:]) * 1000:.1f}")


def searched(table: str, strategy: str, *, seconds: float, seed: int) -> tuple[list[tuple[float, float]], int]:
    """(seconds, best score of a complete trial so far, larger is better), and how many trials there were."""
    curve: list[tuple[float, float]] = []
    trials, top, started = 0, -math.inf, 0.0

    def watch(event: object) -> None:
        nonlocal trials, top, started
        if event.kind == "trial.started" and not started:
            started = event.time
        if event.kind != "trial.finished" or event.values.get("score") is None or event.values["trial"] == "Baseline":
            return
        trials += 1
        if event.values["status"] == "complete":
            top = max(top, event.values["score"] * (1 if event.values["maximize"] else -1))
            curve.append((event.time - started, top))

    frame, (target, task) = tables.read(table), tables.TABLES[table]
    litmus.train(
        frame,
        target=target,
        algorithm="LightGBM",
        metrics=["roc_auc" if task == "binary" else "rmse"],
        k_fold=5,
        search=strategy,
        time_limit=seconds,
        stop_folds_early=False,
        ensemble=False,
        seed=seed,
        callbacks=[watch],
    )
    return curve, trials


def real_tables(seconds: float, names: tuple[str, ...]) -> None:
    compared = ("random", "hyperband", "bohb")
    print(
        f"\nreal tables: LightGBM, 5 folds, {seconds:.0f} s, {TABLE_SEEDS} seeds; share of random search's time until its"
    )
    print("final score is reached (median; > 1: not reached), and the mean number of trials")
    print("| table | " + " | ".join(compared) + " | random's score, " + ", ".join(compared[1:]) + " |")
    print("|---|" + "---:|" * (len(compared) + 1))
    for name in names:
        if tables.read(name) is None:
            continue
        runs = {s: [searched(name, s, seconds=seconds, seed=n) for n in range(TABLE_SEEDS)] for s in compared}
        goals = [curve[-1][1] for curve, _ in runs["random"]]
        cells = []
        for strategy in compared:
            shares = [first_time(curve, goal) / seconds for (curve, _), goal in zip(runs[strategy], goals, strict=True)]
            share = statistics.median(shares)
            count = statistics.mean(trials for _, trials in runs[strategy])
            cells.append(f"{'> 1' if math.isinf(share) else f'{share:.2f}'} ({count:.0f} trials)")
        scores = ", ".join(f"{abs(statistics.mean(c[-1][1] for c, _ in runs[s])):.5g}" for s in compared)
        print(f"| {name} | " + " | ".join(cells) + f" | {scores} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    limit = float(given[0]) if given else 40.0
    if limit > 0:
        real_tables(limit, tuple(given[1:]) or TABLES)
    if len(given) <= 1:
        known_functions()
        speed()
