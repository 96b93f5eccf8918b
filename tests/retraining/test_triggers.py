"""Reasons to train again, and the file that names them."""

import datetime as dt

import pytest

from litmus.alarming import FileError, Observed, Seen
from litmus.retraining import read_plan, reason_to_retrain
from litmus.store import AlarmRow

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def rule(text):
    return read_plan(
        "alarms:\n  - {name: drift, when: data_drift >= alarm}\n  - {name: worse, when: model_quality >= alarm}\n"
        f"retraining:\n  - {{endpoint: income, pause: 1h, {text}}}\n"
    ).retraining[0]


def reason(text, *, hours=100.0, attempted=True, alarms=(), labels=0, accuracy=None):
    seen = () if accuracy is None else (Seen("model_quality", "accuracy", accuracy, "ok", ""),)
    rows = [AlarmRow(str(n), name, "income", "open", "it moved.", "", "") for n, name in enumerate(alarms)]
    return reason_to_retrain(
        rule(text),
        last=NOW - dt.timedelta(hours=hours),
        attempted=attempted,
        now=NOW,
        open_alarms=rows,
        new_labels=lambda _: labels,
        observed=Observed("income", {"model_quality": "ok"}, seen),
    )


@pytest.mark.parametrize(
    ("text", "facts", "begins"),
    [
        ("every: 4d", {"hours": 97}, "interval"),
        ("every: 4d", {"hours": 95}, ""),
        ("every: 4d", {"hours": -1000}, "interval: a clock"),
        ("alarms: drift", {"alarms": ["drift"]}, "alarm drift: it moved."),
        ("alarms: drift", {"alarms": ["worse"]}, ""),
        ("alarms: ['*']", {"alarms": ["worse"]}, "alarm worse"),
        ("alarms: drift", {"alarms": ["drift"], "hours": 0.5}, ""),
        ("alarms: drift", {"alarms": ["drift"], "hours": 0.5, "attempted": False}, "alarm"),
        ("labels: 500", {"labels": 500}, "labels: 500"),
        ("labels: 500", {"labels": 499}, ""),
        ("performance: model_quality.accuracy < 0.8", {"accuracy": 0.79}, "performance"),
        ("performance: model_quality.accuracy < 0.8", {"accuracy": 0.81, "alarms": ["drift"], "labels": 10**6}, ""),
        ("performance: true", {"accuracy": 0.1}, ""),
    ],
)
def test_reasons(text, facts, begins):
    found = reason(text, **facts)
    assert found.startswith(begins)
    assert bool(found) == bool(begins)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("retraining:\n  - endpoint: income\n", "never retrains"),
        (
            "retraining:\n  - {endpoint: income, alarms: drfit}\nalarms:\n  - {name: drift, when: any >= alarm}\n",
            "Did you mean 'drift'",
        ),
        ("retraining:\n  - {endpoint: income, every: 1d, rollout: canaray}\n", "no rollout"),
        ("retraining:\n  - {endpoint: income, every: 1d, gate: {tolerence: 1}}\n", "Did you mean 'tolerance'"),
        ("retraining:\n  - {endpoint: income, every: 1d, options: {target: x}}\n", "no option"),
        ("retraining:\n  - {endpoint: income, every: 0}\n", "not a time"),
        ("retraining:\n  - {endpoint: income, every: 1d, stop_when: {error_rate: 7}}\n", "no share"),
        ("monitors:\n  - {endpoint: income, kinds: data_drfit}\n", "Did you mean 'data_drift'"),
        ("monitors:\n  - {endpoint: income, every: 10ms}\n", "shorter than a second"),
        ("monitors:\n  - {endpoint: income, window: soon}\n", "not a time"),
        ("monitors:\n  - {endpoint: income, windwo: 1h}\n", "Did you mean 'window'"),
    ],
)
def test_mistakes_in_the_file(text, words):
    with pytest.raises(FileError) as caught:
        read_plan(text)
    assert words in str(caught.value)
    assert caught.value.problems[0].line >= 1


def test_the_first_rule_that_fits_counts():
    plan = read_plan("monitors:\n  - {endpoint: income, every: 5m}\n  - {endpoint: '*', every: 1d}\n")
    assert (plan.schedule_of("income").every, plan.schedule_of("other").every) == (300.0, 86400.0)
    assert plan.retraining_of("income") is None
    assert read_plan("alarms: []\n").schedule_of("any").every == 3600.0
