"""What endpoints do beside answering at once: queued requests, labels that come later, memory that is shared again."""

import os
import signal
import time
from pathlib import Path

import pytest
from left_behind import processes_of, until

import litmus
from litmus.endpoints import Alarm, AllAtOnce
from litmus.errors import LitmusError, ParameterError
from litmus.serve.config import AsynchronousConfig, CaptureConfig


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
