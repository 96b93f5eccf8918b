"""What a deployment allows: how it is written, and what misses it."""

import json
import math

import pytest

import litmus
from litmus.deployment import Deployment, parse_deployment
from litmus.errors import ParameterError


def test_units_become_seconds_bytes_and_requests_a_second():
    limits = Deployment(
        cpus=2,
        memory="512MiB",
        concurrency=8,
        request_rate="6000/min",
        latency_p99="5ms",
        packages=["numpy", "scikit-learn == 1.9.1"],
        python="3.11",
        max_size="300MB",
        cold_start="1.5s",
    )
    assert limits.memory == 512 * 2**20
    assert limits.request_rate == 100.0
    assert limits.latency_p99 == 0.005
    assert limits.max_size == 300_000_000
    assert limits.cold_start == 1.5
    assert limits.packages == ("numpy", "scikit-learn==1.9.1")
    assert limits.limits == {
        "latency_p99": 0.005,
        "request_rate": 100.0,
        "memory": 512.0 * 2**20,
        "max_size": 3e8,
        "cold_start": 1.5,
    }


@pytest.mark.parametrize(("text", "seconds"), [("800us", 8e-4), ("800 µs", 8e-4), (0.25, 0.25), ("1m30s", 90.0)])
def test_times(text, seconds):
    assert Deployment(latency_p99=text).latency_p99 == pytest.approx(seconds)


@pytest.mark.parametrize(("text", "rate"), [(50, 50.0), ("50", 50.0), ("50/s", 50.0), ("90 per minute", 1.5)])
def test_rates(text, rate):
    assert Deployment(request_rate=text).request_rate == rate


def test_it_is_public_frozen_and_travels_as_json():
    assert litmus.Deployment is Deployment
    limits = Deployment(packages=["numpy"], request_rate="10/s")
    with pytest.raises(AttributeError):
        limits.cpus = 3
    assert Deployment(**json.loads(json.dumps(limits.to_json()))) == limits


def test_a_dict_goes_wherever_a_deployment_goes():
    assert parse_deployment({"memory": "1GB", "cpus": 2}) == Deployment(memory=10**9, cpus=2)
    assert parse_deployment(None) == Deployment()
    same = Deployment(cpus=3)
    assert parse_deployment(same) is same


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cpus": 0}, "cpus=0 is not allowed; give whole cores"),
        ({"cpus": 0.5}, "cpus=0.5"),
        ({"cpus": True}, "cpus=True"),
        ({"concurrency": "8"}, "concurrency='8'"),
        ({"memory": "lots"}, "memory='lots' is not a size"),
        ({"memory": 0}, "memory=0 is not a size"),
        ({"memory": math.nan}, "memory=nan"),
        ({"latency_p99": "5 parsecs"}, "latency_p99='5 parsecs' is not a time; .*'5ms'"),
        ({"latency_p99": -1}, "latency_p99=-1"),
        ({"cold_start": True}, "cold_start=True"),
        ({"request_rate": "ten"}, "request_rate='ten' is not a rate.*'200/s'"),
        ({"request_rate": "10/fortnight"}, "request_rate"),
        ({"request_rate": 0}, "request_rate=0"),
        ({"packages": "numpy"}, r"packages='numpy' is not a list of names"),
        ({"packages": {"numpy": "2"}}, "is not a list"),
        ({"packages": ["numpy>=2"]}, "packages has 'numpy>=2'"),
        ({"packages": [3]}, "packages has 3"),
        ({"python": 3.11}, "python=3.11 is not a version"),
        ({"python": "two"}, "python='two'"),
        ({"memroy": 3}, "no field 'memroy'. Did you mean 'memory'"),
        (["cpus"], r"deployment=\['cpus'\] is not allowed"),
    ],
)
def test_mistakes_are_one_sentence(fields, message):
    with pytest.raises(ParameterError, match=message):
        parse_deployment(fields)


def test_nothing_is_violated_within_the_limits_or_without_them():
    measured = {"latency_p99": 0.005, "memory": 512 * 2**20, "max_size": 1e12, "cold_start": 60.0, "request_rate": 1.0}
    assert Deployment().violations(measured) == ()
    assert Deployment(latency_p99=None, memory=None).violations({"latency_p99": 9.0, "memory": 1e12}) == ()
    assert Deployment().violations({"latency_p99": None}) == ()


def test_violations_say_by_how_much():
    limits = Deployment(
        memory="100MB", latency_p99="1ms", request_rate=200, max_size="1MB", cold_start=0.5, python="3.11"
    )
    measured = {
        "latency_p99": 0.0014,
        "memory": 150_000_000,
        "request_rate": 150.0,
        "max_size": 30_000_000,
        "cold_start": 0.6,
        "python": "3.12.1",
    }
    found = {violation.name: violation for violation in limits.violations(measured)}
    assert {name: round(violation.excess, 9) for name, violation in found.items()} == {
        "latency_p99": 0.4,
        "request_rate": 0.25,
        "memory": 0.5,
        "max_size": 29.0,
        "cold_start": 0.2,
        "python": 1.0,
    }
    assert found["latency_p99"].sentence == "p99 latency is 1.4 ms, 40 % above the limit of 1.0 ms"
    assert found["request_rate"].sentence == "the request rate that is kept up is 150/s, 25 % below the limit of 200/s"
    assert found["max_size"].sentence == "installed size is 30 MB, 30 times the limit of 1.0 MB"
    assert found["python"].sentence == "Python 3.12.1 is needed, and 3.11 is there"
    assert found["memory"].limit == 100_000_000
    json.dumps([violation.to_json() for violation in found.values()], allow_nan=False)


def test_what_could_not_be_measured_misses():
    violation = Deployment().violations({"latency_p99": math.nan})[0]
    assert violation.excess == math.inf
    assert "could not be measured" in violation.sentence
    assert json.loads(json.dumps(violation.to_json(), allow_nan=False))["excess"] is None


def test_packages_by_name_and_version_in_any_spelling():
    limits = Deployment(packages=["numpy==2.4.6", "Scikit_Learn"])
    assert limits.violations({"packages": {"numpy": "2.4.6", "scikit.learn": "1.9", "litmus": "0.1"}}) == ()
    assert limits.violations({"packages": ["numpy"]}) == ()
    (violation,) = limits.violations({"packages": ["numpy==2.0", "scipy==1.17", "scikit-learn"]})
    assert violation.measured == ("numpy", "scipy")
    assert violation.excess == 2.0
    assert violation.sentence == "numpy, scipy are needed and are not among the allowed packages"


def test_python_may_be_given_in_full():
    assert Deployment(python="Python 3.11.4").violations({"python": "3.11.4"}) == ()
    assert Deployment(python="3.1").violations({"python": "3.11"})


def test_a_name_that_is_no_limit():
    with pytest.raises(ParameterError, match="no limit 'p99'; known: latency_p99"):
        Deployment().violations({"p99": 3})
