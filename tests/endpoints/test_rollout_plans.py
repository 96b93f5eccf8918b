"""What each step of an update serves, and which alarms end it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.endpoints import Alarm, AllAtOnce, Canary, Linear
from litmus.endpoints.alarms import as_alarms
from litmus.endpoints.plan import Plan, drop_plan, read_plan, step_config, write_plan
from litmus.endpoints.rollouts import parse_rollout
from litmus.errors import ParameterError
from litmus.serve.config import ServiceConfig, VariantConfig
from litmus.serve.totals import Histogram, VariantTotals


@given(st.floats(0.1, 99.99))
def test_linear_shares_grow_by_the_step_up_to_all(percent):
    shares = Linear(percent, every="1s").shares
    assert shares[-1] == 1.0
    assert list(shares) == sorted(set(shares))
    assert all(share == pytest.approx((number + 1) * percent / 100) for number, share in enumerate(shares[:-1]))


@pytest.mark.parametrize(
    ("text", "rollout"),
    [
        ("all", AllAtOnce()),
        ("all:10m", AllAtOnce(bake="10m")),
        ("canary:10", Canary(10)),
        ("canary:2.5%:30s", Canary(2.5, bake="30s")),
        ("Linear:20:5m", Linear(20, every="5m")),
    ],
)
def test_rollouts_as_they_are_typed(text, rollout):
    assert parse_rollout(text) == rollout
    assert str(rollout)


@pytest.mark.parametrize(
    "text", ["", "some", "canary", "canary:x", "canary:0", "canary:100", "linear:20:soon", "all:1m:2m", "canary:nan"]
)
def test_what_is_no_rollout(text):
    with pytest.raises(ParameterError):
        parse_rollout(text)


def variants(*weights: tuple[str, float], shadow: str | None = None) -> list[VariantConfig]:
    made = [VariantConfig(name, f"models/{name}.litmus", name, weight) for name, weight in weights]
    return made + ([VariantConfig(shadow, "models/s.litmus", shadow, shadow=True)] if shadow else [])


weights = st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 10), min_size=1)


@given(weights, weights, st.floats(0.001, 0.999))
def test_a_step_gives_the_new_models_their_share_and_keeps_proportions(before, after, share):
    old = ServiceConfig("x", 1, variants=variants(*before.items()))
    new = ServiceConfig("x", 1, variants=variants(*after.items()))
    mixed = {each.name: each.weight for each in step_config(old, new, share, 7).variants}
    assert sum(mixed.values()) == pytest.approx(1.0)
    for name, weight in mixed.items():
        expected = (1 - share) * before.get(name, 0) / sum(before.values()) + share * after.get(name, 0) / sum(
            after.values()
        )
        assert weight == pytest.approx(expected, abs=1e-6)


def test_the_last_step_is_what_was_asked_for():
    old = ServiceConfig("x", 1, variants=variants(("a", 3)))
    new = ServiceConfig("x", 1, variants=variants(("b", 2), shadow="c"))
    assert step_config(old, new, 1.0, 9) == ServiceConfig("x", 9, variants=new.variants)
    assert [each.name for each in step_config(old, new, 0.5, 9).variants] == ["a", "b", "c"]


def test_a_plan_is_read_back_and_names_what_is_new(tmp_path):
    old = ServiceConfig("x", 1, variants=variants(("a", 1)))
    new = ServiceConfig("x", 1, variants=variants(("a", 1), ("b", 1)))
    plan = Plan("1", old, new, (0.1, 1.0), 5.0, [Alarm(p99="20ms").to_json()], "", "a canary", step=1)
    write_plan(tmp_path, plan)
    assert read_plan(tmp_path) == plan
    assert [each.name for each in plan.new] == ["b"]
    assert [each.name for each in Plan("1", new, old, (1.0,), 0, [], "", "").new] == ["a"]
    drop_plan(tmp_path)
    assert read_plan(tmp_path) is None


def totals(requests: int, *, failed: int = 0, bucket: int = 40) -> VariantTotals:
    counts = [0] * 160
    counts[bucket] = requests
    return VariantTotals(requests=requests, server_errors=failed, latency=Histogram(tuple(counts), 1.0))


def test_an_alarm_is_raised_by_what_it_watches_and_by_nothing_else():
    errors, slow = Alarm(error_rate=0.01), Alarm(p99="2ms")
    assert not errors.judge(totals(1000, failed=10))
    assert "11 of 1,000 requests failed" in errors.judge(totals(1000, failed=11))
    assert not slow.judge(totals(1000, failed=1000))
    assert "p99 is" in slow.judge(totals(1000, bucket=60))


def test_a_handful_of_requests_is_not_judged():
    assert not Alarm(error_rate=0.0).judge(totals(19, failed=19))
    assert Alarm(error_rate=0.0).judge(totals(20, failed=1))
    assert Alarm(error_rate=0.0, at_least=1).judge(totals(1, failed=1))


@pytest.mark.parametrize(
    "options",
    [{}, {"error_rate": 1.0}, {"error_rate": True}, {"error_rate": -0.1}, {"p99": "soon"}, {"score": 3}, {"custom": 3},
     {"error_rate": 0.1, "p99": 1}, {"error_rate": 0.1, "at_least": 0}],
)  # fmt: skip
def test_what_is_no_alarm(options):
    with pytest.raises(ParameterError):
        Alarm(**options)


def test_functions_are_alarms_too():
    def too_few(facts):
        return facts["requests"] < 3

    assert as_alarms(None) == ()
    assert [str(alarm) for alarm in as_alarms([too_few, Alarm(p99=0.02)])] == ["too_few", "p99 above 20 ms"]
    with pytest.raises(ParameterError, match="is no alarm"):
        as_alarms("error_rate")
