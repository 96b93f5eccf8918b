"""The file of alarm rules: what it may hold, and where each mistake is."""

import pytest

from litmus.alarming import Condition, FileError, Observed, Rules, Seen, read_rules
from litmus.errors import LitmusError, ParameterError

FILE = """\
mail:
  host: mail.example.org
  sender: litmus@example.org
  user_from: MAIL_USER
  password_from: MAIL_PASSWORD
alarms:
  - when: data_drift >= warning
  - name: worse
    when: model_quality.accuracy < 0.8
    endpoint: [income, churn-*]
    for: 2
    recover_after: 3
    remind: 24h
    notify:
      - log
      - webhook: {url_from: CHAT_URL, secret_from: CHAT_KEY, timeout: 3s}
      - email: ops@example.org
      - command: notify --loud "two words"
"""


def test_a_file_is_read():
    rules = read_rules(FILE)
    drift, worse = rules.alarms
    assert (drift.name, drift.is_for("anything"), str(drift.notify[0])) == ("data_drift >= warning", True, "log")
    assert worse.is_for("churn-eu")
    assert not worse.is_for("price")
    assert (worse.results, worse.recover_after, worse.remind) == (2, 3, 86400.0)
    assert worse.notify[1].webhook.timeout == 3.0
    assert worse.notify[3].command.run == ["notify", "--loud", "two words"]
    assert rules.mail.port_used == 587


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("alarms:\n  - when: data_drift >= warming\n", 2, 11, "Did you mean 'warning'"),
        ("alarms:\n  - wehn: data_drift >= warning\n", 2, 5, "Did you mean 'when'"),
        ("alarms:\n  - name: x\n", 2, 5, "'when' is missing"),
        ("alarms:\n  - when: data_drif >= alarm\n", 2, 11, "Did you mean 'data_drift'"),
        ("alarms:\n  - when: any >= alarm\n    for: 0\n", 3, 10, "greater than or equal to 1"),
        ("alarms:\n  - when: any >= alarm\n    for: two\n", 3, 10, "'two'"),
        ("alarms:\n  - when: any >= alarm\n    notify: [log, {webhook: 'ftp://x/y'}]\n", 3, 29, "https://"),
        ("alarms:\n  - when: any >= alarm\n    notify: [pager]\n", 3, 14, "no way of telling"),
        ("alarms:\n  - when: any >= alarm\n    notify: [{email: nobody}]\n", 3, 22, "no e-mail address"),
        ("alarms:\n  - when: any >= alarm\n    notify: [{email: a@b.c}]\n", 1, 1, "no 'mail'"),
        ("alarms:\n  - when: any >= alarm\n    notify: [{log: true, command: x}]\n", 3, 14, "give one of"),
        ("alarms: 5\n", 1, 9, "list"),
        ("alarms:\n  - when: any >= alarm\n  - when: any >= alarm\n", 1, 1, "two alarms are named"),
        ("alarms:\n  - when: any >= alarm\n    when: any >= warning\n", 3, 5, "given twice"),
        ("alarms: [\n", 2, 1, "no YAML"),
        ("a: &a [1]\nb: *a\n", 1, 4, "anchors"),
        ("alarms:\n  - when: !!python/object:os.system x\n", 2, 11, "tag"),
        ("mail: {host: h, sender: a@b.c, security: none, user_from: U, password_from: P}\n", 1, 7, "password"),
        ("\n", 1, 1, "empty"),
        ("alarms:\n  - when: any >= alarm\n    remind: soon\n", 3, 13, "24h"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, line, column, words):
    with pytest.raises(FileError) as caught:
        read_rules(text)
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column), str(caught.value)
    assert words in problem.sentence
    assert isinstance(caught.value, LitmusError)
    assert "Value error" not in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(FileError) as caught:
        read_rules("alarms:\n  - when: any >= alarm\n    for: 0\n  - when: nothing\n    colour: red\n")
    assert [problem.line for problem in caught.value.problems] == [3, 4, 5]


@pytest.mark.parametrize(
    "secret", ["https://user:hunter2@example.org/h", "https://example.org/h?token=hunter2", "hunter 2!"]
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(secret):
    field = "url" if "://" in secret else "url_from"
    with pytest.raises(FileError) as caught:
        read_rules(f"alarms:\n  - when: any >= alarm\n    notify: [{{webhook: {{{field}: '{secret}'}}}}]\n")
    assert "hunter" not in str(caught.value)
    assert "environment variable" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_rules(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("alarms: []\n# é\n".encode("latin-1"))
    with pytest.raises(FileError, match="UTF-8"):
        read_rules(tmp_path / "latin.yaml")
    (tmp_path / "deep.yaml").write_text("a: " + "[" * 5000)
    with pytest.raises(FileError):
        read_rules(tmp_path / "deep.yaml")
    (tmp_path / "large.yaml").write_text("a" * 2_000_000)
    with pytest.raises(ParameterError, match="larger"):
        read_rules(tmp_path / "large.yaml")
    (tmp_path / "mark.yaml").write_bytes(b"\xef\xbb\xbfalarms: []\n")
    assert read_rules(tmp_path / "mark.yaml") == Rules()


SEEN = (
    Seen("data_drift", "psi", 0.31, "alarm", "age moved.", "age"),
    Seen("data_drift", "psi", 0.12, "warning", "hours moved.", "hours"),
    Seen("model_quality", "accuracy", 0.75, "ok", "accuracy is 0.75."),
)
OBSERVED = Observed(
    "income", {"data_drift": "alarm", "model_quality": "ok", "bias_drift": "not enough data"}, SEEN, "age moved."
)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("data_drift >= warning", "raised"),
        ("data_drift >= alarm", "raised"),
        ("data_drift is warning", "ok"),
        ("model_quality >= warning", "ok"),
        ("bias_drift >= warning", "unknown"),
        ("bias_drift is 'not enough data'", "raised"),
        ("data_drift is 'not enough data'", "ok"),
        ("prediction_drift >= warning", "unknown"),
        ("any >= alarm", "raised"),
        ("any.psi > 0.3", "raised"),
        ("data_drift.psi[age] > 20 %", "raised"),
        ("data_drift.psi[hours] > 0.2", "ok"),
        ("data_drift.psi[nothing] > 0.2", "unknown"),
        ("model_quality.accuracy < 0.8", "raised"),
        ("model_quality.accuracy<0.7", "ok"),
        ("model_quality.roc_auc < 0.7", "unknown"),
    ],
)
def test_conditions(text, state):
    judged = Condition.parse(text).judge(OBSERVED)
    assert judged.state == state
    assert Condition.parse(str(Condition.parse(text))) == Condition.parse(text)
    if state == "raised":
        assert judged.sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data_drift",
        "data_drift > warning",
        "x >= alarm",
        "data_drift.psi > much",
        "data_drift.psi > nan",
        "a b c",
        "any <= alarm",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ParameterError):
        Condition.parse(text)
