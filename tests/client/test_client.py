"""The clients against the real server: the same answers as the model gives here."""

import asyncio
import concurrent.futures
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import litmus
import litsdf
from litmus.client import KeyRefusedError, NotThereError, Retries, RowsRefusedError, UnreachableError
from litmus.errors import LitmusError, ParameterError, PredictionError
from trained_models import people

QUICK = Retries(attempts=2, first_wait=0.01, total_seconds=5)


class Awaited:
    """An AsyncClient with the methods of a Client, so that one test is about both."""

    def __init__(self, *arguments, **options):
        self._runner = asyncio.Runner()
        self._client = litmus.AsyncClient(*arguments, **options)

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *arguments, **options: self._runner.run(method(*arguments, **options))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=[litmus.Client, Awaited], ids=["client", "async"])
def connect(request):
    return request.param


@pytest.fixture
def client(connect, endpoint):
    with connect(endpoint["url"], endpoint["key"], retries=QUICK) as made:
        yield made


@pytest.fixture
def rows():
    """Rows as JSON can have them: dates are text."""
    frame = people(30).drop(columns="rich")
    return frame.assign(since=frame["since"].astype(str)).to_dict("records")


def test_one_row_and_a_list_get_the_models_answers(client, trained, rows):
    assert client.predict(rows[0]) == trained.model.predict(rows[0])
    assert client.predict(rows) == trained.model.predict(rows)
    assert client.predict(tuple(rows[:2])) == trained.model.predict(rows[:2])
    assert client.predict([]) == []


def test_probabilities_are_named_by_the_classes(client, trained, rows):
    assert client.predict_proba(rows[0]) == pytest.approx(trained.model.predict_proba(rows[0]))
    assert client.predict_proba(rows)[3] == pytest.approx(trained.model.predict_proba(rows)[3])


@pytest.mark.parametrize("count", [0, 1, 30])
@pytest.mark.parametrize("form", [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas, litsdf.DataFrame, dict])
def test_frames_of_any_library_get_a_series(client, trained, form, count):
    frame = people(30).drop(columns="rich").iloc[:count]
    given = {name: list(values) for name, values in frame.items()} if form is dict else form(frame)
    found = client.predict(given)
    assert isinstance(found, pd.Series)
    assert list(found) == list(trained.model.predict(frame))


def test_the_index_of_a_pandas_frame_is_kept(client, trained):
    frame = people(20).drop(columns="rich").set_axis([f"row {number % 7}" for number in range(20)], axis=0)
    found = client.predict(frame)
    expected = trained.model.predict(frame)
    pd.testing.assert_series_equal(found, expected, check_names=False)
    pd.testing.assert_frame_equal(
        client.predict_proba(frame), trained.model.predict_proba(frame), check_column_type=False
    )


def test_more_rows_than_one_request_takes_go_in_several(connect, endpoint, trained, rows):
    with connect(endpoint["url"], endpoint["key"], max_rows=7) as client:
        assert client.predict(rows) == trained.model.predict(rows)
        frame = people(200).drop(columns="rich")
        assert list(client.predict(frame)) == list(trained.model.predict(frame))


def test_a_request_too_large_for_the_server_is_divided(connect, endpoint, rows):
    with connect(endpoint["url"], endpoint["key"], max_rows=50_000) as client:
        assert len(client.predict(rows[:1] * 10_001)) == 10_001


def test_labels_that_are_numbers_stay_numbers(connect, number_endpoint, numbers, rows):
    with connect(number_endpoint["url"], number_endpoint["key"]) as client:
        assert client.predict(rows) == numbers.model.predict(rows)
        assert client.predict_proba(rows[0]).keys() == {1, 2}
        assert client.predict(people(5).drop(columns="rich")).dtype == np.dtype("int64")


def test_a_regression_model_has_no_probabilities(connect, height_endpoint, heights, rows):
    with connect(height_endpoint["url"], height_endpoint["key"]) as client:
        assert client.predict(rows) == pytest.approx(heights.model.predict(rows))
        with pytest.raises(PredictionError, match=r"use predict\(\)"):
            client.predict_proba(rows[0])


def test_it_says_what_is_served(client):
    found = client.describe()
    assert (found["name"], found["classes"]) == ("small", ["no", "yes"])
    assert found["columns"]["age"]["kind"] == "numeric"
    assert client.predict(found["sample"]) in ("no", "yes")


def test_it_is_ready(client, connect):
    assert client.ready() is True
    with connect("http://127.0.0.1:9") as nobody:
        assert nobody.ready() is False


def test_rows_that_do_not_fit_are_refused_with_the_servers_sentence(client, rows):
    with pytest.raises(RowsRefusedError, match="age: row 0 has 'old'") as refused:
        client.predict([{**rows[0], "age": "old"}])
    assert isinstance(refused.value, PredictionError)
    assert refused.value.status == 422


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_wrong_key_is_refused(connect, endpoint, rows, key):
    with connect(endpoint["url"], key, retries=QUICK) as client, pytest.raises(KeyRefusedError, match="key") as refused:
        client.predict(rows[0])
    assert refused.value.status == 401


def test_another_address_of_the_server_is_not_there(connect, endpoint, rows):
    with connect(endpoint["url"] + "/elsewhere", endpoint["key"]) as client, pytest.raises(NotThereError):
        client.predict(rows[0])


def test_nothing_at_the_address_is_one_sentence(connect):
    with connect("http://127.0.0.1:9", retries=QUICK) as client, pytest.raises(UnreachableError) as failed:
        client.predict({"age": 3})
    assert str(failed.value) == (
        "http://127.0.0.1:9 could not be reached in 2 attempts (Connection refused); see that it runs and the address is right."
    )


@pytest.mark.parametrize("rows", ["people.csv", 5, None, [1], [{"a": 1}, "b"], {"a": [1, 2], "b": 3}])
def test_what_is_no_row_is_refused_before_it_is_sent(connect, rows):
    with connect("http://127.0.0.1:9") as client, pytest.raises(PredictionError):
        client.predict(rows)


def test_what_json_does_not_have_is_one_sentence(connect):
    with connect("http://127.0.0.1:9") as client, pytest.raises(ParameterError, match="cannot be sent as JSON"):
        client.predict({"age": object()})


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ftp://x"},
        {"url": "127.0.0.1:80"},
        {"url": "http://x:port"},
        {"url": "http://user:secret@host"},
        {"url": "http://x/?q=1"},
        {"url": "http://x y"},
        {"url": 5},
        {"key": "two words"},
        {"key": ""},
        {"key": "ключ"},
        {"key": "a\r\nX-Other: b"},
        {"timeout": 0},
        {"max_rows": -1},
        {"certificate": "/no/such/file", "url": "https://x"},
        {"certificate": "/no/such/file"},
    ],
)
def test_an_argument_that_is_not_allowed_is_one_sentence(options):
    for kind in (litmus.Client, litmus.AsyncClient):
        with pytest.raises(ParameterError) as refused:
            kind(**{"url": "http://127.0.0.1:9", **options})
        assert "secret" not in str(refused.value)


def test_threads_share_a_client(endpoint, trained, rows):
    with litmus.Client(endpoint["url"], endpoint["key"]) as client, concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(client.predict, rows * 5)) == trained.model.predict(rows) * 5


def test_coroutines_share_a_client(endpoint, trained, rows):
    async def ask():
        async with litmus.AsyncClient(endpoint["url"], endpoint["key"]) as client:
            return await asyncio.gather(*(client.predict(row) for row in rows * 5))

    assert asyncio.run(ask()) == trained.model.predict(rows) * 5


def test_a_closed_async_client_goes_on_in_another_loop(endpoint, trained, rows):
    client = litmus.AsyncClient(endpoint["url"], endpoint["key"])

    async def ask():
        try:
            return await client.predict(rows[0])
        finally:
            await client.close()

    assert [asyncio.run(ask()) for _ in range(2)] == [trained.model.predict(rows[0])] * 2


def test_the_key_is_never_shown(endpoint):
    with litmus.Client(endpoint["url"], endpoint["key"]) as client:
        assert endpoint["key"] not in repr(client)
        assert endpoint["key"] not in repr(vars(client)["_conversation"])


def test_a_client_of_the_library_needs_no_heavy_package(endpoint):
    program = (
        "import sys, litmus; client = litmus.Client(sys.argv[1], sys.argv[2]); client.predict(client.describe()['sample']);"
        "client.close(); print([name for name in ('numpy', 'pandas', 'pyarrow', 'starlette', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, endpoint["url"], endpoint["key"]], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_every_error_is_a_litmus_error():
    from litmus.client import errors

    for name in errors.__all__:
        assert issubclass(getattr(errors, name), LitmusError)
