"""Keys: hashed, scoped, expiring, several at once, changed while the server runs; and how often each may ask."""

import asyncio
import concurrent.futures
import datetime as dt
import json
import math
import multiprocessing
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.errors import ParameterError
from litmus.serve.config import LimitsConfig
from litmus.serve.refusal import Refusal
from litmus.serve.security import KeyGate, RateLimits, asking_key, hash_key, new_key_record, read_keys

KEY, OTHER = "a-key-of-16-letters-or-more", "another-key-of-as-many-letters"


def write(folder, *records):
    part = folder / ".keys"
    part.write_text(json.dumps(records))
    part.replace(folder / "keys.json")


def header(key):
    return f"Bearer {key}".encode()


@pytest.fixture
def gate(tmp_path):
    write(tmp_path, new_key_record(KEY))
    return KeyGate(tmp_path, LimitsConfig())


def refused(gate, authorization):
    with pytest.raises(Refusal) as refusal:
        gate.check(authorization, "127.0.0.1")
    return refusal.value


def test_the_right_key_passes_however_it_is_sent(gate):
    for given_header in (header(KEY), f"bearer {KEY}".encode(), f"BEARER   {KEY} ".encode()):
        gate.check(given_header, "127.0.0.1")
    assert asking_key.get() == gate._keys.records[0].identity


@given(st.binary(max_size=80))
def test_anything_else_is_401(gate_and_refusal, sent):
    refusal = refused(gate_and_refusal, sent)
    assert (refusal.status, refusal.headers) == (401, {"WWW-Authenticate": "Bearer"})


@pytest.fixture(scope="module")
def gate_and_refusal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    write(folder, new_key_record(KEY))
    return KeyGate(folder, LimitsConfig())


@pytest.mark.parametrize(
    "sent",
    [None, b"", b"Bearer", b"Bearer ", KEY.encode(), f"Basic {KEY}".encode(), header(KEY + "x"), header(KEY[:-1])],
)
def test_nearly_right_is_wrong(gate, sent):
    assert refused(gate, sent).status == 401


def test_neither_file_nor_messages_hold_a_key(tmp_path, gate, caplog):
    assert KEY not in (tmp_path / "keys.json").read_text()
    assert KEY[:8] not in repr(gate)
    assert OTHER not in refused(gate, header(OTHER)).sentence
    assert caplog.text == ""


def test_the_same_key_has_another_hash_in_another_place():
    assert new_key_record(KEY)["hash"] != new_key_record(KEY)["hash"]
    assert new_key_record(KEY, salted=False)["hash"] == hash_key(KEY)


def test_keys_without_salt_are_known(tmp_path):
    write(
        tmp_path,
        {"id": "1", "hash": hash_key(KEY), "created": "2026-01-01T00:00:00+00:00", "expires": None, "scope": "predict"},
    )
    KeyGate(tmp_path, LimitsConfig()).check(header(KEY), "")


def test_several_keys_are_right_at_once(tmp_path):
    write(tmp_path, new_key_record(KEY), new_key_record(OTHER, scope="admin"))
    gate = KeyGate(tmp_path, LimitsConfig())
    for key in (KEY, OTHER, KEY):
        gate.check(header(key), "")


def test_an_expired_key_is_refused_also_when_it_was_right_before(tmp_path):
    write(tmp_path, new_key_record(KEY, expires=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.3)))
    gate = KeyGate(tmp_path, LimitsConfig())
    gate.check(header(KEY), "")
    time.sleep(0.4)
    refusal = refused(gate, header(KEY))
    assert refusal.status == 401
    assert "expired" in refusal.sentence


def test_a_key_for_something_else_is_403(tmp_path):
    write(tmp_path, {**new_key_record(KEY), "scope": "metrics"})
    assert refused(KeyGate(tmp_path, LimitsConfig()), header(KEY)).status == 403
    with pytest.raises(ParameterError, match="scope"):
        new_key_record(KEY, scope="metrics")


def test_keys_are_rotated_while_the_server_runs(tmp_path, gate):
    async def rotate():
        gate.start()
        gate.check(header(KEY), "")
        write(tmp_path, new_key_record(OTHER))
        for _ in range(40):
            await asyncio.sleep(0.1)
            try:
                gate.check(header(OTHER), "")
            except Refusal:
                continue
            break
        gate.stop()

    asyncio.run(rotate())
    gate.check(header(OTHER), "")
    assert refused(gate, header(KEY)).status == 401  # also from what was remembered


@pytest.mark.parametrize("content", [None, "", "{", "5", '[{"id": 1}]', '[{"id": "1", "hash": "00"}]', "[" * 100_000])
def test_a_damaged_file_changes_nothing_and_starts_nothing(tmp_path, gate, content, caplog):
    file = tmp_path / "keys.json"
    file.unlink()
    if content is not None:
        file.write_text(content)
    gate.look()
    gate.check(header(KEY), "")
    assert refused(gate, header(OTHER)).status == 401
    assert "Keys stay as they were" in caplog.text
    with pytest.raises(ParameterError, match="keys"):
        read_keys(file)


@pytest.mark.parametrize("key", ["short", "with space in the middle", "schlüssel-mit-umlaut-drin", "", 5])
def test_a_key_that_cannot_be_sent_or_could_be_guessed_is_refused(key):
    with pytest.raises(ParameterError, match="at least 16"):
        new_key_record(key)


def test_what_is_remembered_stays_small(gate):
    for count in range(1000):
        gate.check(b"Bearer " + b" " * count + KEY.encode(), "")
    assert len(gate._verified) <= 16


def test_a_key_that_asks_too_often_is_told_when_to_come_back(tmp_path):
    write(tmp_path, new_key_record(KEY), new_key_record(OTHER))
    gate = KeyGate(tmp_path, LimitsConfig(requests_per_second=0.5))
    gate.check(header(KEY), "")
    refusal = refused(gate, header(KEY))
    assert (refusal.status, refusal.headers) == (429, {"Retry-After": "2"})
    gate.check(header(OTHER), "")  # others are not held up
    gate.use(LimitsConfig())
    gate.check(header(KEY), "")


@given(rate=st.floats(0.5, 5000), burst=st.floats(1, 100), moments=st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_no_more_pass_than_the_bucket_holds(rate, burst, moments):
    limits, passed = RateLimits(None), []
    clock = time.monotonic
    try:
        for moment in sorted(moments):
            time.monotonic = lambda moment=moment: 1000.0 + moment
            wait = limits.wait(b"keys", rate=rate, burst=burst)
            if wait == 0:
                passed.append(moment)
            else:
                time.monotonic = lambda later=moment + wait: 1000.0 + later + 1e-6
                assert RateLimits.wait(limits, b"keys", rate=rate, burst=burst) == 0
                passed.append(moment + wait)
                break
    finally:
        time.monotonic = clock
    for start in range(len(passed)):
        for end in range(start, len(passed)):
            assert end - start + 1 <= burst + rate * (passed[end] - passed[start]) + 1e-3


def take(folder):
    limits = RateLimits(folder / "limits.bin")
    return sum(limits.wait(b"keys", rate=0.001, burst=50.0) == 0 for _ in range(60))


def test_workers_share_the_buckets(tmp_path):
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        passed = [pool.submit(take, tmp_path).result() for _ in range(3)]
    assert sum(passed) == 50
    assert (tmp_path / "limits.bin").stat().st_mode & 0o077 == 0


def test_buckets_of_before_the_machine_was_started_are_full(tmp_path):
    limits = RateLimits(tmp_path / "limits.bin")
    limits._full_at[int.from_bytes(b"keys", "little") % 4096] = time.monotonic() + 1e9
    assert limits.wait(b"keys", rate=1.0, burst=1.0) == 0
    limits._full_at[int.from_bytes(b"keys", "little") % 4096] = math.nan
    assert limits.wait(b"keys", rate=1.0, burst=1.0) == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(ParameterError, match="rate limits are kept there"):
        RateLimits(tmp_path / "missing" / "limits.bin")
