"""Updates under load: no request is lost whatever the steps, and an alarm takes everything back."""

import os
import signal

import own_code
import pytest
from left_behind import until
from steady_load import SteadyLoad

from litmus.endpoints import Alarm, AllAtOnce, Canary, Linear
from litmus.endpoints.plan import read_plan
from litmus.errors import BundleError, ParameterError, ResourceError


def events(endpoint, kind):
    return [each for each in endpoint.events() if each["event"] == kind]


def served(endpoint):
    return [(each.version, each.weight) for each in endpoint.describe().config.variants]


@pytest.mark.parametrize(
    "rollout", [AllAtOnce(), Canary(20, bake="1s"), Linear(40, every="0.5s")], ids=lambda each: type(each).__name__
)
def test_no_request_is_lost_in_an_update(launch, bundles, row, rollout):
    made = launch()
    with SteadyLoad(made.url, made.key, row, rate=150) as load:
        load.wait_for(50)
        assert made.update(bundles["new"], rollout=rollout).wait(60) == "finished"
        load.wait_for(50)
    assert (load.failures, set(load.statuses)) == ([], {200})
    assert set(load.versions) == {"old", "new"}
    assert served(made) == [("new", 1.0)]
    steps = [each["percent"] for each in events(made, "rollout step")]
    assert steps == [100 * share for share in rollout.shares]
    assert len(list((made.folder / "models").iterdir())) == 2  # what was served before stays at hand


def test_errors_take_a_canary_back_whole(launch, bundles, row):
    made = launch()
    before = made.describe().config.variants
    with SteadyLoad(made.url, made.key, {**row, "age": own_code.NOBODY}, rate=200) as load:
        update = made.update(
            bundles["failing"], rollout=Canary(50, bake="30s"), alarms=Alarm(error_rate=0.1), trust=True
        )
        assert update.wait(60) == "rolled back"
        failed = load.statuses[500]
        load.wait_for(50)
    assert failed >= 20  # the alarm judges no handful
    assert load.statuses[500] == failed
    assert load.failures == []
    assert made.describe().config.variants == before
    assert "failed" in update.state.message
    assert [each["event"] for each in made.events()][-4:] == ["rollout step", "alarm", "rollback", "rolled back"]
    assert made.status == "running"


def test_slow_answers_take_an_update_back(launch, bundles, row):
    made = launch()
    with SteadyLoad(made.url, made.key, row, rate=100, connections=8):
        update = made.update(bundles["slow"], rollout=AllAtOnce(bake="30s"), alarms=[Alarm(p99="15ms")], trust=True)
        assert update.wait(60) == "rolled back"
    assert "p99 is" in update.state.message
    assert [version for version, _ in served(made)] == ["old"]


def test_your_own_function_takes_an_update_back(launch, bundles):
    limit = 0

    def nobody_asked(facts):
        return f"only {facts['requests']} requests for {facts['versions'][0]}" if facts["requests"] <= limit else ""

    made = launch(workers=1)
    update = made.update(bundles["new"], rollout=AllAtOnce(bake="1s"), alarms=nobody_asked)
    assert update.wait(60) == "rolled back"
    assert "only 0 requests for new" in update.state.message
    assert not list(made.folder.glob("judges-*"))


def test_your_own_function_that_fails_is_an_alarm_too(launch, bundles):
    made = launch(workers=1)
    update = made.update(bundles["new"], rollout=AllAtOnce(bake="1s"), alarms=lambda facts: facts["weather"])
    assert update.wait(60) == "rolled back"
    assert "KeyError" in update.state.message


def test_a_content_function_lets_an_update_pass(launch, bundles):
    made = launch(workers=1)
    assert made.update(bundles["new"], rollout=Canary(10, bake="1s"), alarms=lambda facts: False).wait(60) == "finished"


def test_an_update_is_taken_back_on_demand(launch, bundles, row):
    made = launch()
    with SteadyLoad(made.url, made.key, row) as load:
        update = made.update(bundles["new"], rollout=Canary(10, bake="1h"))
        assert until(lambda: update.status == "baking")
        assert served(made) == [("old", 0.9), ("new", 0.1)]
        with pytest.raises(ResourceError, match="An update is under way"):
            made.update(bundles["new"])
        assert update.cancel() == "rolled back"
    assert (load.failures, set(load.statuses)) == ([], {200})
    assert [version for version, _ in served(made)] == ["old"]
    with pytest.raises(ResourceError, match="none to cancel"):
        made.cancel_update()


def test_a_model_that_cannot_answer_leaves_the_old_one_serving(launch, bundles, row):
    made = launch()
    with SteadyLoad(made.url, made.key, row) as load:
        update = made.update(bundles["unready"], trust=True)
        assert update.wait(60) == "rolled back"
        load.wait_for(20)
    assert "not where it is served" in update.state.message
    assert (load.failures, set(load.statuses), set(load.versions)) == ([], {200}, {"old"})


@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
def test_an_update_goes_on_where_a_killed_supervisor_left_it(launch, bundles, row, back):
    made = launch(workers=1)
    update = made.update(bundles["new"], rollout=Canary(10, bake="60s" if back else "2s"))
    assert until(lambda: update.status == "baking")
    killed = made.state.pid
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: made.state.pid not in (0, killed))
    if back:
        assert until(lambda: update.status == "baking")
        assert update.cancel() == "rolled back"
    assert update.wait(60) == ("rolled back" if back else "finished")
    assert [version for version, _ in served(made)] == ["old" if back else "new"]
    assert read_plan(made.folder) is None
    assert made.predict(row) in ("yes", "no")


def test_requests_are_shared_between_variants_and_copied_to_a_shadow(launch, bundles, row):
    made = launch()
    made.variants({"a": (bundles["old"], 0.75), "b": (bundles["new"], 0.25)})
    with SteadyLoad(made.url, made.key, row, rate=300) as load:
        load.wait_for(300)
    assert load.failures == []
    assert 0.6 < load.versions["old"] / load.sent < 0.9
    assert 0.1 < load.versions["new"] / load.sent < 0.4
    made.shadow(bundles["new"], name="c")
    with SteadyLoad(made.url, made.key, row, rate=200) as load:
        load.wait_for(40)
        assert until(lambda: made.describe().totals.variants["c"].compared > 0)
    assert load.failures == []
    assert made.describe().totals.variants["c"].different == 0
    made.unshadow()
    assert [each.name for each in made.describe().config.variants] == ["a", "b"]
    made.update(bundles["old"]).wait(60)
    assert [(each.version, each.weight) for each in made.describe().config.variants] == [("old", 1.0)]


def test_another_model_of_the_same_name_is_told_apart(launch, bundles, row, tmp_path):
    import litmus

    other = litmus.load(bundles["new"])
    other.name = "old"
    made = launch(workers=1)
    made.update(other.save(tmp_path / "old.litmus"), rollout=AllAtOnce()).wait(60)
    assert [each.name for each in made.describe().config.variants] == ["old.2"]
    made.update(bundles["old"]).wait(60)
    assert [each.name for each in made.describe().config.variants] == ["old"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"alarms": Alarm(p99="1s")}, "Alarms need time"),
        ({"alarms": Alarm(score="accuracy >= 0.8"), "rollout": Canary(10)}, "captured"),
        ({"alarms": "p99"}, "is no alarm"),
    ],
)
def test_updates_that_cannot_begin_change_nothing(launch, bundles, options, said):
    made = launch(workers=1)
    with pytest.raises(ParameterError, match=said):
        made.update(bundles["new"], **options)
    assert served(made) == [("old", 1.0)]
    content = bytearray(bundles["new"].read_bytes())
    content[len(content) // 3 : len(content) // 3 + 400] = bytes(400)
    (made.folder.parent.parent / "damaged.litmus").write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        made.update(made.folder.parent.parent / "damaged.litmus")
    made.stop()
    with pytest.raises(ResourceError, match="is not running; start it"):
        made.update(bundles["new"])
