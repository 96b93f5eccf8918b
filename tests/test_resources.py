"""What training and prediction may use."""

import pytest

from litmus.errors import ParameterError, ResourceError
from litmus.resources import Resources, available_cpus, parse_resources


def test_defaults_are_all_cores_and_no_gpus():
    for phase in parse_resources(None).values():
        assert (phase.n_cpus, phase.gpus, phase.at_most(10**9)) == (available_cpus(), 0, None)


def test_never_more_cores_than_there_are():
    assert Resources(cpus=100_000).n_cpus == available_cpus()


@pytest.mark.parametrize(
    ("text", "size"), [("8GiB", 8 * 2**30), ("500MB", 500_000_000), ("1.5 kB", 1500), (4096, 4096), ("4096", 4096)]
)
def test_memory_is_read_as_bytes(text, size):
    assert Resources(memory=text).memory == size


def test_memory_bounds_how_many_fits_run_at_once():
    assert Resources(memory="8GB").at_most(300_000_000) == 6
    assert Resources(memory="1MB").at_most(300_000_000) == 1


def test_objects_go_where_dicts_go():
    assert parse_resources({"train": Resources(cpus=1)})["train"].cpus == 1


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"training": {}}, "Did you mean 'train'"),
        ({"train": {"cores": 2}}, "resources has no option 'cores'"),
        ({"train": {"cpus": 0}}, "cpus=0"),
        ({"train": {"cpus": True}}, "cpus=True"),
        ({"train": {"workers": 1.5}}, "workers=1.5"),
        ({"train": {"memory": "lots"}}, "memory='lots' is not a size"),
        ({"train": {"gpus": -1}}, "gpus=-1"),
        ({"train": 4}, r"resources\['train'\]=4"),
        (4, "resources=4"),
    ],
)
def test_mistakes_are_one_sentence(resources, message):
    with pytest.raises(ParameterError, match=message):
        parse_resources(resources)


def test_gpus_that_are_not_there():
    with pytest.raises(ResourceError, match="1000 for train, 2000 for predict.*Use cores instead"):
        parse_resources({"train": {"gpus": 1000}, "predict": {"gpus": 2000}})


def test_of_big_tables_two_fits_run_at_once_unless_memory_or_workers_say_otherwise():
    assert Resources().fits_at_once(13_000_000) is None
    assert Resources().fits_at_once(200_000_000) == 2
    assert Resources(workers=4).fits_at_once(200_000_000) is None
    assert Resources(memory="1MB").fits_at_once(200_000_000) == 1
    assert Resources(memory="8GB").fits_at_once(300_000_000) == 6
