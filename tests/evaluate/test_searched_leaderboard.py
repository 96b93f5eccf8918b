"""The leaderboard of a run that searched: what each trial cost, and hundreds of trials on one screen."""

import pytest

import litmus
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.searched import Searched
from litmus.evaluate.trial import Score, Trial
from litmus.search import Space


def trial(number, **options):
    searched = Searched("Tree", Space({"depth": litmus.Int(1, 9)}), {"depth": 3}, "RandomSearch", given=number == 1)
    parts = {"searched": searched, "fit_seconds": 1.5, "predict_seconds": 0.02, "cost_seconds": 75.0, **options}
    value = Score("accuracy", 0.9 - number / 10_000, maximize=True, spread=0.01)
    scores = {} if options.get("status") else {"validation": {"accuracy": value}}
    return Trial(number, f"Tree #{number}", "iris", "Tree", {"depth": 3}, scores=scores, **parts)


@pytest.fixture
def large():
    ranked = [trial(number) for number in range(1, 401)]
    stopped = [trial(number, status="stopped", reason="hopeless") for number in range(401, 501)]
    failed = [trial(number, status="failed", reason="out of luck") for number in range(501, 601)]
    return Leaderboard([*ranked, *stopped, *failed], "accuracy")


@pytest.mark.parametrize("form", [str, Leaderboard._repr_html_])
def test_hundreds_of_trials_are_counted_and_not_listed(large, form):
    shown = form(large)
    assert len(shown.splitlines() if form is str else shown.split("<tr>")) < 50
    for sentence in (
        "… and 375 more trials: see to_pandas().",
        "… and 90 more failed trials: see to_pandas().",
        "100 trials were stopped early and have no rank: see to_pandas().",
    ):
        assert sentence in shown
    assert len(large.to_pandas()) == len(large.to_json()) == 600


def test_a_search_shows_what_each_trial_cost_and_a_run_without_one_does_not():
    searched = Leaderboard([trial(1)], "accuracy")
    assert "cost" in str(searched)
    assert "1 min 15 s" in str(searched)
    assert "<td>1 min 15 s</td>" in searched._repr_html_()
    plain = Leaderboard([trial(1, searched=None)], "accuracy")
    assert "cost" not in str(plain)
    assert "cost" not in plain._repr_html_()


def test_a_few_stopped_trials_are_named_with_their_reasons():
    board = Leaderboard([trial(1), trial(2, status="stopped", reason="stopped after 1 of 5 folds")], "accuracy")
    assert "✗ Tree #2: stopped after 1 of 5 folds" in str(board)
    assert "stopped after 1 of 5 folds" in board._repr_html_()
