"""The section on a search: what it says of the trials, and what its charts hold."""

import dataclasses
import json
import re

import numpy as np
import pytest

import litmus
from litmus.domains import Condition
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.searched import Searched
from litmus.evaluate.trial import Score, Trial
from litmus.report import render_report
from litmus.report.parameter_importance import parameter_importance
from litmus.report.search_facts import SearchFacts
from litmus.report.search_section import search_section
from litmus.search import Space

SPACE = Space(
    {
        "rate": litmus.Float(0.001, 1.0, log=True),
        "kind": litmus.Choice("plain", "dart"),
        "drop": litmus.Float(0.0, 0.5),
    },
    {"drop": Condition("kind", ("dart",))},
)


def trial(number, value=None, *, status="complete", given=False, maximize=True, seconds=2.0, **options):
    settings = SPACE.sample(np.random.default_rng(number))
    parts = {
        "searched": Searched("Tree", SPACE, settings, "RandomSearch", given),
        "cost_seconds": seconds,
        "started": (number - 1) * seconds,
        "finished": number * seconds,
        **options,
    }
    scores = {}
    if value is not None:
        scores = {"validation": {"metric": Score("metric", value, maximize, folds=(value - 0.01, value + 0.01))}}
    return Trial(number, f"Tree #{number}", "iris", "Tree", settings, status=status, scores=scores, **parts)


def section(trials):
    found = search_section(Leaderboard(trials, "metric"))
    return found, " ".join(found.points), {part.title: part for part in found.parts}


def values(chart):
    """Every data value of a chart's specification."""
    layers = [layer.get("data", {}).get("values", []) for layer in chart.spec["layer"]]
    return [*chart.spec.get("data", {}).get("values", []), *(value for found in layers for value in found)]


def test_words_say_what_was_tried_stopped_and_gained():
    stopped = {"status": "stopped", "cause": "hopeless", "fold_scores": (0.3,), "reason": "worse"}
    trials = [
        trial(1, 0.8, given=True),
        *(trial(number, 0.7 + number / 100) for number in range(2, 14)),
        *(trial(number, **stopped) for number in (14, 15, 16)),
        trial(17, status="stopped", cause="time", reason="the time limit came"),
        trial(18, status="failed", reason="out of memory"),
    ]
    _, words, charts = section(trials)
    assert "18 configurations tried: 1 to begin with and 17 that RandomSearch suggested." in words
    assert "13 got all their folds, 4 stopped early and 1 failed." in words
    assert "3 because on their first folds they were behind the best by more than folds vary" in words
    assert "by more than folds vary (which saved 3 of 36 folds) and 1 because the time was over." in words
    assert "The search gained 0.0300: Tree #13 (metric 0.8300) against Tree #1 (0.8000)" in words
    assert "better on 2 of 2 folds" in words
    assert "still rising in the last third of the time (by 0.0300)" in words
    assert "All of it took 36 s of work, 22 % on trials stopped early and 6 % on trials that failed." in words
    outcomes = [value["outcome"] for value in values(charts["Best score over time"]) if "outcome" in value]
    assert {name: outcomes.count(name) for name in set(outcomes)} == {"complete": 13, "stopped early": 4, "failed": 1}


@pytest.mark.parametrize("maximize", [True, False])
def test_the_line_is_the_best_so_far_in_the_direction_of_the_metric(maximize):
    sign = 1 if maximize else -1
    scores = [0.5, 0.7, 0.6, 0.8, 0.75]
    trials = [trial(i, sign * score, maximize=maximize) for i, score in enumerate(scores, 1)]
    facts = SearchFacts(Leaderboard(trials, "metric"))
    assert [one.number for one in facts.records(facts.complete)] == [1, 2, 4]
    _, _, charts = section(trials)
    for title in ("Best score over time", "Best score over trials"):
        line = [value["y"] for value in values(charts[title]) if "trial" not in value]
        assert line == [sign * score for score in (0.5, 0.7, 0.8, 0.8)]
    assert [row[0].text for row in charts["Best score over time"].table.rows] == ["Tree #1", "Tree #2", "Tree #4"]


def test_when_nothing_better_is_found_late_longer_is_not_advised():
    trials = [trial(1, 0.9, given=True), *(trial(number, 0.5 + number / 1000) for number in range(2, 20))]
    words = section(trials)[1]
    assert "The search found nothing better than what it began with" in words
    assert "searching longer in the same way is unlikely to gain much" in words


def test_a_few_trials_are_no_ground_for_advice():
    words = section([trial(1, 0.8, given=True), trial(2, 0.9)])[1]
    assert "Too few configurations" in words


def test_a_gain_on_half_of_the_folds_may_be_luck():
    first, second = trial(1, 0.8, given=True), trial(2, 0.81)
    second.scores["validation"]["metric"] = Score("metric", 0.81, True, folds=(0.77, 0.85))
    assert "is better on 1 of 2 folds; that may be luck" in section([first, second])[1]


def test_an_ensemble_is_told_apart_from_configurations():
    ensemble = trial(9, 0.95, searched=None, members={1: 0.5, 2: 0.5}, predict_seconds=0.3)
    ensemble.algorithm, ensemble.name = "Ensemble", "Ensemble of 2"
    trials = [*(trial(number, 0.8 + number / 100, predict_seconds=0.1) for number in range(1, 5)), ensemble]
    _, words, charts = section(trials)
    assert "4 configurations tried" in words
    assert "Ensemble of 2 reaches 0.9500, 0.1100 better than the best single configuration" in words
    assert "3.0 times as long to answer" in words
    assert [v["outcome"] for v in values(charts["Best score over trials"]) if v.get("family") == "Ensemble"] == [
        "ensemble"
    ]
    line = [value["y"] for value in values(charts["Best score over trials"]) if "trial" not in value]
    assert max(line) == 0.84, "the line shows what single trials reached"


def test_scores_far_below_the_rest_are_drawn_at_the_edge():
    trials = [*(trial(number, 0.9 + number / 1000) for number in range(1, 12)), trial(12, -1e6)]
    chart = section(trials)[2]["Best score over trials"]
    low, high = chart.spec["encoding"]["y"]["scale"]["domain"]
    assert 0.85 < low < high < 0.95
    assert min(value["y"] for value in values(chart)) >= low
    assert "-1,000,000" in [value["told"] for value in values(chart) if "told" in value], "the tooltip tells the truth"


def test_a_trial_stopped_early_is_judged_by_the_folds_it_got_and_never_ranked_among_complete_ones():
    easy = {
        "status": "stopped",
        "cause": "time",
        "fold_scores": (0.97,),
    }  # the best one had 0.98 on that fold, 0.99 in all
    trials = [*(trial(number, 0.9 + number / 100) for number in range(1, 10)), trial(10, **easy)]
    _, words, charts = section(trials)
    assert "9 got all their folds and 1 stopped early" in words
    cross = next(value for value in values(charts["Best score over trials"]) if value.get("outcome") == "stopped early")
    assert cross["y"] == pytest.approx(0.98)
    ends = {
        p["trial"]: p for p in values(charts["What was tried: Tree"]) if p["parameter"] == "metric" and "shade" in p
    }
    assert (ends["Tree #10"]["value"] < 0, ends["Tree #10"]["told"], ends["Tree #10"]["shade"]) == (
        True,
        "stopped early",
        0,
    )
    assert (ends["Tree #9"]["value"], ends["Tree #9"]["shade"]) == (1.0, 1.0)
    last = charts["What was tried: Tree"].table.rows[-1]
    assert [cell.text for cell in last[:3]] == ["Tree #10", "—", "stopped early"]


def test_lines_go_through_every_parameter_on_the_scale_that_was_searched():
    trials = [trial(number, number / 100) for number in range(1, 12)]
    chart = section(trials)[2]["What was tried: Tree"]
    points = [value for value in values(chart) if "shade" in value]
    for one in trials:
        own = {point["parameter"]: point for point in points if point["trial"] == one.name}
        assert own["rate (log)"]["value"] == pytest.approx(np.log10(one.settings["rate"]) / 3 + 1, abs=1e-3)
        assert own["kind"]["told"] == one.settings["kind"]
        assert (own["drop"]["value"] < 0) is ("drop" not in one.settings)
    ticks = {(value["parameter"], value["text"]) for value in values(chart) if "text" in value}
    assert {("rate (log)", "0.001"), ("rate (log)", "0.0316"), ("rate (log)", "1"), ("kind", "dart")} <= ticks
    table = chart.table
    assert [heading.text for heading in table.headings] == ["trial", "metric", "outcome", "rate", "kind", "drop"]
    assert table.rows[0][0].text == "Tree #11"


def test_hundreds_of_trials_stay_a_page(monkeypatch):
    trials = [trial(number, 0.5 + (number * 37 % 1000) / 5000) for number in range(1, 1501)]
    found, _, charts = section(trials)
    assert len(json.dumps([part.spec for part in found.parts])) < 700_000
    assert len(values(charts["Best score over trials"])) < 650
    assert all(len(part.table.rows) <= 100 for part in found.parts)
    assert "200 of 1,500 trials are shown, the best ones." in charts["What was tried: Tree"].caption


def test_importance_finds_the_parameter_that_matters_and_the_one_under_a_condition():
    rng = np.random.default_rng(0)
    settings = [SPACE.sample(rng) for _ in range(80)]
    found = parameter_importance(SPACE, settings, [np.log10(one["rate"]) for one in settings])
    assert next(iter(found.shares)) == "rate"
    assert found.shares["rate"] > 0.7
    assert found.shares["kind"] < 0.1
    assert found.known > 0.7
    found = parameter_importance(SPACE, settings, [one.get("drop", -1.0) for one in settings])
    assert found.shares["rate"] == min(found.shares.values())


def test_importance_of_noise_says_that_it_knows_nothing():
    rng = np.random.default_rng(1)
    settings = [SPACE.sample(rng) for _ in range(40)]
    assert parameter_importance(SPACE, settings, rng.normal(size=40)).known < 0.2
    trials = [trial(number, float(rng.normal())) for number in range(1, 41)]
    assert "do not rely on this order" in section(trials)[2]["Which parameters matter: Tree"].caption


@pytest.mark.parametrize(("count", "scores"), [(9, None), (20, 0.5)], ids=["too few", "all alike"])
def test_importance_is_not_told_without_ground(count, scores):
    settings = [SPACE.sample(np.random.default_rng(i)) for i in range(count)]
    values = [i / count for i in range(count)] if scores is None else [scores] * count
    assert parameter_importance(SPACE, settings, values) is None


def test_few_trials_say_from_how_many_on_importance_is_told():
    found, _, charts = section([trial(number, number / 10) for number in range(1, 6)])
    assert "Which parameters matter: Tree" not in charts
    assert found.notes == ("Which parameters matter is told from 10 trials of an algorithm on.",)


@pytest.mark.parametrize("count", [1, 2])
def test_a_search_that_had_no_time_still_has_its_words(count):
    trials = [trial(number, status="failed", reason="x", given=True) for number in range(1, count + 1)]
    assert "RandomSearch tried nothing beyond" in section(trials)[1]


def test_without_a_search_there_is_no_section(two_class_run):
    assert search_section(two_class_run.leaderboard) is None
    assert not re.search(r"<h2[^>]*>Search</h2>", render_report(two_class_run))


def test_the_costs_of_each_algorithm_add_up(searched_run):
    found = search_section(searched_run.leaderboard)
    chart = next(part for part in found.parts if part.title == "Where the time went")
    assert {row[0].text for row in chart.table.rows} >= {"DecisionTree", "LinearModel", "NoLuck", "Baseline"}
    shares = [row[-1].bar for row in chart.table.rows]
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)


def test_a_real_run_has_every_chart_and_its_folds(searched_run):
    html = render_report(searched_run)
    for title in (
        "Best score over time",
        "Best score over trials",
        "Scores fold by fold",
        "Where the time went",
        "What was tried: DecisionTree",
        "What was tried: LinearModel",
    ):
        assert f"<h3>{title}</h3>" in html
    board = searched_run.leaderboard
    chart = next(part for part in search_section(board).parts if part.title == "Scores fold by fold")
    best = next(row for row in board if row.searched is not None and row.status == "complete")
    row = next(row for row in chart.table.rows if row[0].text == best.name)
    assert float(row[-1].text) == pytest.approx(best.score("roc_auc").value, abs=1e-4)
    assert dataclasses.asdict(chart.table)["caption"]
