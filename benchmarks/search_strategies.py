"""How soon each search strategy finds what random search finds: on known functions, and on real tables.

Known functions: the mean distance to the optimum after a number of trials, and, for strategies that try settings with less
effort first, the effort spent until random search's final value is reached. Real tables: `litmus.train` searches one algorithm
in one process; counted are CPU seconds, which other work on the machine hardly changes, and complete trials.
Run: OMP_NUM_THREADS=1 .venv/bin/python benchmarks/search_strategies.py [RANDOM TRIALS] [TABLE…]
"""

from __future__ import annotations

import contextlib
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
from simulated_searches import FUNCTIONS

STRATEGIES = ("random", "tpe", "gp", "evolutionary", "asha", "hyperband", "bohb")
EARLY = ("hyperband", "bohb")
TABLES = ("concrete", "abalone", "phoneme", "california_housing", "diamonds", "german_credit", "telco_churn")
TRIALS, SEEDS, TABLE_SEEDS = 60, 10, 3
ROWS, FOLDS = 2_000, 3  # of a real table, so that a search takes a minute


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
    print("\nCPU milliseconds of one suggestion, 200 observations of XGBoost's space, median of 15:")
    for name in STRATEGIES:
        strategy, taken = resolve_strategy(name), []
        for _ in range(16):
            started = time.process_time()
            strategy.suggest(space, History(seen))
            taken.append(time.process_time() - started)
        print(f"  {name}: {statistics.median(taken[1:]) * 1000:.1f}")


class Enough(Exception):
    """Ends a search from its callback."""


def searched(table: str, strategy: str, *, trials: int, seed: int, most: float = math.inf) -> list[tuple[float, float]]:
    """(CPU seconds, best score of a complete trial so far, larger is better) of one search by one worker.

    It ends after `trials` configurations or `most` seconds.
    """
    (target, task), frame = tables.TABLES[table], tables.read(table)
    frame = frame.sample(min(len(frame), ROWS), random_state=0).reset_index(drop=True)
    curve: list[tuple[float, float]] = []
    top, started = -math.inf, 0.0

    def watch(event: object) -> None:
        nonlocal top, started
        if event.kind == "run.started":
            started = time.process_time()
        if event.kind != "trial.finished" or event.values.get("score") is None or event.values["trial"] == "Baseline":
            return
        if event.values["status"] == "complete":
            top = max(top, event.values["score"] * (1 if event.values["maximize"] else -1))
        curve.append((time.process_time() - started, top))
        if curve[-1][0] >= most:
            raise Enough

    with contextlib.suppress(Enough):
        litmus.train(
            frame,
            target=target,
            algorithm=litmus.Pipeline("LightGBM"),
            metrics=["roc_auc" if task == "binary" else "rmse"],
            k_fold=FOLDS,
            search=strategy,
            max_trials=trials,
            stop_folds_early=False,
            ensemble=False,
            seed=seed,
            executor="in_process",
            resources={"train": {"cpus": 1}},
            callbacks=[watch],
        )
    return curve


def mean_at(curves: list[list[tuple[float, float]]], ends: list[float], share: float) -> float:
    """The mean over the seeds of the best score after a share of each seed's time; before its first trial, that one's."""
    tops = []
    for curve, end in zip(curves, ends, strict=True):
        known = [top for when, top in curve if when <= share * end and math.isfinite(top)]
        tops.append(known[-1] if known else next(top for _, top in curve if math.isfinite(top)))
    return statistics.fmean(tops)


def share_until(curves: list[list[tuple[float, float]]], ends: list[float], goal: float) -> float:
    """The share of the time after which the mean over the seeds has reached a score; infinite when it never does."""
    return next((step / 100 for step in range(1, 101) if mean_at(curves, ends, step / 100) >= goal), math.inf)


def real_tables(trials: int, names: tuple[str, ...]) -> None:
    print(
        f"\nreal tables: LightGBM on up to {ROWS} rows, {FOLDS} folds, one core, mean of {TABLE_SEEDS} seeds; CPU seconds of {trials} random trials,"
    )
    print("the share of them after which each has the mean score that random search ends with (> 1: not by then),")
    print("and its own mean score at half and at all of that time")
    print("| table | CPU seconds | random | half, all | " + " | ".join(f"{name} | half, all" for name in EARLY) + " |")
    print("|---|---:|" + "---:|" * (2 + 2 * len(EARLY)))
    for name in names:
        if tables.read(name) is None:
            continue
        random = [searched(name, "random", trials=trials, seed=seed) for seed in range(TABLE_SEEDS)]
        ends = [curve[-1][0] for curve in random]
        goal = mean_at(random, ends, 1.0)
        cells = []
        for strategy in ("random", *EARLY):
            curves = random
            if strategy != "random":
                curves = [
                    searched(name, strategy, trials=9 * trials, seed=seed, most=end) for seed, end in enumerate(ends)
                ]
            half, whole = (abs(mean_at(curves, ends, share)) for share in (0.5, 1.0))
            cells.append(f"{_share(share_until(curves, ends, goal))} | {half:.5g}, {whole:.5g}")
        print(f"| {name} | {statistics.fmean(ends):.0f} | " + " | ".join(cells) + " |", flush=True)


def _share(share: float) -> str:
    return "> 1" if math.isinf(share) else f"{share:.2f}"


if __name__ == "__main__":
    given = sys.argv[1:]
    count = int(given[0]) if given else 30
    if count > 0:
        real_tables(count, tuple(given[1:]) or TABLES)
    if len(given) <= 1:
        known_functions()
        speed()
