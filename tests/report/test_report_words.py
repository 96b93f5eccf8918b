"""What the page says in words: meanings of scores, and what to look at first."""

import numpy as np
import pandas as pd
import pytest

from litmus.data import TaskData
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.trial import Score, Trial
from litmus.metrics import Predictions, metric_names
from litmus.report.advice import model_findings, ordered
from litmus.report.blocks import Finding
from litmus.report.embedding import embedded_json
from litmus.report.plain_words import baseline_sentence, figure, meaning, metric_name
from litmus.report.verdict import verdict


def test_every_metric_has_words():
    for name in metric_names():
        for label in (name, f"{name}(precision=0.85, k=3, coverage=0.5)", f"{name}[{{odd}} class]"):
            sentence = meaning(Score(label, 0.9, maximize=True), "the {target}")
            assert metric_name(label) == name
            assert "0.9" in sentence or "90.0 %" in sentence
            assert not sentence.endswith(".")


def test_words_are_about_the_class_that_was_asked_for():
    assert "precision[fraud]" in meaning(Score("precision[fraud]", 0.9, True), "label")
    text = meaning(Score("coverage_at_precision(precision=0.85)", 0.4, True), "label")
    assert text == "can answer 40.0 % of unseen rows by itself at a precision of 85.0 %"


@pytest.mark.parametrize(
    ("metric", "value", "baseline", "maximize", "words"),
    [
        ("accuracy", 0.9, 0.8, True, "avoids 50 % of those mistakes"),
        ("rmse", 25.0, 100.0, False, "rmse is 75 % smaller"),
        ("accuracy", 0.7, 0.8, True, "would reach 80.0 %"),
        ("accuracy", 1.0, 1.0, True, "would reach 100 %"),
        ("roc_auc", 0.9, 0.5, True, "would reach 0.5000"),
    ],
)
def test_the_baseline_is_compared_in_words(metric, value, baseline, maximize, words):
    sentence = baseline_sentence(Score(metric, value, maximize), Score(metric, baseline, maximize), "“no”")
    assert sentence.startswith("Always answering “no” would")
    assert words in sentence
    assert figure("accuracy", 0.875) == "87.5 %"


def loaded(n=300):
    x = np.arange(n)
    frame = pd.DataFrame({"x": x, "z": x % 7, "target": np.where(x % 3 == 0, "yes", "no")})
    return TaskData.create(name="d", data=frame, target="target").load(seed=0)


def trial(id, name, value, *, low=None, high=None, train=None, test=None, predictions=None, **parts):
    scores = {"validation": {"accuracy": Score("accuracy", value, True, 0.01, low, high)}}
    if train is not None:
        scores["train"] = {"accuracy": Score("accuracy", train, True)}
    if test is not None:
        scores["test"] = {"accuracy": Score("accuracy", test, True, None, test - 0.01, test + 0.01)}
    return Trial(id, name, "d", name, {}, scores=scores, validation=predictions, **parts)


def titles(*trials):
    board = Leaderboard(trials, "accuracy")
    return {finding.title: finding for finding in model_findings(board, loaded(), board.best())}


def binary(recall_of_yes=1.0, probability=0.95, right=1.0, n=1000):
    y = (np.arange(n) % 2).astype(np.int64)
    rng = np.random.default_rng(0)
    hit = np.where(y == 1, rng.random(n) < recall_of_yes, rng.random(n) < right)
    answer = np.where(hit, y, 1 - y)
    scores = np.where(answer == 1, probability, 1 - probability)
    return Predictions("binary", y, np.column_stack([1 - scores, scores]), answer, ("no", "yes"))


def test_a_sound_run_raises_no_alarm():
    sound = trial(1, "A", 0.95, low=0.94, high=0.96, train=0.97, test=0.95, predictions=binary(0.95, 0.95, 0.95))
    assert titles(sound, trial(2, "Baseline", 0.6)) == {}


def test_learning_by_heart_is_pointed_out():
    assert "It knows its training rows much better than new ones" in titles(trial(1, "A", 0.7, train=1.0))
    assert titles(trial(1, "A", 0.7, train=0.72)) == {}


def test_a_worse_test_score_is_the_first_thing_only_beyond_chance():
    found = titles(trial(1, "A", 0.9, low=0.89, high=0.91, test=0.8))
    assert found["accuracy is worse on the test rows"].tone == "bad"
    assert titles(trial(1, "A", 0.9, low=0.89, high=0.91, test=0.885)) == {}
    assert titles(trial(1, "A", 0.9, low=0.89, high=0.91, test=0.99)) == {}


def test_an_uncertain_score_is_pointed_out():
    found = titles(trial(1, "A", 0.7, low=0.55, high=0.85))
    assert "0.5500 to 0.8500" in found["The score is not known precisely"].text


def test_an_equal_that_is_faster_is_pointed_out_but_not_the_baseline():
    best = trial(1, "A", 0.9, low=0.88, high=0.92, predict_seconds=1.0)
    found = titles(best, trial(2, "B", 0.89, predict_seconds=0.1), trial(3, "Baseline", 0.885, predict_seconds=0.001))
    assert "10 times as fast" in found["B is about as good and faster"].text
    assert titles(best, trial(2, "B", 0.85, predict_seconds=0.1)) == {}
    assert titles(best, trial(2, "B", 0.89, predict_seconds=0.8)) == {}


def test_a_class_that_is_often_missed_is_named():
    found = titles(trial(1, "A", 0.7, predictions=binary(recall_of_yes=0.3, probability=0.65)))
    assert "500 rows that are yes" in found["yes is often missed"].text


def test_of_several_classes_the_one_it_is_taken_for_is_named():
    y = np.repeat([0, 1, 2], 100)
    answer = np.where(y == 2, 1, y)
    scores = np.eye(3)[answer]
    predictions = Predictions("multiclass", y, scores, answer, ("a", "b", "c"))
    assert (
        "0 % are found, most of the others being taken for b"
        in titles(trial(1, "A", 0.7, predictions=predictions))["c is often missed"].text
    )


def test_probabilities_that_are_off_are_pointed_out():
    sure = titles(trial(1, "A", 0.7, predictions=binary(0.75, 0.99, 0.75)))
    assert "Its probabilities cannot be taken literally" in sure
    honest = titles(trial(1, "A", 0.75, predictions=binary(0.75, 0.75, 0.75)))
    assert "Its probabilities cannot be taken literally" not in honest


def test_a_few_large_errors_are_pointed_out():
    y = np.zeros(1000)
    predicted = np.full(1000, 0.1)
    predicted[:3] = 100.0
    found = titles(trial(1, "A", 0.7, predictions=Predictions("regression", y, predicted, predicted)))
    assert "A few rows make most of the error" in found
    even = Predictions("regression", y, y + 0.1, y + 0.1)
    assert titles(trial(1, "A", 0.7, predictions=even)) == {}


def test_one_column_that_decides_everything_is_pointed_out():
    assert "One column decides nearly everything" in titles(
        trial(1, "A", 0.7, importance={"x": 0.9, "z": 0.06, "w": 0.04})
    )
    assert titles(trial(1, "A", 0.7, importance={"x": 0.6, "z": 0.3, "w": 0.1})) == {}
    assert titles(trial(1, "A", 0.7, importance={"x": 1.0})) == {}


def test_failed_trials_are_pointed_out_after_what_concerns_the_model():
    failed = [Trial(i, f"F{i}", "d", "F", {}, status="failed", reason="x") for i in range(2, 6)]
    found = titles(trial(1, "A", 0.7, predictions=binary(recall_of_yes=0.3)), *failed)
    assert list(found)[-1] == "4 trials failed"
    assert "F2, F3, F4 and others" in found["4 trials failed"].text


def test_the_gravest_findings_come_first_and_there_are_never_too_many():
    findings = [Finding("plain", str(i), "") for i in range(9)] + [
        Finding("bad", "bad", ""),
        Finding("caution", "c", ""),
    ]
    shown = ordered(findings)
    assert [finding.title for finding in shown[:3]] == ["bad", "c", "0"]
    assert len(shown) == 7


def test_a_model_within_the_margin_of_the_baseline_gets_no_praise():
    data = loaded()
    trials = [trial(1, "A", 0.68, low=0.64, high=0.72), trial(2, "Baseline", 0.667, low=0.63, high=0.70)]
    found = verdict(Leaderboard(trials, "accuracy"), data, trials[0])
    assert found.tone == "caution"
    assert any("within the margin of error" in sentence for sentence in found.sentences)
    assert found.headline == "A gives the right target for 68.0 % of the rows it had not seen."
    assert found.sentences[0].startswith("Always answering “no” would be right for 66.7 %")


def test_a_metric_that_says_little_gets_accuracy_beside_it():
    data = loaded()
    scores = {"roc_auc": Score("roc_auc", 0.9, True), "accuracy": Score("accuracy", 0.85, True)}
    best = Trial(1, "A", "d", "A", {}, scores={"validation": scores})
    found = verdict(Leaderboard([best], "roc_auc"), data, best)
    assert "area under the ROC curve of 0.9" in found.headline
    assert "Put simply, it gives the right target for 85.0 % of the rows it had not seen." in found.sentences


def test_without_a_model_the_verdict_says_why():
    board = Leaderboard([Trial(1, "A", "d", "A", {}, status="failed", reason="no memory")], "accuracy")
    found = verdict(board, loaded(), None)
    assert (found.tone, found.headline, found.sentences) == ("bad", "No model could be trained.", ("A: no memory",))


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "&lt;", "\u2028", "\ud800", "'\"\\", "é€😀"])
def test_embedded_json_is_ascii_without_markup_and_reads_back(text):
    import json

    embedded = str(embedded_json({text: [text]}))
    assert embedded.isascii()
    assert not set("<>&") & set(embedded)
    assert json.loads(embedded) == {text: [text]}
