"""The report says what an ensemble is made of, what it gains and what it costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import train
from litmus.report.members import members_section, settings_text


@pytest.fixture(scope="module")
def run(store_home):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(500, 4)), columns=list("abcd"))
    frame["y"] = np.sin(2 * frame["a"]) + frame["b"] * frame["c"] + 0.5 * rng.normal(size=500)
    algorithms = ["LinearModel", "NearestNeighbours", "LightGBM"]
    return train(frame, target="y", algorithm=algorithms, metrics=["rmse"], ensemble="greedy")


def test_the_leaderboard_and_the_model_know_the_ensemble(run):
    ensemble = next(trial for trial in run.leaderboard if trial.members)
    assert ensemble.name in str(run.leaderboard)
    assert len(run.model(ensemble.name).members) == len(ensemble.members)
    row = run.leaderboard.to_pandas().set_index("name").loc[ensemble.name]
    members = [run.leaderboard[name] for name in ensemble.settings["members"]]
    assert row["predict seconds per 1000 rows"] == pytest.approx(sum(one.predict_seconds for one in members))


def test_members_stand_in_the_report_with_their_shares_and_own_scores(run, tmp_path):
    board = run.leaderboard
    ensemble = next(trial for trial in board if trial.members)
    section = members_section(board, ensemble)
    assert section is not None
    table = section.parts[0]
    assert [row[0].text for row in table.rows] == list(ensemble.settings["members"])
    shares = [float(row[1].text.rstrip(" %")) for row in table.rows]
    assert sum(shares) == pytest.approx(100, abs=2)
    assert shares == sorted(shares, reverse=True)
    for row in table.rows:
        member = board[row[0].text]
        assert float(row[2].text) == pytest.approx(member.score("rmse").value, rel=1e-2)
        assert float(row[3].text) == pytest.approx(member.score("rmse", "test").value, rel=1e-2)
    assert f"{len(table.rows)} trials answer together" in section.intro
    assert "All members are asked" in table.note
    assert members_section(board, board["LinearModel"]) is None
    run.best_trials = {"data": ensemble}
    page = run.report(tmp_path / "report.html").read_text()
    assert "What it is made of" in page
    assert "answer together" in page
    assert "members={" not in page


def test_settings_in_words(run):
    ensemble = next(trial for trial in run.leaderboard if trial.members)
    text = settings_text(ensemble)
    assert "{" not in text
    assert all(name in text for name in ensemble.settings["members"])
    assert settings_text(run.leaderboard["LinearModel"]) == ""
    ensemble.settings["method"] = "stacking"
    assert settings_text(ensemble) == f"stacked: {text}"
    section = members_section(run.leaderboard, ensemble)
    assert section is not None
    assert "second model" in section.intro
