"""What each strategy is good at, and the order in which it does things."""

import numpy as np
import pytest
from simulated_searches import FUNCTIONS, branin, search, search_by_workers

from litmus.domains import Choice, Float, Int
from litmus.search import (
    ASHA,
    BOHB,
    EvolutionarySearch,
    GaussianProcessSearch,
    GridSearch,
    History,
    Hyperband,
    Observation,
    RandomSearch,
    Space,
    TPESearch,
    next_suggestion,
)
from litmus.search.quasi_random import quasi_random_point
from litmus.search.rungs import rungs

LINE = Space({"x": Float(0.0, 1.0)})


def regret(strategy, name, *, trials, seeds):
    space, function, best = FUNCTIONS[name]
    return np.mean([best - search(strategy, space, function, trials, seed=seed).best.value for seed in range(seeds)])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("strategy", [TPESearch(), EvolutionarySearch()])
def test_models_beat_chance(strategy, name):
    assert regret(strategy, name, trials=45, seeds=4) < 0.75 * regret(RandomSearch(), name, trials=45, seeds=4)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_gaussian_process_beats_chance_by_far(name):
    assert regret(GaussianProcessSearch(), name, trials=35, seeds=3) < 0.3 * regret(
        RandomSearch(), name, trials=35, seeds=3
    )


@pytest.mark.parametrize("strategy", [TPESearch(), GaussianProcessSearch(), EvolutionarySearch()])
def test_constraints_are_kept(strategy):
    """The best point of all breaks the constraint; late suggestions mostly keep it."""
    space, _, _ = FUNCTIONS["branin"]

    def too_far_right(settings):
        return max(0.0, settings["x"] + settings["y"] / 5 - 2.0)

    for seed in range(2):
        history = search(strategy, space, branin, 40, seed=seed, violation=too_far_right)
        assert history.best.violation == 0
        kept = [seen.violation == 0 for seen in history.observations]
        assert np.mean(kept[20:]) > max(0.5, np.mean(kept[:10]))


def test_nothing_feasible_is_no_trouble():
    for strategy in (TPESearch(), GaussianProcessSearch(), EvolutionarySearch()):
        history = search(strategy, LINE, lambda _: 1.0, 25, violation=lambda settings: 1 + settings["x"])
        assert np.mean([seen.settings["x"] for seen in history.observations[-5:]]) < 0.35


@pytest.mark.parametrize("strategy", [TPESearch(), GaussianProcessSearch()])
def test_workers_that_ask_together_spread_out(strategy):
    done = [Observation(number, {"x": number / 12}, value=-((number / 12 - 0.5) ** 2)) for number in range(12)]
    asked = []
    for _ in range(4):
        history = History([*done, *asked])
        settings = next_suggestion(strategy, LINE, history).settings
        asked.append(Observation(len(history), settings, status="pending"))
    places = sorted(each.settings["x"] for each in asked)
    assert min(np.diff(places)) > 1e-6


def test_the_grid_is_gone_through_once():
    space = Space({"a": Choice("x", "y"), "n": Int(1, 100), "r": Float(1e-4, 1.0, log=True)})
    history = search(GridSearch(levels=3), space, lambda _: 0.0, 1000)
    found = {(seen.settings["a"], seen.settings["n"], round(seen.settings["r"], 9)) for seen in history.observations}
    assert found == {(a, n, r) for a in "xy" for n in (1, 50, 100) for r in (1e-4, 1e-2, 1.0)} | set()
    assert len(history) == 18


def test_a_grid_that_ends_early_has_seen_all_of_it():
    space = Space({"a": Int(0, 9), "b": Int(0, 9)})
    first = search(GridSearch(levels=10), space, lambda _: 0.0, 12).observations
    assert len({seen.settings["a"] for seen in first}) >= 6
    assert len({seen.settings["b"] for seen in first}) >= 6


def test_quasi_random_points_are_even():
    for dimensions in (1, 2, 6):
        points = np.array([quasi_random_point(number, dimensions, 5) for number in range(64)])
        for column in points.T:
            assert np.histogram(column, bins=8, range=(0, 1))[0].min() >= 4
    assert quasi_random_point(3, 2, 5).tolist() == quasi_random_point(3, 2, 5).tolist()
    assert quasi_random_point(3, 2, 5).tolist() != quasi_random_point(3, 2, 6).tolist()


def test_rungs():
    assert rungs(1 / 9, 3) == pytest.approx([1 / 9, 1 / 3, 1])
    assert rungs(0.2, 2) == pytest.approx([0.25, 0.5, 1])
    assert rungs(1.0, 3) == [1.0]


def test_hyperbands_first_brackets():
    """27 start at a ninth, 9 of them climb, 3 of these; then 9 at a third, 3 climb; then 3 at full effort."""
    history = search(Hyperband(), LINE, lambda settings: settings["x"], 55)
    fidelities = [round(seen.fidelity, 2) for seen in history.observations]
    assert fidelities == [1.0, *[0.11] * 27, *[0.33] * 9, *[1.0] * 3, *[0.33] * 9, *[1.0] * 6]
    first = sorted((seen.settings["x"] for seen in history.observations[1:28]), reverse=True)
    assert [seen.settings["x"] for seen in history.observations[28:37]] == first[:9]
    assert [seen.settings["x"] for seen in history.observations[37:40]] == first[:3]


@pytest.mark.parametrize("strategy", [Hyperband(), BOHB(), ASHA(), ASHA(eta=2.0, min_fidelity=0.05)])
@pytest.mark.parametrize("workers", [1, 4])
def test_only_the_best_climb_and_nobody_twice(strategy, workers):
    space, function, _ = FUNCTIONS["two kinds"]
    history, asked = search_by_workers(strategy, space, function, 80, workers=workers)
    ladder = rungs(strategy.min_fidelity, strategy.eta)
    pairs = [(space.key(seen.settings), seen.fidelity) for seen in history.observations]
    assert len(set(pairs)) == len(pairs)
    climbed = [(suggestion, known) for suggestion, known in asked if suggestion.parent is not None]
    assert climbed
    for suggestion, known in climbed:
        parent = known.observations[suggestion.parent]
        assert parent.settings == suggestion.settings
        assert parent.is_scored
        assert ladder.index(parent.fidelity) + 1 == ladder.index(suggestion.fidelity)
        if isinstance(strategy, ASHA):
            here = sorted(seen.value for seen in known.at(parent.fidelity))
            assert parent.value >= here[-max(1, int(len(here) / strategy.eta))]
    assert history.complete


def test_failed_and_stopped_trials_do_not_climb():
    low = [
        Observation(0, {"x": 0.1}, 1 / 9, value=0.1),
        Observation(1, {"x": 0.2}, 1 / 9, value=0.9, status="stopped"),
        Observation(2, {"x": 0.3}, 1 / 9, status="failed"),
        Observation(3, {"x": 0.4}, 1 / 9, value=float("nan")),
        Observation(4, {"x": 0.5}, 1 / 9, value=0.2),
        Observation(5, {"x": 0.6}, 1 / 9, value=0.3, violation=2.0),
    ]
    assert next_suggestion(ASHA(), LINE, History(low)).settings == {"x": 0.5}


def test_a_bracket_of_failures_does_not_stop_the_search():
    seen = [Observation(0, {"x": 0.5}, value=0.0)]
    for number in range(1, 30):
        suggestion = next_suggestion(Hyperband(), LINE, History(seen))
        assert suggestion is not None
        seen.append(Observation(number, suggestion.settings, suggestion.fidelity, status="failed"))


def test_bohb_learns_from_low_fidelities():
    """With a clear best region on the lowest rung, new configurations are drawn there."""
    rng = np.random.default_rng(0)
    low = [Observation(n, {"x": x}, 1 / 9, value=-abs(x - 0.8)) for n, x in enumerate(rng.random(30))]
    drawn = [BOHB(random_share=0.0).draw(LINE, History(low), np.random.default_rng(seed))["x"] for seed in range(10)]
    assert np.mean(np.abs(np.array(drawn) - 0.8)) < 0.15


def test_evolution_forgets_the_old():
    """A lucky first trial leaves the population, so its children end."""
    lucky = [Observation(0, {"x": 0.9}, value=10.0)]
    later = [Observation(number, {"x": 0.1 + number / 1000}, value=0.0) for number in range(1, 30)]
    strategy = EvolutionarySearch(crossover=0.0, reach=0.01)
    drawn = [next_suggestion(strategy, LINE, History([*lucky, *later], seed)).settings["x"] for seed in range(10)]
    assert max(drawn) < 0.3


def test_a_default_of_none_is_tried_and_then_left_out_of_the_model():
    space = Space({"x": Float(0.0, 1.0), "share": Float(0.1, 1.0)}, defaults={"share": None})
    for strategy in (TPESearch(), GaussianProcessSearch(), EvolutionarySearch(), BOHB()):
        history = search(strategy, space, lambda settings: settings["x"] + (settings["share"] or 0.0), 45)
        assert history.observations[0].settings["share"] is None
        assert history.best.value > 1.5
