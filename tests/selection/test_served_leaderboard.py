"""The leaderboard of a run with a deployment: estimates, what misses a limit and ranks after the rest, and the front."""

from __future__ import annotations

import pytest

from litmus.deployment import Deployment
from litmus.errors import ParameterError
from litmus.estimate import Estimate
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.pareto import check_axis, cost_on, pareto_front
from litmus.evaluate.trial import Score, Trial
from litmus.selection.limits import hold_to

DEPLOYMENT = Deployment(latency_p99="5ms", max_size="1MB")


def trial(
    number: int, score: float, p99: float, size: int = 1000, *, algorithm: str = "MLP", native: str = ""
) -> Trial:
    made = Trial(number, f"T{number}", "iris", algorithm, {}, predict_seconds=0.01)
    made.scores = {"validation": {"accuracy": Score("accuracy", score, maximize=True)}}
    estimate = Estimate(p99 / 2, p99, p99 / 2, p99, size=size, native=(native,) if native else ())
    hold_to(made, estimate, DEPLOYMENT)
    return made


@pytest.fixture
def board() -> Leaderboard:
    trials = [
        trial(1, 0.95, 0.007, size=2_000_000),
        trial(2, 0.90, 0.004, native="MLP: not compiled"),
        trial(3, 0.80, 0.001),
        trial(4, 0.70, 0.002),
        trial(5, 0.50, 0.0001, algorithm="Baseline"),
    ]
    return Leaderboard(trials, "accuracy")


def test_what_misses_a_limit_ranks_after_all_that_keep_it_and_the_baseline_last(board: Leaderboard) -> None:
    assert [row.trial.name for row in board.rows] == ["T2", "T3", "T4", "T1", "T5"]
    assert board.best().name == "T2"


def test_the_text_shows_latency_size_and_marks(board: Leaderboard) -> None:
    text = str(board)
    assert "4.0 ms*" in text
    assert "7.0 ms ✗" in text
    assert "2.0 MB ✗" in text
    assert "* runs natively: MLP: not compiled." in text
    assert "misses the limit of the deployment" in text
    assert "per row" not in text


def test_html_has_the_reasons_as_titles(board: Leaderboard) -> None:
    html = board._repr_html_()
    assert '<th scope="col">p99</th><th scope="col">size</th>' in html
    assert "p99 latency is 7.0 ms, 40 % above the limit of 5.0 ms" in html


def test_the_frame_and_the_json_have_every_value(board: Leaderboard) -> None:
    frame = board.to_pandas().set_index("name")
    assert frame.loc["T1", "p99 seconds"] == 0.007
    assert frame.loc["T1", "bundle bytes"] == 2_000_000
    assert "40 % above the limit" in frame.loc["T1", "misses"]
    assert frame.loc["T2", "native"] == "MLP: not compiled"
    row = next(row for row in board.to_json() if row["name"] == "T1")
    assert row["estimate"]["latency_p99"] == 0.007
    assert [miss["name"] for miss in row["misses"]] == ["latency_p99", "max_size"]


def test_without_estimates_the_board_is_as_it_was() -> None:
    made = Trial(1, "T1", "iris", "MLP", {}, predict_seconds=0.01)
    made.scores = {"validation": {"accuracy": Score("accuracy", 0.9, maximize=True)}}
    board = Leaderboard([made], "accuracy")
    assert "per row" in str(board)
    assert "p99 seconds" not in board.to_pandas()
    assert "estimate" not in board.to_json()[0]


def test_a_trial_without_an_estimate_says_why_and_ranks_last() -> None:
    first, second = trial(1, 0.9, 0.001), trial(2, 0.95, 0.001)
    second.estimate, second.not_estimated = None, "there was no time left"
    board = Leaderboard([first, second], "accuracy")
    assert board.best() is first
    assert board.to_pandas()["misses"].tolist() == ["", "not estimated: there was no time left"]


def test_the_front_has_what_no_other_trial_beats(board: Leaderboard) -> None:
    assert [one.name for one in pareto_front(board, "p99")] == ["T5", "T3", "T2", "T1"]
    assert [one.name for one in pareto_front(board, "size")] == ["T2", "T1"]
    assert cost_on(board[1], "p99") == 0.004


def test_a_front_of_something_else_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"x='p90' is not allowed. Did you mean 'p99'\?"):
        check_axis("p90")
