"""What endpoints do beside answering at once: queued requests, labels that come later, memory that is shared again."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from left_behind import processes_of, until

import litmus
from litmus.client import NotThereError
from litmus.endpoints import Alarm, AllAtOnce, Canary, Linear
from litmus.errors import BundleError, LitmusError, ParameterError
from litmus.runtime import load
from litmus.serve.config import AsynchronousConfig, CaptureConfig
from trained_models import train_model


def asynchronous_workers(endpoint):
    return [each for each in endpoint.state.workers if each.kind == "asynchronous"]


def test_workers_for_queued_requests_come_when_some_wait(launch, row):
    made = launch(workers=1, asynchronous=AsynchronousConfig(workers=2))
    time.sleep(1.5)  # a look at the queue or more
    assert asynchronous_workers(made) == []
    with litmus.Client(made.url, made.key) as client:
        queued = [client.submit([row, row]) for _ in range(3)]
        answers = [client.result(each, wait=60) for each in queued]
    assert all(answer == [made.predict(row)] * 2 for answer in answers)
    assert 1 <= len(asynchronous_workers(made)) <= 2
    made.stop()
    assert processes_of(made.folder) == []


@pytest.mark.parametrize("right", [True, False])
def test_labels_that_come_later_decide_an_update(launch, bundles, row, right):
    made = launch(workers=1, capture=CaptureConfig(1.0, 10_000_000))
    update = made.update(
        bundles["new"], rollout=AllAtOnce(bake="4s"), alarms=Alarm(score="accuracy >= 0.9", at_least=10)
    )
    assert until(lambda: update.status == "baking")
    with litmus.Client(made.url, made.key) as client:
        for number in range(12):
            answer = client.predict(row, request_id=f"asked-{number}")
            client.feedback(f"asked-{number}", answer if right else {"yes": "no", "no": "yes"}[answer])
    os.kill(made.state.workers[0].pid, signal.SIGTERM)  # it writes its record down, which takes a minute otherwise
    assert update.wait(60) == ("finished" if right else "rolled back")
    if not right:
        assert "accuracy is 0 on 12 labelled rows" in update.state.message


def test_a_score_that_nothing_can_be_said_of_is_refused_at_once(launch, bundles):
    made = launch(workers=1, capture=1.0)
    with pytest.raises(LitmusError, match="acuracy"):
        made.update(bundles["new"], rollout=AllAtOnce(bake="1s"), alarms=Alarm(score="acuracy >= 0.9"))
    with pytest.raises(ParameterError, match="cannot be read"):
        made.update(bundles["new"], rollout=AllAtOnce(bake="1s"), alarms=Alarm(score="good"))


def test_workers_share_memory_again_after_an_update(launch, bundles, row):
    made = launch()
    before = {each.pid for each in made.state.workers}
    made.update(bundles["new"]).wait(60)
    assert made.predict(row) in ("yes", "no")
    assert until(lambda: len(made.state.workers) == 2 and not before & {each.pid for each in made.state.workers})
    assert not [each for each in made.events() if each["event"] == "worker died"]
    assert made.predict(row) in ("yes", "no")
    (model,) = {each.path for each in made.describe().config.variants}
    assert Path(model).parent == Path("models")


def test_a_folder_of_models_answers_behind_one_address(launch, bundles, row, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    with pytest.raises(BundleError, match="holds no models"):
        litmus.deploy(folder, "many", workers=1)
    for name in ("first", "second"):
        shutil.copy(bundles["old"], folder / f"{name}.litmus")
    made = litmus.deploy(folder, "many", workers=1)
    assert made.describe().models == [f"2 models of {folder}"]
    assert made.predict(row, model="first") == made.predict(row, model="second")
    assert "/models/first/predict" in made.curl
    shutil.copy(bundles["new"], folder / "third.litmus")
    assert made.predict([row], model="third") == [made.predict(row, model="first")]
    with pytest.raises(NotThereError):
        made.predict(row, model="fourth")
    with pytest.raises(ParameterError, match="serves a folder of models, which is replaced all at once and not by"):
        made.update(bundles["new"], rollout=Linear(50, every="1s"))


def test_a_chain_hands_answers_on(launch, bundles, row):
    people = [{"rich": rich, "age": age, "spends": 3 * age + (50 if rich == "yes" else 0)} for age in range(20, 90)
              for rich in ("yes", "no")]  # fmt: skip
    second = train_model(people, target="spends").model
    made = litmus.deploy([bundles["old"], second], "chain", workers=1, mapping=[{"prediction": "rich"}])
    rich = load(bundles["old"]).predict(row)
    assert made.predict(row) == pytest.approx(second.predict({**row, "rich": rich}))
    assert "rich" not in made.curl
    assert made.describe().models == ["old → small"]
    with pytest.raises(ParameterError, match="serves a chain of models, which is replaced all at once and not by"):
        made.update(bundles["new"], rollout=Canary(10, bake="1s"))
    assert made.update(bundles["new"], rollout=AllAtOnce(bake="0.1s")).wait(60) == "finished"
    assert made.predict(row) in ("yes", "no")
    with pytest.raises(ParameterError, match="2 to 5"):
        litmus.deploy([bundles["old"]], "short")


def test_models_share_the_requests_from_the_start(launch, bundles, row):
    made = litmus.deploy({"a": (bundles["old"], 1), "b": (bundles["new"], 1)}, "shared", workers=1)
    assert [(each.name, each.weight) for each in made.describe().config.variants] == [("a", 1.0), ("b", 1.0)]
    assert made.predict(row) in ("yes", "no")
    with pytest.raises(ParameterError, match="has weight 'much'"):
        litmus.deploy({"a": (bundles["old"], "much")}, "wrong")
