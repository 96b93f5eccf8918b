"""The section on where the model is served: the fronts as charts that a browser draws, the finalists, the limits."""

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.report.deployment_section import deployment_section


@pytest.fixture(scope="module")
def served_run(store_home):
    rng = np.random.default_rng(0)
    size = rng.normal(size=300)
    frame = pd.DataFrame({"size": size, "town": rng.choice(list("abc"), 300)})
    frame["target"] = np.where(size + rng.normal(size=300) > 0, "yes", "no")
    return litmus.train(
        frame,
        target="target",
        algorithm=["LinearModel", "DecisionTree"],
        k_fold=2,
        deployment={"latency_p99": "20s", "max_size": "1GB", "memory": None},
        finalists=0,
        executor="in_process",
        callbacks=[],
    )


def test_it_says_what_was_chosen_and_within_which_limits(served_run):
    board = served_run.leaderboard
    section = deployment_section(board, served_run.deployment_report)
    assert f"{board[1].name} is the best that keeps every limit" in section.intro
    assert (
        "The limits: p99 latency up to 20 s, bundle and packages up to 1.0 GB, with 1 connection and 1 core."
        in section.intro
    )
    assert [part.title for part in section.parts[:2]] == ["Score and latency", "Score and size"]
    front = section.parts[0]
    assert board[1].name in {row[0].text for row in front.table.rows}
    points = front.spec["data"]["values"]
    assert {point["role"] for point in points} >= {"chosen"}
    assert any("Nothing was simulated" in note for note in section.notes)


def test_without_a_deployment_there_is_no_section(two_class_run):
    assert deployment_section(two_class_run.leaderboard, None) is None


def test_in_short_it_has_no_charts(served_run):
    section = deployment_section(served_run.leaderboard, served_run.deployment_report, whole=False)
    assert [part.caption for part in section.parts] == [
        "Finalists: what was estimated, and what the simulation measured"
    ]


def test_the_page_draws_it(served_run, browser, tmp_path):
    browser.problems.clear()
    browser.size(1280)
    browser.open(served_run.report(tmp_path / "report.html"))
    text = browser.evaluate("document.body.innerText")
    assert "Where it is served" in text
    assert "Score and latency" in text
    figures = browser.evaluate("document.querySelectorAll('figure').length")
    drawn = "[...document.querySelectorAll('figure .chart svg')].length"
    assert browser.evaluate(drawn) == figures
    assert browser.problems == []
