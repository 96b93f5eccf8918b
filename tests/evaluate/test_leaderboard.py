"""The leaderboard: order, lookup, and its forms as text, HTML, pandas and JSON."""

import json
import math
from html.parser import HTMLParser

import numpy as np
import pytest

from litmus.errors import ParameterError, TrainingError, UnknownNameError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import decimals_for, duration_text, number_text, one_line, percent_text
from litmus.evaluate.trial import Score, Trial

COVERAGE = "coverage_at_precision(precision=0.85)"


def score(metric, value, *, maximize=True, **parts):
    return Score(metric, value, maximize, **parts)


def trial(id, name, value, *, data="adult", metric="accuracy", maximize=True, **parts):
    scores = {"validation": {metric: score(metric, value, maximize=maximize, spread=0.0021)}}
    return Trial(id, name, data, name.split("(")[0], {}, scores=scores, fit_seconds=1.5, predict_seconds=0.02, **parts)


def failed(id, name, reason="ValueError: wrong shape", data="adult"):
    return Trial(id, name, data, name, {}, status="failed", reason=reason)


def names(board):
    return [t.name for t in board]


def test_higher_scores_come_first_and_failed_trials_last():
    board = Leaderboard(
        [failed(1, "Broken"), trial(2, "LinearModel", 0.85), trial(3, "XGBoost", 0.93), trial(4, "Baseline", 0.76)],
        "accuracy",
    )
    assert names(board) == ["XGBoost", "LinearModel", "Baseline", "Broken"]
    assert [row.rank for row in board.rows] == [1, 2, 3, None]


def test_lower_scores_come_first_when_the_metric_is_minimised():
    trials = [trial(i, f"T{i}", value, metric="rmse", maximize=False) for i, value in enumerate([3.0, 1.0, 2.0])]
    assert names(Leaderboard(trials, "rmse")) == ["T1", "T2", "T0"]


def test_equal_scores_keep_the_order_they_were_asked_in_however_the_trials_arrive():
    trials = [trial(i, f"T{i}", 0.9) for i in range(5)]
    assert names(Leaderboard(trials[::-1], "accuracy")) == ["T0", "T1", "T2", "T3", "T4"]


def test_trials_without_the_objective_or_with_nan_are_unranked_and_say_so():
    without = Trial(7, "NoScore", "adult", "NoScore", {})
    board = Leaderboard([without, trial(2, "Nan", math.nan), trial(3, "Good", 0.5), failed(1, "Bad")], "accuracy")
    assert names(board) == ["Good", "Nan", "NoScore", "Bad"]
    assert [row.rank for row in board.rows] == [1, None, None, None]
    assert "accuracy could not be computed" in board.reason(without)
    assert board.reason(board[1]) == ""


def test_trials_that_hold_arrays_can_be_ranked_and_looked_up():
    rows = np.arange(3)
    board = Leaderboard([trial(i, f"T{i}", 0.9, validation_rows=rows.copy()) for i in (1, 2)], "accuracy")
    assert board[2] in board
    assert "T1" in board


def test_lookup_by_rank_and_by_name_in_any_case():
    board = Leaderboard([trial(1, "XGBoost", 0.9), trial(2, "LightGBM", 0.95), failed(3, "Broken")], "accuracy")
    assert board[1].name == "LightGBM"
    assert board["xgboost"].id == 1
    assert board["Broken"].status == "failed"
    assert board.best() is board[1]
    assert len(board) == 3


@pytest.mark.parametrize("rank", [0, 3, -1, True, 1.5])
def test_a_rank_that_is_not_there_names_those_that_are(rank):
    board = Leaderboard([trial(1, "XGBoost", 0.9), trial(2, "LightGBM", 0.95), failed(3, "Broken")], "accuracy")
    with pytest.raises(ParameterError, match="rank from 1 to 2"):
        board[rank]


def test_an_unknown_name_suggests_the_nearest():
    board = Leaderboard([trial(1, "XGBoost", 0.9)], "accuracy")
    with pytest.raises(UnknownNameError, match="Did you mean 'XGBoost'"):
        board["XGBost"]


def two_data_sets():
    return Leaderboard(
        [
            trial(1, "XGBoost", 0.9),
            trial(2, "XGBoost", 20.0, data="houses", metric="rmse", maximize=False),
            trial(3, "MLP", 0.95),
            trial(4, "MLP", 25.0, data="houses", metric="rmse", maximize=False),
            failed(5, "Broken", data="houses"),
        ],
        {"adult": "accuracy", "houses": "rmse"},
    )


def test_each_data_set_is_ranked_by_its_own_objective():
    board = two_data_sets()
    assert board["adult", 1].name == "MLP"
    assert board["houses", 1].name == "XGBoost"
    assert board["houses", "mlp"].id == 4
    assert board.best("houses").id == 2
    assert names(board.of_data("adult")) == ["MLP", "XGBoost"]


def test_with_several_data_sets_one_must_be_named():
    with pytest.raises(ParameterError, match=r"board\['adult', 1\]"):
        two_data_sets()[1]
    with pytest.raises(UnknownNameError, match="houses"):
        two_data_sets()["house", 1]


def test_every_data_set_needs_an_objective():
    with pytest.raises(ParameterError, match="'houses'"):
        Leaderboard([trial(1, "A", 0.9, data="houses")], {"adult": "accuracy"})


def test_best_of_nothing_but_failures_says_why_each_one_failed():
    board = Leaderboard([failed(1, "A", "no memory"), failed(2, "B", "bad shape")], "accuracy")
    with pytest.raises(TrainingError, match=r"A: no memory; B: bad shape"):
        board.best()


def headline_board():
    trials = []
    for i, (name, value) in enumerate(
        [("XGBoost", 0.9281), ("XGBoost(max_depth=5)", 0.92851), ("Baseline", 0.7592)], 1
    ):
        scores = {
            "train": {"accuracy": score("accuracy", value + 0.01)},
            "validation": {"accuracy": score("accuracy", value, spread=0.0021, low=value - 0.003, high=value + 0.003)},
            "test": {
                "accuracy": score("accuracy", value, low=value - 0.005, high=value + 0.005),
                COVERAGE: score(COVERAGE, 0.81),
            },
        }
        trials.append(Trial(i, name, "adult", "XGBoost", {"max_depth": np.int64(5)}, scores=scores, fit_seconds=1.26))
    return Leaderboard([*trials, failed(9, "Custom", "ValueError:\n  wrong\tshape" + " (10,)" * 60)], "accuracy")


def test_text_shows_ranks_scores_spread_interval_and_reasons_within_the_width():
    text = str(headline_board())
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 112
    first = next(line for line in lines if line.lstrip().startswith("1 "))
    assert "XGBoost(max_depth=5)" in first
    assert "0.9285 ±0.0021" in first
    assert "1.3 s" in first
    assert "0.9255 to 0.9315" in text
    assert "data" not in lines[0]
    reasons = [line for line in lines if line.startswith("✗ Custom")]
    assert len(reasons) == 1
    assert reasons[0].startswith("✗ Custom: ValueError: wrong shape (10,)")
    assert text.index("Baseline") < text.index("✗ Custom")
    assert repr(headline_board()) == text


def test_text_marks_test_scores_and_says_which_scores_had_no_room():
    metrics = [f"a_metric_with_a_rather_long_name_{i}" for i in range(12)]
    scores = {
        "validation": {"accuracy": score("accuracy", 0.9)} | {m: score(m, 0.5, spread=0.1) for m in metrics},
        "test": {"accuracy": score("accuracy", 0.91)},
    }
    text = str(Leaderboard([Trial(1, "X" * 90, "adult", "X", {}, scores=scores)], "accuracy"))
    assert "test accuracy" in text
    assert "0.9100" in text
    assert metrics[11] in text.replace("\n", " ")
    assert "to_pandas()" in text
    assert max(len(line) for line in text.splitlines()) <= 112


def test_long_names_that_differ_only_at_the_end_stay_distinguishable():
    start = "XGBoost(learning_rate=0.05, max_depth=5, n_estimators=400, subsample="
    text = str(Leaderboard([trial(1, start + "0.7)", 0.9), trial(2, start + "0.8)", 0.8)], "accuracy"))
    assert "… #1" in text
    assert "… #2" in text


def test_data_sets_with_different_metrics_get_tables_of_their_own():
    text = str(two_data_sets())
    adult, houses, reasons = (
        text.split("\n\nadult: ranked by accuracy", maxsplit=1)[0],
        text.split("rmse")[1],
        text.splitlines()[-1],
    )
    assert "rmse" not in adult
    assert "houses" in houses
    assert "lower is better" in text
    assert reasons == "✗ Broken on houses: ValueError: wrong shape"


def test_an_empty_board_and_one_of_failures_print_without_error():
    assert str(Leaderboard([], "accuracy")) == "No trials."
    assert str(Leaderboard([failed(1, "A", "")], "accuracy")) == "✗ A: failed without a reason"


class CellReader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.rows, self.titles = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.titles += [value for name, value in attrs if name == "title"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        self.rows[-1][-1] += data


def test_html_has_a_row_a_trial_with_everything_escaped():
    evil = "<script>alert('x')</script>"
    board = headline_board()
    board = Leaderboard([*board, trial(20, evil, 0.5), failed(21, evil + "2", f"raised {evil}")], "accuracy")
    html = board._repr_html_()
    reader = CellReader()
    reader.feed(html)
    assert "script" not in reader.tags
    assert [row[0] for row in reader.rows] == ["rank", "1", "2", "3", "4", "✗", "✗"]
    assert reader.rows[0][2:6] == ["accuracy", "test accuracy", f"test {COVERAGE}", "train accuracy"]
    assert reader.rows[1][2] == "0.9285 ±0.0021"
    assert reader.rows[4][1] == evil
    assert reader.rows[6][2] == f"raised {evil}"
    assert "95 % interval 0.9255 to 0.9315" in reader.titles


def test_pandas_has_one_row_a_trial_with_numbers_and_settings():
    frame = headline_board().to_pandas()
    assert frame["name"].tolist() == ["XGBoost(max_depth=5)", "XGBoost", "Baseline", "Custom"]
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    assert frame["rank"].isna().tolist() == [False, False, False, True]
    assert frame["validation accuracy"].tolist()[:3] == [0.92851, 0.9281, 0.7592]
    assert frame["validation accuracy spread"].iloc[0] == 0.0021
    assert frame["test accuracy low"].iloc[0] == pytest.approx(0.92351)
    assert f"test {COVERAGE}" in frame.columns
    assert "train accuracy spread" not in frame.columns
    assert frame["status"].tolist() == ["complete"] * 3 + ["failed"]
    assert frame["reason"].iloc[3].startswith("ValueError: wrong shape")
    assert frame["settings"].iloc[0] == {"max_depth": 5}
    assert math.isnan(frame["fit seconds"].iloc[3])
    assert frame["validation accuracy"].isna().tolist() == [False, False, False, True]


def test_json_is_plain_and_holds_what_json_cannot_as_text_or_null():
    board = headline_board()
    odd = trial(30, "Odd", 0.1)
    odd.settings = {"kernel": len, "size": (1, np.float64(2.5)), "rate": math.inf}
    rows = json.loads(json.dumps(Leaderboard([*board, odd], "accuracy").to_json(), allow_nan=False))
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, None]
    assert rows[0]["settings"] == {"max_depth": 5}
    assert rows[0]["scores"]["test"][COVERAGE]["value"] == 0.81
    assert rows[3]["settings"] == {"kernel": "<built-in function len>", "size": [1, 2.5], "rate": None}
    assert rows[4]["status"] == "failed"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.92851, 0.5], "0.9285"),
        ([1.0], "1.0000"),
        ([540.32], "540.3"),
        ([23456.7], "23,457"),
        ([0.00123], "0.001230"),
    ],
)
def test_numbers_show_four_digits_or_so(values, text):
    assert number_text(values[0], decimals_for(values)) == text


def test_shares_never_round_to_all_or_nothing():
    assert percent_text(0.99999) == "> 99.9 %"
    assert percent_text(0.00001) == "< 0.1 %"
    assert (percent_text(0.0), percent_text(1.0), percent_text(None)) == ("0 %", "100 %", "—")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0009996, "1.0 ms"), (0.9999, "1.0 s"), (59.97, "1 min 00 s"), (3599.9, "1 h 00 min")]
)
def test_durations_do_not_break_at_the_edges_of_units(seconds, text):
    assert duration_text(seconds) == text


def test_one_line_removes_what_would_break_a_line():
    assert one_line("a\n\tb\x1b[31m c\u2028d") == "a b [31m c d"
    assert one_line("abcdef", 4) == "abc…"
